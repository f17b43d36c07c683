"""Keys of people on devices."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, exists, func, insert, select, update

from dokodemo.store import Transaction
from dokodemo.store.installation import epoch_of
from dokodemo.store.prepared import Prepared
from dokodemo.store.row_sets import ByIds
from dokodemo.store.rows.devices import bindings, orders
from dokodemo.store.rows.journals import journals
from dokodemo.store.rows.people import people


@dataclass(frozen=True, slots=True)
class BoundKey:
    """A key with everything that a request of it needs: whose, where its journal stands, whether something waits.

    ``replaces_active``: the key that this one replaces still counts, so this is its first request.
    """

    binding_id: UUID
    person_id: UUID
    device_id: UUID | None
    public_key: bytes
    thumbprint: bytes
    status: str
    trust: str
    replaces: UUID | None
    person_valid_to: date | None
    next_seq: int
    head: bytes
    open_since: datetime | None
    reading: Any
    observed_place: str | None
    open_orders: int
    replaces_active: bool
    epoch: int


_replaced = bindings.alias("replaced")
open_orders = (
    select(func.count())
    .where(orders.c.binding_id == bindings.c.id, orders.c.state.is_(None))
    .correlate(bindings)
    .scalar_subquery()
)
replaces_active = exists().where(_replaced.c.id == bindings.c.replaces, _replaced.c.status == "active")

_bound = (
    select(
        bindings.c.id, bindings.c.person_id, bindings.c.device_id, bindings.c.public_key, bindings.c.thumbprint,
        bindings.c.status, bindings.c.trust, bindings.c.replaces, people.c.valid_to, journals.c.next_seq,
        journals.c.head, journals.c.open_since, journals.c.reading, journals.c.observed_place, open_orders,
        replaces_active, epoch_of,
    )
    .join(journals, journals.c.id == bindings.c.id)
    .join(people, people.c.id == bindings.c.person_id)
)  # fmt: skip


_by_thumbprint = Prepared(_bound.where(bindings.c.thumbprint == bindparam("thumbprint")))
_by_id = Prepared(_bound.where(bindings.c.id == bindparam("binding")))
_by_ids = ByIds(_bound, bindings.c.id)
_NOTHING: dict[str, Any] = dict.fromkeys(column.name for column in bindings.columns)
_EMPTY: dict[str, Any] = dict.fromkeys(column.name for column in journals.columns) | {
    "next_seq": 1, "reading": {"n": 0, "offset": 0}, "observations": 0,
}  # fmt: skip
_append = Prepared(insert(bindings), list(_NOTHING))
_append_journal = Prepared(insert(journals), list(_EMPTY))


def find_by_thumbprint(transaction: Transaction, thumbprint: bytes) -> BoundKey | None:
    """The binding of a key, whatever its status."""
    row = _by_thumbprint.first(transaction, {"thumbprint": thumbprint})
    return BoundKey(*row) if row else None


def asked(transaction: Transaction, thumbprint: bytes) -> Callable[[], BoundKey | None]:
    """The same, to be read after the trip."""
    sent = _by_thumbprint.ask(transaction, {"thumbprint": thumbprint})
    return lambda: BoundKey(*row) if (row := sent.first()) else None


def find(transaction: Transaction, binding_id: UUID) -> BoundKey | None:
    """A binding by its id, whatever its status."""
    row = _by_id.first(transaction, {"binding": binding_id})
    return BoundKey(*row) if row else None


def find_all(transaction: Transaction, binding_ids: Sequence[UUID]) -> dict[UUID, BoundKey]:
    """Those of these bindings that exist."""
    return {row[0]: BoundKey(*row) for row in _by_ids.all(transaction, binding_ids)}


def append(transaction: Transaction, **columns: Any) -> None:
    """A new binding; its journal starts empty with the key's thumbprint as head."""
    _append.run(transaction, _NOTHING | columns)
    journal = {"id": columns["id"], "person_id": columns["person_id"], "head": columns["thumbprint"]}
    _append_journal.run(transaction, _EMPTY | journal)


def as_appended(columns: Mapping[str, Any], *, person_valid_to: date | None, epoch: int) -> BoundKey:
    """The key that ``append`` made of these columns, without reading it back. What it replaces still counts."""
    return BoundKey(
        columns["id"], columns["person_id"], columns["device_id"], columns["public_key"], columns["thumbprint"],
        columns["status"], columns["trust"], columns["replaces"], person_valid_to, _EMPTY["next_seq"],
        columns["thumbprint"], None, _EMPTY["reading"], None, 0, columns["replaces"] is not None, epoch,
    )  # fmt: skip


def replaced_before(transaction: Transaction, binding_id: UUID) -> Iterator[UUID]:
    """The keys that led to this one, the last one first."""
    seen = {binding_id}
    while True:
        found = transaction.execute(select(bindings.c.replaces).where(bindings.c.id == binding_id)).scalar()
        if found is None or found in seen:
            return
        yield found
        seen.add(found)
        binding_id = found


def end(transaction: Transaction, binding_id: UUID, status: str, at: datetime) -> bool:
    """Retire or revoke an active binding; False when it was not active."""
    ended = transaction.execute(
        update(bindings)
        .where(bindings.c.id == binding_id, bindings.c.status == "active")
        .values(status=status, ended_at=at)
    )
    return ended.rowcount == 1
