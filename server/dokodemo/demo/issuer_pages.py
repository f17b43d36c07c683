"""The demo issuer's doors for people: they say who they are, and go on to the client that asked."""

from collections.abc import Callable, Sequence
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from dokodemo.demo.authorization import Authorization, DeniedError, UnanswerableError, read_authorization
from dokodemo.demo.issuer_facts import here
from dokodemo.demo.issuer_people import DemoPerson
from dokodemo.demo.issuer_sessions import SESSION_SECONDS
from dokodemo.demo.issuer_words import WORDS

SESSION_COOKIE = "dk_issuer"
LANGUAGE_COOKIE = "dk_issuer_language"
SHOWN = 20

pages = Blueprint("issuer_pages", __name__)


@pages.get("/authorize")
def authorize() -> AnyResponse | tuple[str, int]:
    """Answer the client at once when it is clear who is there; otherwise ask."""
    try:
        asked = _asked()
        person = _signed_in()
        if person is not None and asked.login_hint not in (None, person.email, person.number):
            person = None
        if person is not None and asked.prompts <= {"none", "consent"}:
            return redirect(_answer(asked, person))
        if "none" in asked.prompts:
            raise asked.denied("login_required")
    except DeniedError as denied:
        return redirect(denied.url)
    except UnanswerableError:
        return _page("issuer_stop.html", reason="unanswerable"), 400
    return _pick(hint=asked.login_hint), 200


@pages.post("/authorize")
def choose() -> AnyResponse | tuple[str, int]:
    """Somebody has chosen who they are: a session, and the answer to the client."""
    try:
        asked = _asked()
    except DeniedError as denied:
        return redirect(denied.url)
    except UnanswerableError:
        return _page("issuer_stop.html", reason="unanswerable"), 400
    return _entered(lambda person: _answer(asked, person))


@pages.get("/")
def pick() -> str:
    """The same page without a client: where a used link leads."""
    return _pick()


@pages.post("/")
def choose_and_go_on() -> AnyResponse | tuple[str, int]:
    """A session without a client that waits: on to the product."""
    return _entered(lambda _person: _return_to())


@pages.get("/enter/<link>")
def enter(link: str) -> AnyResponse:
    """A one-use link: a session for its person, then on to ``return_to``; used up, the page to choose from."""
    # A look at the link's head, as chat programs take it, does not use it up.
    person = here().person(here().sessions.use(link)) if request.method == "GET" else None
    if person is None:
        query = urlencode({"used": "1", "return_to": request.args.get("return_to", "/")})
        return redirect(f"{here().base_url}/?{query}")
    return _with_session(redirect(_return_to()), person)


def _asked() -> Authorization:
    # The page adds its own two parameters to the client's.
    parameters = {name: request.args.getlist(name) for name in request.args if name not in ("q", "lang")}
    return read_authorization(parameters, here().clients)


def _answer(asked: Authorization, person: DemoPerson) -> str:
    tokens = here().tokens
    if asked.response_type == "id_token":
        return asked.answer({"id_token": tokens.id_token(asked, person)})
    return asked.answer({"code": tokens.code(asked, person)})


def _signed_in() -> DemoPerson | None:
    issuer = here()
    return issuer.person(issuer.sessions.number_of(request.cookies.get(SESSION_COOKIE)))


def _entered(address: Callable[[DemoPerson], str]) -> AnyResponse | tuple[str, int]:
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return _page("issuer_stop.html", reason="refused"), 403
    person = here().person(request.form.get("person"))
    if person is None:
        return _pick(), 422
    return _with_session(redirect(address(person), 303), person)


def _with_session(response: AnyResponse, person: DemoPerson) -> AnyResponse:
    parts = urlsplit(here().base_url)
    response.set_cookie(
        SESSION_COOKIE,
        here().sessions.session_of(person.number),
        max_age=SESSION_SECONDS,
        path=parts.path or "/",
        secure=parts.scheme == "https",
        httponly=True,
        samesite="Lax",
    )
    return response


def _return_to() -> str:
    """Where to go on: a path of the host on which the issuer itself is, never another host."""
    parts = urlsplit(here().base_url)
    origin, asked = f"{parts.scheme}://{parts.netloc}", request.args.get("return_to", "/")
    path = asked.removeprefix(origin)
    plain = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return origin + (path if plain else "/")


def _pick(hint: str | None = None) -> str:
    text = request.args.get("q", hint or "")
    found: Sequence[DemoPerson] = here().people(text)
    return _page(
        "issuer_pick.html",
        text=text,
        found=found[:SHOWN],
        more=len(found) > SHOWN,
        used=request.args.get("used") == "1",
        signed_in=_signed_in(),
        kept=[(name, value) for name in request.args if name != "q" for value in request.args.getlist(name)],
        query=request.query_string.decode("ascii", "replace"),
    )


def _page(template: str, **facts: object) -> str:
    language = _language()
    other = "en" if language == "ja" else "ja"
    arguments = [(name, value) for name in request.args if name != "lang" for value in request.args.getlist(name)]
    parts = urlsplit(here().base_url)
    return render_template(
        template,
        words=WORDS[language],
        language=language,
        other=other,
        other_url=f"?{urlencode([*arguments, ('lang', other)])}",
        home=f"{parts.scheme}://{parts.netloc}/",
        **facts,
    )


def _language() -> str:
    asked = request.args.get("lang") or request.cookies.get(LANGUAGE_COOKIE, "")
    return asked if asked in WORDS else "ja"
