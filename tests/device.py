"""A device for tests: a real key, real signatures, a real journal, over the application itself."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from flask import Flask

from dokodemo.crypto import keys, signatures
from dokodemo.crypto.keys import DeviceKey
from dokodemo.crypto.signatures import SignedRequest
from dokodemo.domain import base64url
from dokodemo.domain.canonical_json import canonical
from dokodemo.domain.errors import ErrorCode, UnauthenticatedError
from dokodemo.domain.events import written
from dokodemo.google.id_tokens import Identity
from tests.installation import Installation


class Google:
    """The issuers' stand-in: a token is the JSON of an identity. (The real verifier has tests of its own.)"""

    def verify(self, id_token: str, *, nonce: str, now: object) -> Identity:
        """The identity that the token spells out."""
        try:
            said = json.loads(id_token)
            found = Identity(said["iss"], said["sub"], said["email"], said.get("name", ""))
        except (ValueError, TypeError, LookupError) as error:
            raise UnauthenticatedError(ErrorCode.ID_TOKEN_INVALID, "not the JSON of an identity") from error
        if said["nonce"] != nonce:
            raise UnauthenticatedError(ErrorCode.ID_TOKEN_INVALID, "the nonce of another sign-in")
        return found


@dataclass
class TestDevice:
    """Records, chains, signs and sends like the extension."""

    __test__ = False

    installation: Installation
    app: Flask
    email: str = "maeda@city.akagi.example"
    key: DeviceKey = field(default_factory=keys.new_key)
    events: list[dict[str, Any]] = field(default_factory=list)
    address: str = "127.0.0.1"
    binding_id: str | None = None

    @property
    def heads(self) -> list[bytes]:
        """head_0 … head_n."""
        heads = [keys.thumbprint(self.key.point)]
        for event in self.events:
            digest = hashlib.sha256(canonical(event)).digest()
            heads.append(hashlib.sha256(heads[-1] + digest).digest())
        return heads

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """One signed request."""
        raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        created = int(self.installation.clock().timestamp())
        request = SignedRequest(method, "127.0.0.1:8000", path, None, {}, raw)
        sent = signatures.sign(self.key, request, created) | headers
        kind: dict[str, Any] = {"content_type": "application/json"} if raw and "Content-Type" not in headers else {}
        return self.app.test_client().open(
            path, method=method, data=raw or None, headers=sent, environ_base={"REMOTE_ADDR": self.address}, **kind
        )

    def challenge(self) -> str:
        """A nonce for this key."""
        answer: Any = self.app.test_client().post(
            "/api/v1/bindings/challenge", json={"public_key": keys.jwk_of_point(self.key.point)}
        )
        assert answer.status_code == 200, answer.text
        return str(answer.get_json()["nonce"])

    def binding_body(self, nonce: str, **members: Any) -> dict[str, Any]:
        """What POST /bindings asks for."""
        token = {"iss": "https://issuer.example", "sub": f"sub-{self.email}", "email": self.email, "nonce": nonce}
        return {
            "public_key": keys.jwk_of_point(self.key.point),
            "id_token": json.dumps(token),
            "nonce": nonce,
            "device": {},
            "extension_version": "1.0.0",
        } | members

    def bind(self, **members: Any) -> Any:
        """Bind this key; the answer."""
        answer = self.call("POST", "/api/v1/bindings", self.binding_body(self.challenge(), **members))
        if answer.status_code < 300:
            self.binding_id = answer.json["binding_id"]
        return answer

    def record(self, kind: str, **members: Any) -> dict[str, Any]:
        """Append one event at the clock's time."""
        at = written(self.installation.clock())
        event = {"seq": len(self.events) + 1, "at": at, "kind": kind} | members
        self.events.append(event)
        return event

    def batch(self, first_seq: int, last_seq: int | None = None, **members: Any) -> dict[str, Any]:
        """A frame around recorded events."""
        last = len(self.events) if last_seq is None else last_seq
        return {
            "first_seq": first_seq,
            "prev_head": base64url.encode(self.heads[first_seq - 1]),
            "first_kept": 1,
            "alive": True,
            "events": self.events[first_seq - 1 : last],
        } | members

    def send(self, first_seq: int, last_seq: int | None = None, **members: Any) -> Any:
        """Send events; the answer."""
        return self.call("POST", "/api/v1/events", self.batch(first_seq, last_seq, **members))

    def beat(self, **members: Any) -> Any:
        """Say that the device is alive."""
        return self.send(len(self.events) + 1, **members)
