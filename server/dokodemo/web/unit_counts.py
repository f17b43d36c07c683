"""The figures of the tree of units in one process: counted anew when they are old, kept up while pages listen."""

import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import current_app

from dokodemo.actions import Services
from dokodemo.actions.present_counts import Count, Counts, Tally
from dokodemo.domain.fact_documents import instant_text

COUNTED_EVERY = timedelta(seconds=15)  # at most, where nobody listens
ALL_EVERY = timedelta(seconds=60)  # what the clock changed by itself


class UnitCounts:
    """One for each process; safe from any thread."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lock = threading.Lock()
        self._tally: Tally | None = None
        self._counts: Counts | None = None

    def current(self) -> Counts:
        """The figures, at most fifteen seconds old."""
        with self._lock:
            if self._counts is None or not timedelta(0) <= self._services.now() - self._counts.at < COUNTED_EVERY:
                return self._count_all()
            return self._counts

    def follow(self, moved: set[UUID] | None) -> Counts:
        """The figures after these people moved (None: who moved is not known)."""
        with self._lock:
            now = self._services.now()
            if self._tally is None or self._counts is None or moved is None:
                return self._count_all()
            if not timedelta(0) <= now - self._tally.begun_at < ALL_EVERY:
                return self._count_all()
            changed = bool(moved) and self._tally.look_at(self._services, moved)
            self._counts = Counts(now, self._tally.by_code() if changed else self._counts.by_code)
            return self._counts

    def _count_all(self) -> Counts:
        self._tally = Tally(self._services)
        self._counts = Counts(self._tally.begun_at, self._tally.by_code())
        return self._counts


def counts() -> Counts:
    """The figures of this process."""
    kept: UnitCounts = current_app.extensions["dokodemo_counts"]
    return kept.current()


def document_of(at: Any, by_code: Mapping[str, Count], visible: frozenset[str]) -> dict[str, Any]:
    """``{"at", "units": {code: [present, total]}}``, of the units that the viewer may open."""
    units = {code: [count.present, count.total] for code, count in by_code.items() if code in visible}
    return {"at": instant_text(at), "units": units}
