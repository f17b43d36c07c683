"""Bodies of the API: one form of JSON for every door (PROTOCOL section 7, Bodies), read before any schema."""

from collections.abc import Callable
from typing import Any

import flask_smorest
from flask import Request
from flask_smorest.arguments import ArgumentsMixin

from dokodemo.domain.errors import ErrorCode, UnsupportedError
from dokodemo.schemas import i_json


class _Parser(type(ArgumentsMixin.ARGUMENTS_PARSER)):  # type: ignore[misc]  # flask-smorest's own, without a public name
    """Reads I-JSON; what is not is refused as unreadable, and another content type by its own code."""

    def load_json(self, req: Request, _schema: object) -> object:
        """The body as a value. Raises ``MalformedError`` and ``UnsupportedError``."""
        if req.headers.get("Content-Encoding"):
            raise UnsupportedError(ErrorCode.CONTENT_ENCODING, "bodies are sent as they are")
        if req.mimetype != "application/json":
            raise UnsupportedError(ErrorCode.CONTENT_TYPE, "application/json is spoken here")
        return i_json.read(req.get_data())


class Blueprint(flask_smorest.Blueprint):
    """Doors of one noun of the API."""

    ARGUMENTS_PARSER = _Parser()

    def arguments(self, schema: Callable[[], Any], **how: Any) -> Any:
        """The body by this schema, which is made once: webargs would make it for each request, with all its fields."""
        return super().arguments(schema(), **how)
