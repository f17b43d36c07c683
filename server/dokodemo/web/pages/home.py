"""The first page: signing in; and the search of those whose browser runs no scripts."""

from flask import Blueprint, g, redirect, render_template, request
from flask.typing import ResponseReturnValue

from dokodemo.actions import people_index, sign_in
from dokodemo.domain.errors import UnauthenticatedError
from dokodemo.web import services
from dokodemo.web.auth import guard
from dokodemo.web.pages.frame import page
from dokodemo.web.people_auth import cookie_name, own_path

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@guard("public")
def first() -> ResponseReturnValue:
    """Sign in; whoever is signed in goes on to their day."""
    to = own_path(request.args.get("to"))
    if is_signed_in():
        return redirect(to, 303)
    issuers = getattr(services().google, "profiles", ())
    return render_template("sign_in.html", issuers=issuers, to=to, signed_out="signed_out" in request.args)


@blueprint.get("/search")
@guard("person")
def search() -> ResponseReturnValue:
    """Who is found by a name, a reading, a unit or an extension."""
    query = request.args.get("q", "").replace("\0", "").strip()[:60]
    found = people_index.search(services(), g.viewer, query) if query else []
    return page("search.html", query=query, found=found)


def is_signed_in() -> bool:
    """Whether this browser has a session that holds."""
    token = request.cookies.get(cookie_name())
    if not token:
        return False
    try:
        sign_in.of_cookie(services(), token)
    except UnauthenticatedError:
        return False
    return True
