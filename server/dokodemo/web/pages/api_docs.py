"""GET /api/docs: the OpenAPI document as a page for people who write programs."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from dokodemo.web.auth import guard

blueprint = Blueprint("api_docs", __name__)

METHODS = ("get", "put", "post", "delete")


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path, as the page shows it. ``answers`` are status, what it means, and its schema's name."""

    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Mapping[str, Any], ...]
    body: str
    answers: tuple[tuple[str, str, str], ...]

    @property
    def anchor(self) -> str:
        """Its place on the page."""
        return f"{self.method}{self.path}".lower().replace("/", "-").translate({ord(sign): None for sign in "{}"})


@blueprint.get("/api/docs")
@guard("public")
def show() -> ResponseReturnValue:
    """The description of the API is part of the source: anybody may read it."""
    document = current_app.extensions["dokodemo_openapi"]()
    schemas = document.get("components", {}).get("schemas", {})
    texts = {name: json.dumps(schema, indent=2, ensure_ascii=False) for name, schema in sorted(schemas.items())}
    return render_template("api_docs.html", operations=list(operations(document)), schemas=texts)


def operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    """Every operation, in the document's order."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield _operation(method, path, item[method], item.get("parameters", []))


def _operation(method: str, path: str, told: Mapping[str, Any], shared: list[Mapping[str, Any]]) -> Operation:
    content = told.get("requestBody", {}).get("content", {})
    answers = tuple(
        (status, answer.get("description", ""), _schema_name(answer.get("content", {})))
        for status, answer in sorted(told.get("responses", {}).items())
    )
    parameters = tuple(one for one in (*shared, *told.get("parameters", [])) if "name" in one)
    return Operation(
        method.upper(), path, _words(told, "summary"), _words(told, "description"), parameters, _schema_name(content),
        answers,
    )  # fmt: skip


def _words(told: Mapping[str, Any], name: str) -> str:
    return str(told.get(name, "")).replace("``", "")


def _schema_name(content: Mapping[str, Any]) -> str:
    for medium in content.values():
        reference = medium.get("schema", {}).get("$ref", "")
        if reference:
            return str(reference).rpartition("/")[2]
    return ""
