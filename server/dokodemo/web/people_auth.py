"""The guard of people's doors: our own session behind a cookie, and unsafe requests from our own pages alone."""

from urllib.parse import urlsplit

from flask import Response, current_app, g, request

from dokodemo.actions import sign_in
from dokodemo.domain.errors import ErrorCode, UnauthenticatedError
from dokodemo.web import auth, headers, services

FIRST_PAGE = "/today"


def secure() -> bool:
    """Whether people reach this installation by https."""
    return bool(current_app.extensions["dokodemo_config"].secure)


def cookie_name() -> str:
    """``__Host-dk`` on https; ``dk`` on this machine's own http."""
    return "__Host-dk" if secure() else "dk"


def set_cookie(answer: Response, name: str, value: str, *, seconds: int | None = None) -> None:
    """A cookie that scripts cannot read and other sites cannot send along with a form."""
    answer.set_cookie(name, value, max_age=seconds, httponly=True, secure=secure(), samesite="Lax", path="/")


def own_path(path: str | None) -> str:
    """A path of this site to go (back) to; today's page for anything else."""
    if not path or path[0] != "/" or path.startswith(("//", "/sign-")):
        return FIRST_PAGE
    parts = urlsplit(path)
    odd = "\\" in path or any(ord(letter) < 0x20 for letter in path)
    return FIRST_PAGE if parts.scheme or parts.netloc or odd else path


@auth.register("person")
def require_person() -> None:
    """Put the person into ``g.person``, their rights into ``g.viewer``, the session into ``g.signed_in``."""
    token = request.cookies.get(cookie_name())
    if not token:
        raise UnauthenticatedError(ErrorCode.NOT_SIGNED_IN, "sign in first")
    headers.same_site()
    g.signed_in = sign_in.of_cookie(services(), token)
    g.person = g.signed_in.person
    g.viewer = g.signed_in.viewer


@auth.register("device_or_person")
def require_device_or_person() -> None:
    """A signed request of a device, else a signed-in person."""
    if "Signature" in request.headers or "Signature-Input" in request.headers:
        auth.GUARDS["device"]()
    else:
        require_person()


@auth.register("own_page")
def require_own_page() -> None:
    """Anybody, but an unsafe request has to come from one of our own pages."""
    headers.same_site()
