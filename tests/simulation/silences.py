"""Whether the worker wrote the silences that there were, and no others (PROTOCOL section 2, Observations)."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

from tests.simulation.log import instant
from tests.simulation.server import Premises
from tests.simulation.truth import Truth

LEASE = timedelta(minutes=5)


def wrong(premises: Premises, truth: Truth, now: datetime, watching_since: datetime) -> list[str]:
    """What is wrong right after the worker's turn."""
    return [*_invented(premises, truth, now, watching_since), *_missing(premises, truth, now, watching_since)]


def _invented(premises: Premises, truth: Truth, now: datetime, watching_since: datetime) -> Iterator[str]:
    """Each silence of this turn: nothing was heard for the lease, by a server that listened for the lease."""
    rows = premises.driver.execute(
        "SELECT journal_id, at, last_heard FROM observations WHERE kind = 'silent'"
    ).fetchall()
    for key, at, last_heard in rows:
        if instant(at) != now.replace(microsecond=now.microsecond // 1000 * 1000):
            continue
        heard = truth.heard.get(UUID(bytes=key))
        said = instant(last_heard)
        assert said is not None
        if now - watching_since < LEASE:
            yield "a silence is written within the lease after the server's start"
        if heard is not None and (now - heard < LEASE or said < heard):
            yield f"a silence since {said:%T} is written, and the device was heard at {heard:%T}"
        if now - said < LEASE:
            yield "a silence is shorter than the lease"


def _missing(premises: Premises, truth: Truth, now: datetime, watching_since: datetime) -> Iterator[str]:
    if now - watching_since < LEASE + timedelta(milliseconds=1):
        return
    rows = premises.driver.execute(
        "SELECT id, open_since, heard_at, reading FROM journals WHERE open_since IS NOT NULL"
    ).fetchall()
    for key, since, flushed, reading in rows:
        last_at = json.loads(reading).get("last_at", 0) / 1000
        moments = [datetime.fromtimestamp(last_at, UTC), *truth.served.get(UUID(bytes=key), [])]
        moments += [at for at in (instant(since), instant(flushed)) if at is not None]
        if now - max(moments) > LEASE:
            yield f"no silence is written, and the last contact was at {max(moments):%T}"
