"""The working hours that single people were given: entries of the layer person, of the keys of hours alone."""

from collections.abc import Collection

from sqlalchemy import select

from dokodemo.domain.settings import Entry, Layer, Origin
from dokodemo.store import Transaction
from dokodemo.store.rows.settings import setting_entries


def of_people(transaction: Transaction, keys: Collection[str]) -> dict[str, list[Entry]]:
    """Entries of these keys that no revision has ended, by the person's id as text; also those that do not hold yet."""
    columns = setting_entries.c
    query = select(
        columns.subject, columns.key, columns.value, columns.valid_from, columns.revision, columns.locked, columns.origin,
        columns.valid_until, columns.id,
    ).where(columns.layer == str(Layer.PERSON), columns.key.in_(sorted(keys)), columns.ended_revision.is_(None))  # fmt: skip
    found: dict[str, list[Entry]] = {}
    for subject, key, value, valid_from, revision, locked, origin, valid_until, id_ in transaction.execute(query):
        entry = Entry(
            Layer.PERSON, subject, key, value, valid_from, revision, locked, Origin(origin), valid_until, id=id_
        )
        found.setdefault(subject, []).append(entry)
    return found
