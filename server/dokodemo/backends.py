"""Which parts an installation is made of: the only ``if`` about embedded or production."""

from datetime import UTC, datetime
from typing import Any

from dokodemo.actions import City, Services
from dokodemo.config import Config
from dokodemo.live import Live
from dokodemo.live.memory import MemoryLive
from dokodemo.store.engine import Database


def utc_now() -> datetime:
    """The system clock."""
    return datetime.now(UTC)


def build(config: Config, *, google: Any = None) -> Services:
    """Services for a configuration. Opens no connection yet, starts no thread."""
    if config.embedded:
        config.data_dir.mkdir(parents=True, exist_ok=True)
    return Services(
        database=Database(config.database_url),
        live=live_of(config),
        google=google,
        clock=utc_now,
        city=City(config.city_name, config.zone, config.timezone, config.public_url, config.demo),
    )


def live_of(config: Config) -> Live:
    """In-process without a Redis URL."""
    if config.redis_url is None:
        return MemoryLive()
    from dokodemo.live.redis import RedisLive

    return RedisLive(config.redis_url)
