"""Refusals as answers: RFC 9457 problem documents for devices and programs, pages for people."""

import uuid
from http import HTTPStatus

import structlog
from flask import Flask, Response, current_app, json, request
from werkzeug.exceptions import HTTPException

from dokodemo.domain.errors import (
    ConflictError,
    DokodemoError,
    ErrorCode,
    ExhaustedError,
    ForbiddenError,
    InvalidError,
    MalformedError,
    MissingError,
    TooLargeError,
    UnauthenticatedError,
    UnavailableError,
    UnsupportedError,
)

log = structlog.get_logger()

STATUSES: dict[type[DokodemoError], HTTPStatus] = {
    MalformedError: HTTPStatus.BAD_REQUEST,
    UnauthenticatedError: HTTPStatus.UNAUTHORIZED,
    ForbiddenError: HTTPStatus.FORBIDDEN,
    MissingError: HTTPStatus.NOT_FOUND,
    ConflictError: HTTPStatus.CONFLICT,
    TooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    UnsupportedError: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    InvalidError: HTTPStatus.UNPROCESSABLE_ENTITY,
    ExhaustedError: HTTPStatus.TOO_MANY_REQUESTS,
    UnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
}

CODES: dict[int, ErrorCode] = {  # what Flask itself refuses
    400: ErrorCode.UNREADABLE,
    404: ErrorCode.NOT_FOUND,
    405: ErrorCode.METHOD_NOT_ALLOWED,
    413: ErrorCode.TOO_LARGE,
    415: ErrorCode.CONTENT_TYPE,
    422: ErrorCode.INVALID,
    429: ErrorCode.TOO_MANY_REQUESTS,
}


def problem(status: int, code: ErrorCode, detail: str = "", **fields: object) -> Response:
    """One problem document; ``retry_after`` (seconds) among the fields also becomes the header."""
    document = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "code": str(code)}
    if detail:
        document["detail"] = detail
    answer = Response(json.dumps(document | fields), status, content_type="application/problem+json")
    if "retry_after" in fields:
        answer.headers["Retry-After"] = str(fields["retry_after"])
    return answer


def wants_page() -> bool:
    """Whether a person's browser is asking for a page (not a script or a device for data)."""
    return not request.path.startswith(("/api/", "/extension/")) and "text/html" in request.headers.get("Accept", "")


def refused(status: int, code: ErrorCode, detail: str = "", **fields: object) -> Response:
    """The refusal in the form that the caller reads: a page's text comes from ``pages.error_page``."""
    page = current_app.extensions.get("dokodemo_error_page")
    if page and wants_page():
        answer: Response = page(status, code, fields)
        return answer
    return problem(status, code, detail, **fields)


def install(app: Flask) -> None:
    """Answer every refusal of this application."""

    @app.errorhandler(DokodemoError)
    def known(error: DokodemoError) -> Response:
        return refused(STATUSES[type(error)], error.code, error.detail, **error.fields)

    @app.errorhandler(HTTPException)
    def of_flask(error: HTTPException) -> Response:
        status = error.code or 500
        if 300 <= status < 400:
            return Response(status=status, headers=dict(error.get_headers()))
        fields: dict[str, object] = {}
        messages = (getattr(error, "data", None) or {}).get("messages")
        if messages:  # webargs: which member, and why
            fields["errors"] = messages
        return refused(status, CODES.get(status, ErrorCode.INTERNAL), error.description or "", **fields)

    @app.errorhandler(Exception)
    def unknown(error: Exception) -> Response:
        error_id = uuid.uuid4().hex[:12]
        log.error("request_failed", error_id=error_id, path=request.url_rule and request.url_rule.rule, exc_info=error)
        return refused(500, ErrorCode.INTERNAL, "an error of the server; nothing was lost", error_id=error_id)
