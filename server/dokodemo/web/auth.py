"""Who is calling. Every door names its guard; a door without one stays closed.

``@guard("person")`` beside a view's route is the whole declaration. Guards put the caller into ``flask.g``:
``g.device`` (``actions.devices.Caller``), ``g.signer`` (``actions.devices.Signer``) or ``g.viewer``
(``domain.access.Viewer``).
"""

from collections.abc import Callable
from typing import TypeVar

from flask import Flask, current_app, request

from dokodemo.domain.errors import ErrorCode, ForbiddenError

View = TypeVar("View", bound=Callable[..., object])

GUARDS: dict[str, Callable[[], None]] = {"public": lambda: None}


def guard(name: str) -> Callable[[View], View]:
    """Declare which guard stands before a view."""

    def mark(view: View) -> View:
        view.guard = name  # type: ignore[attr-defined]  # functions carry attributes; wraps() hands them on
        return view

    return mark


def register(name: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Add a guard under a name; a guard raises to refuse."""

    def add(check: Callable[[], None]) -> Callable[[], None]:
        GUARDS[name] = check
        return check

    return add


def guard_of(endpoint: str) -> str | None:
    """The guard's name of an endpoint, or None when it has none."""
    view = current_app.view_functions.get(endpoint)
    name: str | None = getattr(view, "guard", None) or current_app.extensions["dokodemo_guards"].get(endpoint)
    return name


def install(app: Flask) -> None:
    """Close every door of this application by default."""
    app.extensions["dokodemo_guards"] = {"static": "public"}

    @app.before_request
    def check() -> None:
        if request.endpoint is None:
            return  # no such path: 404 follows
        name = guard_of(request.endpoint)
        if name is None:
            raise ForbiddenError(ErrorCode.FORBIDDEN, "this door has no guard")
        GUARDS[name]()
