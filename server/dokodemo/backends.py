"""Which parts an installation is made of: the only ``if`` about embedded or production."""

from datetime import UTC, datetime

from dokodemo.actions import City, Services
from dokodemo.config import Config, ConfigError
from dokodemo.google.id_tokens import Verifier
from dokodemo.google.issuers import profiles_of
from dokodemo.live import Live
from dokodemo.live.memory import MemoryLive
from dokodemo.store.engine import Database


def utc_now() -> datetime:
    """The system clock."""
    return datetime.now(UTC)


def build(config: Config) -> Services:
    """Services for a configuration. Opens no connection yet, starts no thread. Raises ``ConfigError``."""
    if config.embedded:
        config.data_dir.mkdir(parents=True, exist_ok=True)
    return Services(
        database=Database(config.database_url),
        live=live_of(config),
        google=verifier_of(config),
        clock=utc_now,
        city=City(config.city_name, config.zone, config.timezone, config.public_url, config.demo),
    )


def verifier_of(config: Config) -> Verifier:
    """The issuers that this installation trusts; http only for the demo's own."""
    try:
        profiles = profiles_of(config.issuers)
    except ValueError as error:
        raise ConfigError(f"DOKODEMO_ISSUERS: {error}") from error
    if insecure := [profile.name for profile in profiles if not profile.secure and not config.demo]:
        raise ConfigError(f"DOKODEMO_ISSUERS: {insecure[0]} is reached by http; an issuer must be https")
    return Verifier(profiles)


def live_of(config: Config) -> Live:
    """In-process without a Redis URL."""
    if config.redis_url is None:
        return MemoryLive()
    from dokodemo.live.redis import RedisLive

    return RedisLive(config.redis_url)
