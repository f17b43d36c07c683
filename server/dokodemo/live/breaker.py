"""A fuse before something that may be out of reach: while it is, nobody waits for it."""

import threading
import time
from collections.abc import Callable

PAUSE = 1.0  # seconds between two tries while it is out of reach


class Breaker:
    """Lets calls through until one fails; then one call each ``pause`` seconds, until that one succeeds.

    So a lost Redis costs one time-out a second in the whole process, not one in each request.
    """

    def __init__(self, *, pause: float = PAUSE, clock: Callable[[], float] = time.monotonic) -> None:
        self._pause = pause
        self._clock = clock
        self._lock = threading.Lock()
        self._next_try: float | None = None  # None while all is well

    def lets_through(self) -> bool:
        """Whether this call may try; while broken, saying yes uses the try of this pause up."""
        if self._next_try is None:  # the usual case needs no lock
            return True
        with self._lock:
            return self._takes_the_try()

    def _takes_the_try(self) -> bool:
        now = self._clock()
        if self._next_try is None or now < self._next_try:
            return self._next_try is None
        self._next_try = now + self._pause
        return True

    def failed(self) -> None:
        """A call found it out of reach."""
        with self._lock:
            self._next_try = self._clock() + self._pause

    def worked(self) -> None:
        """A call was answered."""
        if self._next_try is not None:
            with self._lock:
                self._next_try = None
