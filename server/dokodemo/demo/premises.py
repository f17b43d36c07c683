"""Where the demo lives: its folder, addresses, clients and issuer. Both of its processes build the same from it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dokodemo.crypto.crx import extension_id, load_or_create_key
from dokodemo.demo.authorization import IssuerClient

WEB_CLIENT = "dokodemo-web"
EXTENSION_CLIENT = "dokodemo-extension"
ISSUER_NAME = "あかぎ市（デモ）"
KEPT = {"extension.pem"}  # survives a new start: another key is another extension id


@dataclass(frozen=True, slots=True)
class Premises:
    """One demo: ``url`` is where people reach it, ``zone`` the IANA name of the city's zone."""

    data_dir: str
    url: str
    zone: str

    @property
    def folder(self) -> Path:
        """Everything of the demo lies here."""
        return Path(self.data_dir)

    @property
    def issuer_url(self) -> str:
        """The demo's own issuer, mounted beside the product."""
        return f"{self.url}/issuer"

    @property
    def issuer_key(self) -> Path:
        """The issuer's signing key."""
        return self.folder / "issuer.pem"

    @property
    def crx_key(self) -> Path:
        """The extension's signing key."""
        return self.folder / "extension.pem"

    @property
    def extension_redirect(self) -> str:
        """Where ``launchWebAuthFlow`` of this installation's extension is answered."""
        return f"https://{extension_id(load_or_create_key(self.crx_key))}.chromiumapp.org/oidc"

    def clients(self) -> tuple[IssuerClient, ...]:
        """Who may ask the issuer."""
        return (
            IssuerClient(WEB_CLIENT, (f"{self.url}/sign-in/callback",)),
            IssuerClient(EXTENSION_CLIENT, (self.extension_redirect,)),
        )

    def issuer_table(self) -> Mapping[str, Any]:
        """The issuer as the product's configuration names it."""
        return {
            "kind": "demo",
            "name": ISSUER_NAME,
            "issuer": self.issuer_url,
            "client_ids": [WEB_CLIENT, EXTENSION_CLIENT],
            "authorize_url": f"{self.issuer_url}/authorize",
            "token_url": f"{self.issuer_url}/token",
            "certs_url": f"{self.issuer_url}/certs",
        }

    def written(self) -> str:
        """For the other process."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str) -> "Premises":
        """The inverse of ``written``."""
        return cls(**json.loads(text))


def sweep(folder: Path) -> None:
    """Throw away what an earlier demo left, except the extension's key."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.name in KEPT:
            continue
        if path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
        else:
            path.unlink()
