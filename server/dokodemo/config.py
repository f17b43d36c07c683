"""What belongs to an installation: the only reader of the environment."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

PREFIX = "DOKODEMO_"
NAMES = {
    "DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "LIVE_URL", "DATA_DIR", "TIMEZONE", "CITY_NAME", "ISSUERS",
    "TRUSTED_PROXIES", "SECRET_FILE", "CRX_KEY_FILE", "METRICS_TOKEN_FILE", "THREADS",
}


class ConfigError(Exception):
    """A sentence for the operator: which name is wrong, and how."""


@dataclass(frozen=True, slots=True)
class Config:
    """Frozen configuration; every member has a name ``DOKODEMO_<MEMBER>`` in the environment.

    ``issuers`` are tables of the TOML file, unjudged (``google.issuers`` reads them). ``threads`` is the pool of
    one serving process; sockets take at most ``threads - 16`` of them.
    """

    database_url: str
    redis_url: str | None
    public_url: str
    live_url: str | None
    data_dir: Path
    timezone: str
    city_name: str
    issuers: tuple[Mapping[str, Any], ...]
    trusted_proxies: int
    secret_file: Path
    crx_key_file: Path
    metrics_token_file: Path | None
    threads: int
    demo: bool = False

    @property
    def zone(self) -> ZoneInfo:
        """The city's zone."""
        return ZoneInfo(self.timezone)

    @property
    def secure(self) -> bool:
        """Whether people reach it by https."""
        return urlsplit(self.public_url).scheme == "https"

    @property
    def embedded(self) -> bool:
        """SQLite in one process: the URL is the switch."""
        return self.database_url.startswith("sqlite")


def read(environment: Mapping[str, str] | None = None) -> Config:
    """Read and judge the environment. Raises ``ConfigError``; an unknown ``DOKODEMO_*`` name is an error."""
    given = os.environ if environment is None else environment
    values = {name[len(PREFIX) :]: value for name, value in given.items() if name.startswith(PREFIX)}
    if unknown := sorted(set(values) - NAMES):
        raise ConfigError(f"unknown setting {PREFIX}{unknown[0]}; known are: {', '.join(sorted(NAMES))}")
    data_dir = Path(values.get("DATA_DIR", "var/dokodemo"))
    config = Config(
        database_url=values.get("DATABASE_URL", f"sqlite:///{data_dir}/dokodemo.db"),
        redis_url=values.get("REDIS_URL") or None,
        public_url=values.get("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/"),
        live_url=values.get("LIVE_URL") or None,
        data_dir=data_dir,
        timezone=_timezone(values.get("TIMEZONE", "Asia/Tokyo")),
        city_name=values.get("CITY_NAME", "どこでも"),
        issuers=_issuers(values.get("ISSUERS")),
        trusted_proxies=_number("TRUSTED_PROXIES", values.get("TRUSTED_PROXIES", "0"), at_most=5),
        secret_file=Path(values.get("SECRET_FILE", data_dir / "secret")),
        crx_key_file=Path(values.get("CRX_KEY_FILE", data_dir / "extension.pem")),
        metrics_token_file=Path(values["METRICS_TOKEN_FILE"]) if values.get("METRICS_TOKEN_FILE") else None,
        threads=_number("THREADS", values.get("THREADS", "128"), at_most=1000),
    )
    _judge_public_url(config)
    return config


def _judge_public_url(config: Config) -> None:
    parts = urlsplit(config.public_url)
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1"):
        return
    raise ConfigError(f"DOKODEMO_PUBLIC_URL is {config.public_url}: it must be https, or http on this machine itself")


def _timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError) as error:
        raise ConfigError(f"DOKODEMO_TIMEZONE is {name}, which is no known time zone") from error
    return name


def _number(name: str, text: str, *, at_most: int) -> int:
    if not text.isdecimal() or int(text) > at_most:
        raise ConfigError(f"{PREFIX}{name} is {text!r}: a whole number from 0 to {at_most} is needed")
    return int(text)


def _issuers(path: str | None) -> tuple[Mapping[str, Any], ...]:
    if not path:
        return ()
    try:
        document = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"DOKODEMO_ISSUERS cannot be read: {error}") from error
    return tuple(document.get("issuer", ()))
