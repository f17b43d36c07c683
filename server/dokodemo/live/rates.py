"""How often something may be asked for from one part of the network, without keeping an address.

The only memory is this process: a count under an HMAC of the address's /24 (IPv4) or /48 (IPv6). The key is made at
start and never leaves; a count is dropped within 30 s of its window's end, also when nobody asks any more.
"""

import hashlib
import hmac
import ipaddress
import math
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

SWEEP_EVERY = 30.0  # seconds
LONGEST = 600.0 - SWEEP_EVERY


@dataclass(slots=True)
class _Window:
    ends: float
    taken: int


class Rates:
    """Fixed windows that begin with the first request; of this process alone."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._windows: dict[bytes, _Window] = {}
        self._sweeper: threading.Timer | None = None

    def take(self, address: str | None, what: str, limit: int, per: float) -> int | None:
        """Use one of ``limit`` requests in ``per`` seconds (≤ 570) up; whole seconds to wait when none is left.

        ``address`` is what the connection says; None and what is no address count together.
        """
        if not 0 < per <= LONGEST:
            raise ValueError("nothing is kept for more than ten minutes")
        name = hmac.digest(self._key, f"{what}|{prefix_of(address)}".encode(), hashlib.sha256)[:16]
        with self._lock:
            now = self._clock()
            window = self._windows.get(name)
            if window is None or window.ends <= now:
                window = self._windows[name] = _Window(now + per, 0)
                self._sweep_later()
            if window.taken >= limit:
                return max(1, math.ceil(window.ends - now))
            window.taken += 1
            return None

    def sweep(self) -> None:
        """Drop what is over; runs by itself while anything is kept."""
        with self._lock:
            now = self._clock()
            self._windows = {name: window for name, window in self._windows.items() if window.ends > now}
            self._sweeper = None
            if self._windows:
                self._sweep_later()

    def _sweep_later(self) -> None:
        if self._sweeper is None:
            self._sweeper = threading.Timer(SWEEP_EVERY, self.sweep)
            self._sweeper.daemon = True
            self._sweeper.start()

    def __len__(self) -> int:
        """How many windows are kept."""
        return len(self._windows)


def prefix_of(address: str | None) -> str:
    """The network whose members count together: /24 or /48; IPv4 written as IPv6 is IPv4."""
    try:
        parsed = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return "none"
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    length = 24 if parsed.version == 4 else 48
    return str(ipaddress.ip_network((parsed, length), strict=False))
