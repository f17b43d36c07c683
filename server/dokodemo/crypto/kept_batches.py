"""Whether a batch that was kept as it came was signed by the journal's key, for this installation's door of events."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from dokodemo.crypto.signatures import SignedRequest, authority_of, check_digest, read_signature, verify
from dokodemo.domain.errors import UnauthenticatedError

DOOR = "/api/v1/events"


def reason_against(
    body: bytes, headers: Mapping[str, str], *, point: bytes, keyid: str, public_urls: Sequence[str]
) -> str | None:
    """Why the signature is not this key's over this body, None when it is. One of ``public_urls`` has to be signed.

    Age is not judged: a kept batch is old.
    """
    reason = "no public URL is known"
    for url in public_urls:
        lower = {name.lower(): value for name, value in headers.items()}
        path = urlsplit(url).path.rstrip("/") + DOOR
        request = SignedRequest("POST", authority_of(url), path, None, lower, body)
        try:
            signature = read_signature(request)
            if signature.keyid != keyid:
                return "it names another key"
            check_digest(request)
            verify(signature, point)
        except UnauthenticatedError as error:
            reason = error.detail or str(error.code)
        except ValueError:
            return "the stored key is no key"
        else:
            return None
    return reason
