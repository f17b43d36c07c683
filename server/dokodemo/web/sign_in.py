"""Signing in, out, and the language of the pages: forms and redirects."""

import hmac

from flask import Blueprint, Response, g, redirect, request
from flask.typing import ResponseReturnValue

from dokodemo.actions import sign_in
from dokodemo.domain.errors import ErrorCode, UnauthenticatedError
from dokodemo.web import languages, services
from dokodemo.web.auth import guard
from dokodemo.web.people_auth import cookie_name, own_path, secure, set_cookie

blueprint = Blueprint("sign_in", __name__)


def state_cookie() -> str:
    """Holds the state between leaving and coming back: an answer counts only in the browser that asked."""
    return "__Host-dk-sign-in" if secure() else "dk-sign-in"


def redirect_uri() -> str:
    """Where issuers send people back to."""
    return f"{services().city.public_url}/sign-in/callback"


@blueprint.route("/sign-in", methods=["GET", "POST"])
@guard("own_page")
def begin() -> ResponseReturnValue:
    """Leave for the issuer: by the button, or by a link from elsewhere (OpenID Connect Core, section 4).

    A link that somebody else made leads at most to one's own sign-in: who one is, the issuer says.
    """
    to = own_path(request.values.get("to"))
    begun = sign_in.begin(services(), request.values.get("issuer", ""), to, redirect_uri())
    answer = _to(begun.address)
    set_cookie(answer, state_cookie(), begun.state, seconds=600)
    return answer


@blueprint.get("/sign-in/callback")
@guard("public")
def callback() -> ResponseReturnValue:
    """Come back from the issuer, with a code or with a refusal."""
    state, kept = request.args.get("state", ""), request.cookies.get(state_cookie(), "")
    if not state or not hmac.compare_digest(state.encode(), kept.encode()):
        raise UnauthenticatedError(ErrorCode.SIGN_IN_EXPIRED, "this answer belongs to no sign-in of this browser")
    if "code" not in request.args:
        sign_in.refused_by_issuer(services(), state, _plain(request.args.get("error", "nothing")))
    token, to = sign_in.finish(services(), state, request.args["code"], redirect_uri())
    answer = _to(own_path(to))
    set_cookie(answer, cookie_name(), token, seconds=int(sign_in.ABSOLUTE.total_seconds()))
    answer.delete_cookie(state_cookie(), path="/", secure=secure(), httponly=True, samesite="Lax")
    return answer


@blueprint.post("/sign-out")
@guard("person")
def end() -> ResponseReturnValue:
    """End this session."""
    sign_in.end(services(), g.signed_in)
    answer = _to("/?signed_out=1")
    answer.delete_cookie(cookie_name(), path="/", secure=secure(), httponly=True, samesite="Lax")
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


@blueprint.post("/language")
@guard("own_page")
def choose_language() -> ResponseReturnValue:
    """Keep the language: in a cookie for this browser, and with the person when one is signed in."""
    chosen = request.form.get("language", "")
    answer = _to(own_path(request.form.get("to")) if request.form.get("to") != "/" else "/")
    if chosen in languages.LANGUAGES:
        set_cookie(answer, languages.COOKIE, chosen, seconds=365 * 24 * 3600)
        sign_in.choose_language(services(), request.cookies.get(cookie_name(), ""), chosen)
    return answer


def _to(address: str) -> Response:
    answer: Response = redirect(address, 303)  # type: ignore[assignment]  # Flask's redirect is werkzeug's class
    return answer


def _plain(reason: str) -> str:
    return reason[:40] if reason.replace("_", "").isalnum() and reason.isascii() else "something else"
