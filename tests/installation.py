"""An installation for tests, in one line: real database, real shared state, a clock that the test moves."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from dokodemo.actions import City, Services
from dokodemo.config import Config, read
from dokodemo.live import Live
from dokodemo.live.memory import MemoryLive
from dokodemo.store.engine import Database
from dokodemo.store.rows import every_table

START = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)  # a Tuesday, 9:00 in Tokyo


@dataclass(slots=True)
class Clock:
    """Stands still until it is moved."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def move(self, **span: float) -> datetime:
        """Go on by a span (``timedelta`` arguments)."""
        self.at += timedelta(**span)
        return self.at


@dataclass(slots=True)
class Installation:
    """Services and what a test holds of them."""

    services: Services
    clock: Clock
    config: Config
    issuers: list[object] = field(default_factory=list)


def build(database_url: str, tmp_path: Path, *, live: Live | None = None, google: object = None) -> Installation:
    """Services over a fresh database with all tables."""
    clock = Clock()
    database = Database(database_url)
    database.write(lambda transaction: every_table().create_all(transaction))
    zone = ZoneInfo("Asia/Tokyo")
    public_url = "http://127.0.0.1:8000"
    config = read({"DOKODEMO_DATA_DIR": str(tmp_path), "DOKODEMO_DATABASE_URL": database_url,
                   "DOKODEMO_PUBLIC_URL": public_url, "DOKODEMO_CITY_NAME": "あかぎ市"})
    city = City("あかぎ市", zone, "Asia/Tokyo", public_url)
    return Installation(Services(database, live or MemoryLive(), google, clock, city), clock, config)
