"""Postings: who holds what in which unit, by dates."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time, tzinfo
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import bindparam, func, insert, select, update

from dokodemo.domain.people import Posting, PostingKind, posting_day
from dokodemo.domain.people import unit_codes_on as codes_on
from dokodemo.domain.posts import HEADS
from dokodemo.store import Transaction
from dokodemo.store.prepared import Prepared
from dokodemo.store.rows.journals import journals
from dokodemo.store.rows.people import people, postings
from dokodemo.store.units import holds_on

_of = Prepared(
    select(
        postings.c.unit_code, postings.c.post, postings.c.title, postings.c.kind, postings.c.ordered_on,
        postings.c.valid_from, postings.c.valid_to, postings.c.visible_from, postings.c.id,
    )
    .where(postings.c.person_id == bindparam("person"))
    .order_by(postings.c.valid_from)
)  # fmt: skip


def of(transaction: Transaction, person_id: UUID) -> tuple[Posting, ...]:
    """All postings of a person, past and future too, by day."""
    return asked(transaction, person_id)()


def asked(transaction: Transaction, person_id: UUID) -> Callable[[], tuple[Posting, ...]]:
    """The same, to be read after the trip."""
    sent = _of.ask(transaction, {"person": person_id})
    return lambda: tuple(
        Posting(code, post, title, PostingKind(kind), *days) for code, post, title, kind, *days in sent.rows()
    )


def all_of(transaction: Transaction) -> dict[UUID, tuple[Posting, ...]]:
    """All postings by person."""
    held: dict[UUID, list[Posting]] = {}
    for row in transaction.execute(select(postings).order_by(postings.c.person_id, postings.c.valid_from)):
        held.setdefault(row.person_id, []).append(posting_of(row))
    return {person_id: tuple(rows) for person_id, rows in held.items()}


def unit_codes_on(transaction: Transaction, person_id: UUID, on: date) -> tuple[str, ...]:
    """The units whose boards show a person on ``on``, main unit first; empty while away.

    ``on`` is the start day of the session in question (``people.posting_day``), else today: somebody who works past
    midnight on 31 March stays on the old unit's board until the session ends.
    """
    return codes_on(of(transaction, person_id), on)


def kept_days(transaction: Transaction, now: datetime, *, zone: tzinfo) -> dict[UUID, date]:
    """People whose running session began before today, with the day on which it did: where their postings are taken from."""
    midnight = datetime.combine(now.astimezone(zone).date(), time(), tzinfo=zone)
    query = (
        select(journals.c.person_id, func.min(journals.c.open_since))
        .where(journals.c.open_since < midnight)
        .group_by(journals.c.person_id)
    )
    return {person_id: posting_day(now, since, zone=zone) for person_id, since in transaction.execute(query)}


def heads_of(transaction: Transaction, unit_codes: Iterable[str], on: date) -> dict[str, list[UUID]]:
    """Who leads each of these units on a day, whatever way the post is held; a unit without a head is absent."""
    rows = transaction.execute(
        select(postings.c.unit_code, postings.c.person_id)
        .join(people, people.c.id == postings.c.person_id)
        .where(
            postings.c.unit_code.in_(sorted(set(unit_codes))), postings.c.post.in_(sorted(HEADS)),
            postings.c.kind != PostingKind.AWAY, holds_on(postings, on), holds_on(people, on),
        )
        .order_by(postings.c.ordered_on)
    )  # fmt: skip
    heads: dict[str, list[UUID]] = {}
    for unit_code, person_id in rows:
        heads.setdefault(unit_code, []).append(person_id)
    return heads


def append(transaction: Transaction, rows: Sequence[tuple[UUID, Posting]]) -> None:
    """Add postings of people."""
    if rows:
        transaction.execute(
            insert(postings),
            [{"id": uuid4(), "person_id": person_id, **_values(posting)} for person_id, posting in rows],
        )


def replace(transaction: Transaction, rows: Sequence[Posting]) -> None:
    """Change postings by their ids (an end that is set or moved, a correction)."""
    if rows:
        values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in _values(rows[0])}
        transaction.execute(
            update(postings).where(postings.c.id == bindparam("key")).values(values),
            [
                {"key": posting.id, **{f"new_{name}": value for name, value in _values(posting).items()}}
                for posting in rows
            ],
        )


def posting_of(row: Any) -> Posting:
    """A row with the columns of ``postings`` as a posting."""
    return Posting(
        row.unit_code, row.post, row.title, PostingKind(row.kind), row.ordered_on, row.valid_from, row.valid_to,
        row.visible_from, row.id,
    )  # fmt: skip


def _values(posting: Posting) -> dict[str, Any]:
    return {
        "unit_code": posting.unit_code, "post": str(posting.post), "title": posting.title, "kind": str(posting.kind),
        "ordered_on": posting.ordered_on, "valid_from": posting.valid_from, "valid_to": posting.valid_to,
        "visible_from": posting.visible_from,
    }  # fmt: skip
