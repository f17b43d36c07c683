"""The server: what `actions/ingest.py` and `actions/bindings.py` do around the judgement of ``domain.journals``.

A transaction is two steps here, its first SELECT and its COMMIT; the rows that it locks are locked in between.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache

from dokodemo.domain import journals
from dokodemo.domain.errors import ConflictError, MalformedError
from dokodemo.domain.events import DeviceEvent, same_event
from tests.model.states import NO_KEY, Answer, Event, Kept, Reading, Request, Row, Server, digest_of, root, text_of

MOMENT = datetime(2026, 11, 24, tzinfo=UTC)
GUARDS = ("row lock", "primary key")  # SELECT … FOR UPDATE of the journal; each number once in `events`
LOCKS_REPLACED = True  # and of the key that its key takes over from: it retires that one before it reads its log
LOOKS_ALONG = True  # a carried-over event is looked for wherever it was carried to before
COMMITS_FIRST = True  # nothing is answered before COMMIT
NO_ANSWER = Answer("unavailable")


def locked(server: Server, request: Request) -> tuple[int, ...]:
    """The keys whose rows a transaction of this request locks."""
    kept = server.find(request.key)
    if kept is None or "row lock" not in GUARDS:
        return ()
    old = server.find(kept.replaces)
    return (kept.key, old.key) if old and old.active and LOCKS_REPLACED else (kept.key,)


def may_begin(server: Server, reading: Sequence[Reading], request: Request) -> bool:
    """Whether no other worker holds a row that this request needs."""
    held = {key for other in reading for key in locked(server, other.request)}
    return held.isdisjoint(locked(server, request))


def begun(server: Server, request: Request) -> Reading:
    """The first SELECT."""
    kept = server.find(request.key)
    return Reading(request, () if kept is None else (kept,))


@cache
def committed(server: Server, reading: Reading) -> tuple[Server, Answer]:
    """The rest of the transaction, and its answer."""
    request = reading.request
    if request.binds:
        return _bound(server, request)
    if not reading.seen:
        return server, Answer("unknown_key")
    seen = reading.seen[0]
    if not seen.active:
        return server, Answer("revoked")
    after = _retired(server, seen.replaces)
    now = after.find(seen.key)
    if now is None:
        return server, NO_ANSWER
    try:
        kept = _taken(after, seen, now, request)
    except ConflictError as error:
        return server, Answer("journal_gap", int(str(error.fields["next_seq"])))
    except MalformedError:
        return server, Answer("bad_sequence")
    if "primary key" in GUARDS and len({row.seq for row in kept.log}) != len(kept.log):  # it is the last word
        again = begun(server, request)
        return committed(server, again) if again != reading else (server, NO_ANSWER)
    return _with(after, kept), Answer("receipt", kept.next_seq, kept.head, server.epoch, kept.forked)


def _taken(server: Server, seen: Kept, now: Kept, request: Request) -> Kept:
    batch = _batch(request)
    state = journals.Journal(seen.next_seq, seen.head)
    numbers = journals.heads_needed(state, batch)
    verdict = journals.judge(state, batch, {seq: head for seq, head in _heads(seen).items() if seq in numbers})
    if isinstance(verdict, journals.Forked):
        return now._replace(forked=True)
    events = dict(enumerate(request.events, request.first_seq))
    told = list(now.told)
    for one in verdict.new:
        event = events[one.received.seq]
        if not _held_elsewhere(server, event):
            told.append(event.id)
    gaps = now.gaps
    if verdict.gap and verdict.new:
        gaps = (*gaps, (verdict.gap.from_seq, verdict.gap.to_seq, verdict.gap.claimed_head))
    rows = tuple(Row(one.received.seq, one.received.text, one.head) for one in verdict.new)
    return now._replace(
        next_seq=verdict.journal.next_seq, head=verdict.journal.head, log=now.log + rows, gaps=gaps, told=tuple(told),
        late=now.late or verdict.late,
    )  # fmt: skip


@cache
def _batch(request: Request) -> journals.Batch:
    received = [
        journals.Received(seq, text_of(seq, event), digest_of(text_of(seq, event)), DeviceEvent(seq, MOMENT, "model"))
        for seq, event in enumerate(request.events, request.first_seq)
    ]
    return journals.Batch(request.first_seq, request.prev_head, request.first_kept, alive=False, events=received)


@cache
def _heads(kept: Kept) -> dict[int, bytes]:
    """`store.journals.heads`: of events, and the claimed head at the end of each gap."""
    return {row.seq: row.head for row in kept.log} | {to_seq: head for _, to_seq, head in kept.gaps}


def _held_elsewhere(server: Server, event: Event) -> bool:
    """Whether a carried-over event reached the log under its old number."""
    old = server.find(event.key) if event.key != NO_KEY else None
    if old is None:
        return False
    held = next((row.text for row in old.log if row.seq == event.seq), None)
    if LOOKS_ALONG and any(event.id in kept.told for kept in server.journals):
        return True
    return held is not None and same_event(held, text_of(event.seq, event))


def _retired(server: Server, replaced: int) -> Server:
    """The first request of a key that replaces another retires that one."""
    old = server.find(replaced)
    if old is None or not old.active:
        return server
    return _with(server, old._replace(active=False))


def _bound(server: Server, request: Request) -> tuple[Server, Answer]:
    known = server.find(request.key)
    if known is None:
        old = server.find(request.replaces)
        if request.replaces != NO_KEY and (old is None or not old.active):
            return server, Answer("cannot_replace")
        known = Kept(request.key, True, request.replaces, 1, root(request.key), (), (), (), False, False)
    elif not known.active:
        return server, Answer("revoked")
    return _with(server, known), Answer("bound", known.next_seq, known.head, server.epoch)


def ordered(server: Server, kept: Kept) -> Server:
    """Somebody orders the device to leave its key."""
    return _with(server, kept._replace(forked=True))


def restored(server: Server, backup: Server) -> Server:
    """An older database, as a new epoch."""
    return backup._replace(epoch=server.epoch + 1)


@cache
def _with(server: Server, kept: Kept) -> Server:
    others = [other for other in server.journals if other.key != kept.key]
    return server._replace(journals=tuple(sorted((*others, kept))))
