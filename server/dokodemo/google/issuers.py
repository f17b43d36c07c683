"""The issuers whose word about a person is taken, as the installation configures them.

One profile for each: who speaks (``issuer``), to whom (``client_ids``), where its keys and its code exchange are,
and which of its people are the city's (``hosted_domain`` at Google, ``tenant`` at Entra ID).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

GOOGLE_ISSUER = "https://accounts.google.com"
ENTRA = "https://login.microsoftonline.com"


class IssuerKind(StrEnum):
    """Whose rules a profile follows."""

    GOOGLE = "google"
    ENTRA = "entra"
    DEMO = "demo"


@dataclass(frozen=True, slots=True)
class IssuerProfile:
    """One configured issuer; ValueError with a sentence when it could let in somebody who is not the city's.

    The first of ``client_ids`` is the one with which people sign in to the web; the others (the extension's) are
    accepted as audiences too.
    """

    kind: IssuerKind
    name: str
    issuer: str
    client_ids: tuple[str, ...]
    authorize_url: str
    token_url: str
    certs_url: str
    client_secret: str | None = field(default=None, repr=False)
    hosted_domain: str | None = None
    tenant: str | None = None

    def __post_init__(self) -> None:
        if not self.client_ids or not all(self.client_ids):
            raise ValueError(f"issuer {self.name}: client_ids may not be empty")
        if self.kind is IssuerKind.GOOGLE and not self.hosted_domain:
            raise ValueError(f"issuer {self.name}: hosted_domain is needed, else every Google account could sign in")
        if self.kind is IssuerKind.ENTRA and (not self.tenant or self.tenant not in self.issuer):
            raise ValueError(f"issuer {self.name}: tenant is needed, as a GUID that stands in the issuer")
        for address in (self.issuer, self.authorize_url, self.token_url, self.certs_url):
            if urlsplit(address).scheme not in ("https", "http") or not urlsplit(address).hostname:
                raise ValueError(f"issuer {self.name}: {address!r} is no http(s) address")

    @property
    def client_id(self) -> str:
        """The client of the web's code flow."""
        return self.client_ids[0]

    @property
    def secure(self) -> bool:
        """Whether every address of this issuer is https; ``dokodemo serve`` refuses any other."""
        addresses = (self.issuer, self.authorize_url, self.token_url, self.certs_url)
        return all(urlsplit(address).scheme == "https" for address in addresses)

    @property
    def issuer_claims(self) -> tuple[str, ...]:
        """The spellings of ``iss`` that are this issuer: Google writes its own in two ways."""
        return (self.issuer, "accounts.google.com") if self.issuer == GOOGLE_ISSUER else (self.issuer,)


def _google_defaults(_table: Mapping[str, Any]) -> dict[str, str]:
    return {
        "issuer": GOOGLE_ISSUER,
        "authorize_url": "https://accounts.google.com/o/oauth2/v2/auth",
        "token_url": "https://oauth2.googleapis.com/token",
        "certs_url": "https://www.googleapis.com/oauth2/v1/certs",
    }


def _entra_defaults(table: Mapping[str, Any]) -> dict[str, str]:
    tenant = table.get("tenant", "")
    return {
        "issuer": f"{ENTRA}/{tenant}/v2.0",
        "authorize_url": f"{ENTRA}/{tenant}/oauth2/v2.0/authorize",
        "token_url": f"{ENTRA}/{tenant}/oauth2/v2.0/token",
        "certs_url": f"{ENTRA}/{tenant}/discovery/v2.0/keys",
    }


def _no_defaults(_table: Mapping[str, Any]) -> dict[str, str]:
    return {}


_DEFAULTS = MappingProxyType(
    {
        IssuerKind.GOOGLE: _google_defaults,
        IssuerKind.ENTRA: _entra_defaults,
        IssuerKind.DEMO: _no_defaults,
    }
)
_TEXTS = frozenset(
    {"name", "issuer", "authorize_url", "token_url", "certs_url", "client_secret", "hosted_domain", "tenant"}
)


def profiles_of(tables: Iterable[Mapping[str, Any]]) -> tuple[IssuerProfile, ...]:
    """The profiles of ``[[issuer]]`` tables; ValueError with a sentence for the operator.

    ``kind`` decides the defaults: for Google ``client_ids`` and ``hosted_domain`` are enough, for Entra ID
    ``client_ids`` and ``tenant``.
    """
    profiles = tuple(_profile_of(table) for table in tables)
    for member in ("issuer", "name"):
        values = [getattr(profile, member) for profile in profiles]
        if len(set(values)) != len(values):
            raise ValueError(f"two issuers have the same {member}")
    return profiles


def _profile_of(table: Mapping[str, Any]) -> IssuerProfile:
    try:
        kind = IssuerKind(table.get("kind", ""))
    except ValueError:
        raise ValueError(f"an issuer's kind is one of {', '.join(IssuerKind)}") from None
    if unknown := sorted(set(table) - _TEXTS - {"kind", "client_ids"}):
        raise ValueError(f"an issuer has no member {unknown[0]}")
    texts = {"name": kind.value, **_DEFAULTS[kind](table), **{name: table[name] for name in _TEXTS if name in table}}
    if wrong := sorted(name for name, value in texts.items() if not isinstance(value, str) or not value):
        raise ValueError(f"issuer {texts['name']}: {wrong[0]} has to be a text")
    if missing := sorted({"issuer", "authorize_url", "token_url", "certs_url"} - set(texts)):
        raise ValueError(f"issuer {texts['name']}: {missing[0]} is missing")
    client_ids = table.get("client_ids", ())
    if not isinstance(client_ids, (list, tuple)) or not all(isinstance(client, str) for client in client_ids):
        raise ValueError(f"issuer {texts['name']}: client_ids is a list of texts")
    return IssuerProfile(kind=kind, client_ids=tuple(client_ids), **texts)
