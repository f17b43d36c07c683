"""One does for all who wait: many threads ask for the same kind of work, and whoever is at work does it for a group.

Whoever comes while nobody is at work begins at once, alone; nobody waits for company. Whoever comes meanwhile waits for
the next group. On the road of an event this makes of 16 transactions one (one COMMIT, one change of hands, one trip).
"""

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST = 64  # in one group: what the last of them waits for stays short


class _Waiting(Generic[Item, Result]):
    """One who asks. ``turn`` opens when the result is there, or when it is on this thread to do the next group."""

    __slots__ = ("answer", "error", "is_done", "item", "turn")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.turn = threading.Lock()
        self.turn.acquire()
        self.is_done = False
        self.answer: Result | None = None
        self.error: BaseException | None = None


class Gathering(Generic[Item, Result]):
    """Calls ``work`` for groups, one group at a time, in the order in which items came.

    ``work`` gives one result for each item. What it raises, everybody in the group is told.
    """

    def __init__(self, work: Callable[[Sequence[Item]], Sequence[Result]]) -> None:
        self._work = work
        self._guard = threading.Lock()
        self._line: list[_Waiting[Item, Result]] = []
        self._is_at_work = False

    def take(self, item: Item) -> Result:
        """The result for this item; returns after the group that it was in."""
        mine: _Waiting[Item, Result] = _Waiting(item)
        with self._guard:
            self._line.append(mine)
            follows, self._is_at_work = self._is_at_work, True
        if follows:
            mine.turn.acquire()
        if not mine.is_done:
            self._lead()
        if mine.error is not None:
            raise mine.error
        return mine.answer  # type: ignore[return-value]  # whoever is done without an error has an answer

    def _lead(self) -> None:
        """Do the work of the first in line, this thread's own among them, and hand on."""
        with self._guard:
            group, self._line = self._line[:MOST], self._line[MOST:]
        try:
            for one, answer in zip(group, self._work([one.item for one in group]), strict=True):
                one.answer = answer
        except BaseException as error:
            for one in group:
                one.error = error
            if not isinstance(error, Exception):
                raise
        finally:
            with self._guard:
                following = self._line[0] if self._line else None
                self._is_at_work = following is not None
            if following is not None:
                following.turn.release()
            for one in group:
                one.is_done = True
                one.turn.release()
