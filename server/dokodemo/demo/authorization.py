"""What a client asks of the demo's issuer: OpenID Connect's authorization request, judged.

Two flows are spoken: ``code`` with PKCE (S256), answered in the query, for the web; ``id_token`` with a nonce,
answered in the fragment, for the extension.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

_CHALLENGE_LETTERS = 43  # a SHA-256 digest in base64url


@dataclass(frozen=True, slots=True)
class IssuerClient:
    """A registered client; ``redirect_uris`` are compared letter by letter."""

    client_id: str
    redirect_uris: tuple[str, ...]
    secret: str | None = field(default=None, repr=False)


class UnanswerableError(Exception):
    """Nobody knows where an answer would go: a page says so, and nothing is redirected (RFC 6749 §4.1.2.1)."""


class DeniedError(Exception):
    """The client is told an error code at its own address; ``url`` is where the browser goes."""

    def __init__(self, url: str) -> None:
        super().__init__("the client is told")
        self.url = url


@dataclass(frozen=True, slots=True)
class Authorization:
    """A request of right form."""

    client_id: str
    redirect_uri: str
    response_type: str
    state: str | None
    nonce: str | None
    challenge: str
    prompts: frozenset[str]
    login_hint: str | None

    def answer(self, members: Mapping[str, str]) -> str:
        """The client's address with these members and its ``state``, in the query or the fragment."""
        return _answer(self.redirect_uri, self.response_type, members, self.state)

    def denied(self, error: str) -> DeniedError:
        """The error to raise so that the client is told."""
        return DeniedError(self.answer({"error": error}))


def read_authorization(parameters: Mapping[str, Sequence[str]], clients: Iterable[IssuerClient]) -> Authorization:
    """The request in these query parameters; UnanswerableError or DeniedError when it is wrong."""
    client = next((client for client in clients if [client.client_id] == parameters.get("client_id")), None)
    redirect_uris = parameters.get("redirect_uri", ())
    if client is None or len(redirect_uris) != 1 or redirect_uris[0] not in client.redirect_uris:
        raise UnanswerableError("client_id or redirect_uri is not registered")
    # OpenID Connect Core §3.1.2.1, RFC 6749 §3.1: no parameter may be there twice.
    once = {name: values[0] for name, values in parameters.items() if len(values) == 1 and values[0]}
    twice = any(len(values) > 1 for values in parameters.values())
    request = Authorization(
        client_id=client.client_id,
        redirect_uri=redirect_uris[0],
        response_type=once.get("response_type", ""),
        state=once.get("state"),
        nonce=once.get("nonce"),
        challenge=once.get("code_challenge", ""),
        prompts=frozenset(once.get("prompt", "").split()),
        login_hint=once.get("login_hint"),
    )
    if twice:
        raise request.denied("invalid_request")
    if request.response_type not in ("code", "id_token"):
        raise request.denied("unsupported_response_type")
    if "openid" not in once.get("scope", "").split():
        raise request.denied("invalid_scope")
    wrong_challenge = once.get("code_challenge_method") != "S256" or len(request.challenge) != _CHALLENGE_LETTERS
    if wrong_challenge if request.response_type == "code" else not request.nonce:
        raise request.denied("invalid_request")
    if "none" in request.prompts and len(request.prompts) > 1:
        raise request.denied("invalid_request")
    return request


def _answer(redirect_uri: str, response_type: str, members: Mapping[str, str], state: str | None) -> str:
    text = urlencode(dict(members) | ({"state": state} if state is not None else {}))
    if response_type == "id_token":
        return f"{redirect_uri}#{text}"
    return f"{redirect_uri}{'&' if urlsplit(redirect_uri).query else '?'}{text}"
