"""Virtual time: an agenda of what happens when. Nothing sleeps; time goes on to the next entry."""

import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Work = Callable[[], None]
MOST = 1_500  # entries of one schedule; a build that is right needs some 150
START = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)


class Agenda:
    """The one clock of a schedule, which is also what ``Services.clock`` reads."""

    def __init__(self) -> None:
        self.at = START
        self._entries: list[tuple[datetime, int, Work]] = []
        self._made = 0
        self._done = 0

    def __call__(self) -> datetime:
        return self.at

    def after(self, seconds: float, work: Work) -> None:
        """Do this in so many seconds; what falls due at the same instant is done in the order of asking."""
        self._made += 1
        at = self.at + timedelta(milliseconds=round(seconds * 1000))
        heapq.heappush(self._entries, (at, self._made, work))

    def run(self, *, until: datetime | None = None) -> None:
        """Do what falls due, up to an instant or until nothing is left to do."""
        while self._entries and (until is None or self._entries[0][0] <= until):
            self.at, _, work = heapq.heappop(self._entries)
            work()
            self._done += 1
            if self._done > MOST:
                raise RuntimeError("nothing comes to rest")
        if until is not None:
            self.at = max(self.at, until)
