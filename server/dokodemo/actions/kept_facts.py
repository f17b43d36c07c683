"""Facts of people kept in this process from one read to the next, and their JSON, made once for each view.

The line of changes says whose facts moved: those are read anew, all others are given as they are. So a snapshot of a
city costs what joining its texts costs.
"""

import json
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from dokodemo.domain.fact_documents import document_of
from dokodemo.domain.facts import Facts, State, View, narrowed
from dokodemo.live import Live

Read = Callable[[Collection[UUID]], dict[UUID, Facts]]


@dataclass(frozen=True, slots=True)
class Told:
    """What one view gets of one person: as a document (nobody changes it) and as JSON. ``empty``: there is nothing."""

    document: Mapping[str, Any]
    text: bytes
    empty: bool


class KeptFacts:
    """The facts of one shared state. Methods may raise ``LiveLostError``; safe from any thread.

    The lock is held while facts are read: else what was read before a change could be kept after it.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._cursor: str | None = None
        self._facts: dict[UUID, Facts] = {}
        self._told: dict[View, dict[UUID, Told]] = {view: {} for view in View}

    def facts_of(self, live: Live, person_ids: Iterable[UUID], read: Read) -> dict[UUID, Facts]:
        """The facts of these people; ``read`` gives those that are not kept, filling the shared state if it is empty."""
        wanted = list(person_ids)
        with self._lock:
            self._catch_up(live)
            self._have(live, wanted, read)
            return {person: self._facts[person] for person in wanted}

    def told(self, live: Live, views: Mapping[UUID, View], read: Read) -> list[Told]:
        """What each of these people's view gets, in this order."""
        with self._lock:
            self._catch_up(live)
            found = [self._told[view].get(person) for person, view in views.items()]
            if None in found:
                new = [person for person, told in zip(views, found, strict=True) if told is None]
                self._have(live, new, read)
                for person in new:
                    self._told[views[person]][person] = told_of(self._facts[person], views[person])
            return [told or self._told[views[person]][person] for person, told in zip(views, found, strict=True)]

    def _catch_up(self, live: Live) -> None:
        """Forget whose facts moved since the last look; everything, when the shared state began a new life."""
        while self._cursor is not None:
            moved = live.wait(self._cursor, 0)
            if moved is None:
                break
            self._cursor, changes = moved
            if not changes:
                return
            for person in {UUID(change.subject) for change in changes if change.kind == "person"}:
                self._facts.pop(person, None)
                for kept in self._told.values():
                    kept.pop(person, None)
        self._cursor = None
        self._facts.clear()
        for kept in self._told.values():
            kept.clear()

    def _have(self, live: Live, person_ids: Iterable[UUID], read: Read) -> None:
        missing = [person for person in person_ids if person not in self._facts]
        if not missing:
            return
        if self._cursor is None:
            read([])  # a state that was empty is filled, which begins a new life
            self._cursor = live.cursor()
        self._facts |= read(missing)


def told_of(facts: Facts, view: View) -> Told:
    """One person's facts for one view."""
    document = document_of(narrowed(facts, view))
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return Told(document, text, document["state"] == State.NONE and not document["whereabouts"])


_OF: WeakKeyDictionary[Live, KeptFacts] = WeakKeyDictionary()
_making = threading.Lock()


def kept_for(live: Live) -> KeptFacts:
    """The facts that this process keeps of a shared state."""
    with _making:
        return _OF.setdefault(live, KeptFacts())
