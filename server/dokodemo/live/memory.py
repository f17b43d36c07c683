"""The shared state of one process: dictionaries behind a lock."""

import secrets
import threading
from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from dokodemo.live import Change, Contact, Document, Report

KEPT_CHANGES = 20_000
REPLAY_WINDOW = timedelta(minutes=20)


class MemoryLive:
    """``Live`` for the embedded server; see the protocol for what each method promises."""

    def __init__(self) -> None:
        self._moved = threading.Condition()
        self._life = secrets.token_hex(4)
        self._facts: dict[UUID, dict[str, Document]] = {}
        self._changes: deque[Change] = deque(maxlen=KEPT_CHANGES)
        self._count = 0
        self._filled = False
        self._early: dict[tuple[UUID, str], Document | None] = {}  # put before the first fill, so newer
        self._closed = False
        self._contacts: dict[UUID, datetime] = {}
        self._seen: OrderedDict[bytes, datetime] = OrderedDict()
        self._tickets: dict[str, tuple[Document, datetime]] = {}

    def put(self, person_id: UUID, source: str, fact: Document | None) -> bool:
        with self._moved:
            if not self._filled:
                self._early[person_id, source] = fact
            facts = self._facts.get(person_id, {})
            if facts.get(source) == fact:
                return False
            changed = {name: value for name, value in facts.items() if name != source}
            if fact is not None:
                changed[source] = fact
            if changed:
                self._facts[person_id] = changed
            else:
                del self._facts[person_id]
            self._append(Change("person", str(person_id)))
            return True

    def facts_of(self, person_ids: Iterable[UUID]) -> dict[UUID, dict[str, Document]]:
        with self._moved:
            return {person: self._facts[person] for person in person_ids if person in self._facts}

    def announce(self, *changes: Change) -> None:
        with self._moved:
            for change in changes:
                self._append(change)

    def _append(self, change: Change) -> None:
        self._changes.append(change)
        self._count += 1
        self._moved.notify_all()

    def cursor(self) -> str:
        with self._moved:
            return f"{self._life}.{self._count}"

    def wait(self, cursor: str, timeout: float) -> tuple[str, list[Change]] | None:
        life, _, number = cursor.partition(".")
        if life != self._life or not number.isdecimal():
            return None
        seen = int(number)
        with self._moved:
            if timeout > 0 and seen == self._count and not self._closed:
                self._moved.wait(timeout)
            missed = self._count - seen
            if missed < 0 or missed > len(self._changes):
                return None
            new = list(islice(reversed(self._changes), missed))[::-1]
            return f"{self._life}.{self._count}", new

    def filled(self) -> bool:
        return self._filled

    def fill(self, facts: Mapping[UUID, Mapping[str, Document]]) -> None:
        with self._moved:
            all_facts = {person: dict(sources) for person, sources in facts.items()}
            for (person, source), fact in self._early.items():
                if fact is None:
                    all_facts.get(person, {}).pop(source, None)
                else:
                    all_facts.setdefault(person, {})[source] = fact
            self._facts = {person: sources for person, sources in all_facts.items() if sources}
            self._early = {}
            self._filled = True
            self._life = secrets.token_hex(4)
            self._changes.clear()
            self._count = 0
            self._moved.notify_all()

    def heard(self, journal_id: UUID, at: datetime) -> None:
        with self._moved:
            if at > self._contacts.get(journal_id, at - REPLAY_WINDOW):
                self._contacts[journal_id] = at

    def contacts(self) -> dict[UUID, datetime]:
        with self._moved:
            return dict(self._contacts)

    def report(self, reports: Sequence[Report]) -> None:
        with self._moved:
            for one in reports:
                if one.heard_at is not None:
                    self.heard(one.journal_id, one.heard_at)
                self.put(one.person_id, str(one.journal_id), one.fact)

    def contact(self, contacts: Sequence[Contact], at: datetime) -> list[bool]:
        with self._moved:
            while self._seen and next(iter(self._seen.values())) < at - REPLAY_WINDOW:
                self._seen.popitem(last=False)
            return [self._is_first(one, at) for one in contacts]

    def _is_first(self, contact: Contact, at: datetime) -> bool:
        if contact.digest in self._seen:
            return False
        self._seen[contact.digest] = at
        if contact.journal_id is not None:
            self.heard(contact.journal_id, at)
        return True

    def put_ticket(self, ticket: str, members: Document, expires_at: datetime) -> None:
        with self._moved:
            self._tickets[ticket] = (members, expires_at)

    def take_ticket(self, ticket: str, now: datetime) -> Document | None:
        with self._moved:
            for old in [name for name, (_, expires_at) in self._tickets.items() if expires_at < now]:
                del self._tickets[old]
            kept = self._tickets.pop(ticket, None)
            return kept[0] if kept else None

    def close(self) -> None:
        with self._moved:
            self._closed = True
            self._moved.notify_all()
