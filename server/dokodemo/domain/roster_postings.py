"""What one row of a roster does to somebody's postings: pure arithmetic of validity rows.

What has begun is closed, never rewritten; a row whose order lies before one that is already in force is refused.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from dokodemo.domain import roster_columns
from dokodemo.domain.people import Posting, PostingKind, postings_on
from dokodemo.domain.roster import RosterRow, Second
from dokodemo.domain.roster_columns import CellError

Postings = tuple[Posting, ...]


def after_row(row: RosterRow, postings: Postings, *, today: date) -> Postings:
    """The postings of somebody after the row; those that stay keep their ids. Raises ``CellError``."""
    on = row.effective_on
    known = bool(postings)
    placed = postings if known and _keeps_post(row, postings) else _with_main(row, postings, today=today)
    # A 兼務 that the file shows first today did not begin on an old 発令日 of the main post.
    begins = on if not known or placed != postings else max(on, today)
    placed = _released(row, placed, max(on, today))
    placed = _with_seconds(row, placed, begins)
    return _with_absence(row, placed)


def ended(postings: Postings, on: date) -> Postings:
    """Everything ends before ``on``; what would only begin later never does."""
    return tuple(
        replace(posting, valid_to=max(on, posting.valid_from))
        if posting.valid_to is None or posting.valid_to > on
        else posting
        for posting in postings
    )


def prolonged(postings: Postings, old_end: date | None, new_end: date | None) -> Postings:
    """Move the end of whatever ran until the person's old last day to the new one."""
    if old_end == new_end:
        return postings
    moved = tuple(replace(p, valid_to=new_end) if p.valid_to == old_end else p for p in postings)
    return moved if new_end is None else ended(moved, new_end)


def remaining(row: RosterRow, before: Postings, after: Postings) -> Postings:
    """Second postings that go on though the main post changed and the row does not name them."""
    if _main_key(before, row.effective_on) == _main_key(after, row.effective_on):
        return ()
    named = {second.unit_code for second in row.seconds}
    return tuple(
        posting
        for posting in postings_on(after, row.effective_on)
        if posting.kind not in (PostingKind.MAIN, PostingKind.AWAY) and posting.unit_code not in named
    )


def _main_key(postings: Postings, on: date) -> tuple[str, str] | None:
    held = [p for p in postings_on(postings, on) if p.kind is PostingKind.MAIN]
    return (held[0].unit_code, held[0].title) if held else None


def _keeps_post(row: RosterRow, postings: Postings) -> bool:
    """Leave and return say nothing new about the post when unit and title are those held."""
    return row.order in roster_columns.AWAY | roster_columns.RETURNING and (row.unit_code, row.title) == _main_key(
        postings, row.effective_on
    )


def _new(row: RosterRow, kind: PostingKind, begins: date, held: Second | None = None) -> Posting:
    return Posting(
        unit_code=held.unit_code if held else row.unit_code,
        post=held.post if held else row.post,
        title=held.title if held else row.title,
        kind=held.kind if held else kind,
        ordered_on=row.effective_on if held is None else begins,
        valid_from=begins,
        valid_to=None,
        visible_from=begins,
    )


def _with_main(row: RosterRow, postings: Postings, *, today: date) -> Postings:
    on = row.effective_on
    new = _new(row, PostingKind.MAIN, on)
    mains = sorted((p for p in postings if p.kind is PostingKind.MAIN), key=lambda p: p.valid_from)
    same = next((p for p in mains if p.valid_from == on), None)
    if same is not None and (same.unit_code, same.post, same.title) == (new.unit_code, new.post, new.title):
        return postings
    later = next((p for p in mains if p.valid_from > on), None)
    if later is not None and later.valid_from <= today:
        raise CellError(
            f"発令日 {on} より後の発令（{later.valid_from}）がすでに有効です。過去は書き換えません",
            f"an order of {later.valid_from} is in force already; the past is not rewritten",
        )
    if same is not None:
        return _swapped(postings, same, replace(new, id=same.id, valid_to=same.valid_to))
    running = next((p for p in mains if p.valid_on(on)), None)
    if running is None:
        return (*postings, replace(new, valid_to=later.valid_from if later else None))
    closed = _swapped(postings, running, replace(running, valid_to=on))
    return (*closed, replace(new, valid_to=running.valid_to))


def _with_seconds(row: RosterRow, postings: Postings, begins: date) -> Postings:
    for second in row.seconds:
        beside = [
            p for p in postings
            if p.kind not in (PostingKind.MAIN, PostingKind.AWAY) and (p.valid_to is None or p.valid_to > begins)
            and p.unit_code == second.unit_code
        ]  # fmt: skip
        if any((p.title, p.kind) == (second.title, second.kind) for p in beside):
            continue
        for held in beside:
            postings = _swapped(postings, held, replace(held, valid_to=max(begins, held.valid_from)))
        postings = (*postings, _new(row, second.kind, begins, second))
    return postings


def _released(row: RosterRow, postings: Postings, on: date) -> Postings:
    """解除 of one unit, or of all that the row does not name."""
    named = {second.unit_code for second in row.seconds}

    def goes(posting: Posting) -> bool:
        return (
            posting.kind not in (PostingKind.MAIN, PostingKind.AWAY)
            and (posting.valid_to is None or posting.valid_to > on)
            and (posting.unit_code in row.released or ("*" in row.released and posting.unit_code not in named))
        )

    return _mapped(postings, goes, lambda posting: replace(posting, valid_to=max(on, posting.valid_from)))


def _with_absence(row: RosterRow, postings: Postings) -> Postings:
    on = row.effective_on
    if row.order in roster_columns.RETURNING:
        return _mapped(
            postings,
            lambda posting: posting.kind is PostingKind.AWAY and posting.valid_on(on),
            lambda posting: replace(posting, valid_to=on),
        )
    if row.order in roster_columns.AWAY and not any(p.kind is PostingKind.AWAY and p.valid_on(on) for p in postings):
        return (*postings, replace(_new(row, PostingKind.AWAY, on), title=row.order))
    return postings


def _mapped(postings: Postings, which: Callable[[Posting], bool], turned: Callable[[Posting], Posting]) -> Postings:
    return tuple(turned(posting) if which(posting) else posting for posting in postings)


def _swapped(postings: Postings, old: Posting, new: Posting) -> Postings:
    return tuple(new if posting is old else posting for posting in postings)
