"""What requests add to the log and its reading, collected, so that a transaction of many journals writes it together."""

from dataclasses import dataclass, field
from typing import Any

from dokodemo.actions.reading_rows import Folding, open_since
from dokodemo.domain.readings import dumped
from dokodemo.store import Transaction, journals, sessions
from dokodemo.store.journals import JournalRow
from dokodemo.store.prepared import one_trip

Row = dict[str, Any]


@dataclass(slots=True)
class LogWrites:
    """Rows by table. Nothing is written before ``flush``, which is the end of what its transaction does."""

    _events: list[Row] = field(default_factory=list)
    _batches: list[Row] = field(default_factory=list)
    _foldings: list[tuple[JournalRow, Folding]] = field(default_factory=list)

    def append(self, events: list[Row], batch: Row) -> None:
        """New events of one journal, in order, and the signed batch that brought them."""
        self._events.extend(events)
        self._batches.append(batch)

    def move(self, after: JournalRow, folding: Folding) -> None:
        """Where a journal stands now, and what its reading has become. Once for each journal."""
        self._foldings.append((after, folding))

    def flush(self, transaction: Transaction) -> None:
        """Write everything: five statements at most, however many journals there are."""
        with one_trip(transaction):
            journals.append_events(transaction, self._events)
            journals.keep_signed(transaction, self._batches)
            sessions.replace(
                transaction,
                [(journal, session) for journal, folding in self._foldings for session in folding.sessions.values()],
            )
            sessions.append_segments(
                transaction, [(journal, one) for journal, folding in self._foldings for one in folding.settled]
            )
            journals.move_all(transaction, {after.id: _moved(after, folding) for after, folding in self._foldings})


def _moved(after: JournalRow, folding: Folding) -> Row:
    return {
        "next_seq": after.next_seq, "head": after.head, "reading": dumped(folding.reading),
        "open_since": open_since(folding.reading), "observed_place": after.observed_place,
        "observations": after.observations,
    }  # fmt: skip
