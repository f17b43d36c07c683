"""Refusals as pages: what happened, why, what to do next; never more about others than the asker may know."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, make_response, redirect, render_template, request

from dokodemo.domain.errors import ErrorCode
from dokodemo.web import services
from dokodemo.web.languages import text
from dokodemo.web.pages.frame import clock

KINDS: Mapping[ErrorCode, str] = {
    ErrorCode.NOT_FOUND: "missing",
    ErrorCode.METHOD_NOT_ALLOWED: "missing",
    ErrorCode.FORBIDDEN: "forbidden",
    ErrorCode.CROSS_ORIGIN: "cross_origin",
    ErrorCode.CONFLICT: "conflict",
    ErrorCode.NOT_IN_ROSTER: "not_in_roster",
    ErrorCode.IDENTITY_CONFLICT: "identity_conflict",
    ErrorCode.RETIRED: "retired",
    ErrorCode.SIGN_IN_EXPIRED: "sign_in",
    ErrorCode.ID_TOKEN_INVALID: "sign_in",
    ErrorCode.ISSUER_UNAVAILABLE: "issuer",
    ErrorCode.CLOCK_SKEW: "clock",
    ErrorCode.UNAVAILABLE: "unavailable",
    ErrorCode.TOO_MANY_REQUESTS: "busy",
    ErrorCode.INTERNAL: "server",
}

PASSING = frozenset({"server", "unavailable", "busy"})
RETRY_SECONDS = 30


def install(app: Flask) -> None:
    """Let refusals of pages be pages."""
    app.extensions["dokodemo_error_page"] = error_page


def error_page(status: int, code: ErrorCode, fields: Mapping[str, Any]) -> Response:
    """The page of a refusal; whoever is not signed in is led to signing in, and back afterwards."""
    if code is ErrorCode.NOT_SIGNED_IN:
        there = request.full_path if request.query_string else request.path
        wanted = f"/?to={quote(there)}" if request.method == "GET" else "/"
        return make_response(redirect(wanted, 303))
    kind = KINDS.get(code, "server" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "refused")
    times = []
    if "server_time" in fields:
        times = [(text("error.server_time"), clock(services().now(), seconds=True))]
    body = render_template(
        "error.html", kind=kind, identity=fields.get("identity"), who=fields.get("head"), search=kind == "missing",
        times=times, error_id=fields.get("error_id"), retry=_retry(kind, fields),
    )  # fmt: skip
    answer = make_response(body, status)
    if "retry_after" in fields:
        answer.headers["Retry-After"] = str(fields["retry_after"])
    return answer


def _retry(kind: str, fields: Mapping[str, Any]) -> int:
    """After how many seconds the page looks again by itself; 0 where that would send something twice or not help."""
    if kind not in PASSING or request.method != "GET":
        return 0
    asked = fields.get("retry_after")
    return min(max(asked, RETRY_SECONDS), 300) if isinstance(asked, int) else RETRY_SECONDS
