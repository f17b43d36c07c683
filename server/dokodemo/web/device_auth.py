"""The guard of device doors: the signature is judged against the configured public URL, never against Host."""

from urllib.parse import urlsplit

from flask import current_app, g, request

from dokodemo.actions import devices
from dokodemo.actions.signed_requests import SignedRequest, authority_of
from dokodemo.domain.errors import ErrorCode, MissingError, UnsupportedError
from dokodemo.web import auth, services


def signed_request() -> SignedRequest:
    """This request as its signature speaks about it."""
    public_url = current_app.extensions["dokodemo_config"].public_url
    raw = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or request.full_path.rstrip("?")
    target, mark, query = raw.partition("?")
    if "%" in target or "//" in target or "/." in target:
        raise MissingError(ErrorCode.NOT_FOUND, "device paths are plain")
    path = urlsplit(public_url).path.rstrip("/") + target
    body = request.get_data()
    if request.headers.get("Content-Encoding"):
        raise UnsupportedError(ErrorCode.CONTENT_ENCODING, "bodies are sent as they are")
    if body and request.mimetype != "application/json":
        raise UnsupportedError(ErrorCode.CONTENT_TYPE, "application/json is spoken here")
    return SignedRequest(request.method, authority_of(public_url), path, query if mark else None, request.headers, body)


@auth.register("device")
def require_device() -> None:
    """Put the caller into ``g.device``; refuse everybody else."""
    g.signed_request = signed_request()
    g.device = devices.authenticate(services(), g.signed_request)


@auth.register("signer")
def require_signer() -> None:
    """Put who signed into ``g.signer``; whether the key still counts is read where the request is served."""
    g.signed_request = signed_request()
    g.signer = devices.recognise(services(), g.signed_request)


@auth.register("binding")
def require_signed_form() -> None:
    """A key that is not bound yet: the action judges its signature with the key in the body."""
    g.signed_request = signed_request()
