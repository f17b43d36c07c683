"""Which refusals a door can give, for the OpenAPI document."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

from flask_smorest import Api

from dokodemo.schemas.problems import ProblemSchema

View = TypeVar("View", bound=Callable[..., object])


class ProblemApi(Api):
    """The API's document: each door says itself how it can refuse, and there is one form of refusal."""

    ERROR_SCHEMA = ProblemSchema
    DEFAULT_ERROR_RESPONSE_NAME = None


def problems(*statuses: int) -> Callable[[View], View]:
    """Document problem answers of a view (flask-smorest keeps what a view documents in ``_apidoc``)."""

    def mark(view: View) -> View:
        documented: dict[str, Any] = getattr(view, "_apidoc", {})
        responses = documented.setdefault("response", {}).setdefault("responses", {})
        for status in (*statuses, 500):
            answer = {
                "schema": ProblemSchema(),
                "description": HTTPStatus(status).phrase,
                "content_type": "application/problem+json",
            }
            responses.setdefault(status, []).append(answer)
        view._apidoc = documented  # type: ignore[attr-defined]
        return view

    return mark
