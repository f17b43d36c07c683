"""Holds answers of the API to its own document: status, content type and body have to be what the document says."""

import json
from collections.abc import Iterator
from typing import Any

import werkzeug.exceptions
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012
from werkzeug.routing import Rule

BY_FLASK = {404, 405}  # no such path, no such method: no operation could document them
PROBLEM = "application/problem+json"
UNDOCUMENTED = {"/api/openapi.json", "/api/docs"}
HERE = "urn:openapi"

_documents: dict[tuple[str, ...], "ApiDocument"] = {}


class ApiDocument:
    """A document and its judgement of answers."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.registry: Registry[Any] = Registry().with_resource(HERE, DRAFT202012.create_resource(document))

    def operation(self, path: str, method: str) -> dict[str, Any] | None:
        """What is documented for a templated path and a method; HEAD is documented by GET."""
        found: dict[str, Any] | None = (
            self.document["paths"].get(path, {}).get("get" if method == "HEAD" else method.lower())
        )
        return found

    def faults(self, operation: dict[str, Any], status: int, content_type: str, body: bytes) -> Iterator[str]:
        """What of an answer the document does not say."""
        response = operation["responses"].get(str(status))
        if response is None:
            yield f"status {status} is not documented"
            return
        content = self._resolved(response).get("content", {})
        if not content:
            if body:
                yield f"a body where the document has none: {body[:80]!r}"
            return
        if content_type not in content:
            yield f"content type {content_type!r} is not documented"
            return
        yield from self.mismatches(content[content_type]["schema"], body)

    def problem_faults(self, content_type: str, body: bytes) -> Iterator[str]:
        """The same for a refusal that belongs to no operation."""
        if content_type != PROBLEM:
            yield f"a refusal of content type {content_type!r}"
            return
        yield from self.mismatches({"$ref": "#/components/schemas/Problem"}, body)

    def mismatches(self, schema: dict[str, Any], body: bytes) -> Iterator[str]:
        """What a body says otherwise than its schema."""
        absolute = json.loads(json.dumps(schema).replace('"#/', f'"{HERE}#/'))
        validator = Draft202012Validator(absolute, registry=self.registry, format_checker=FormatChecker())
        for error in validator.iter_errors(json.loads(body)):
            yield f"{error.json_path}: {error.message}"

    def _resolved(self, value: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in value:
            return value
        found: dict[str, Any] = self.document["components"]["responses"][value["$ref"].rpartition("/")[2]]
        return found


def document_of(app: Flask) -> ApiDocument:
    """The document of an application; made once for each set of doors."""
    doors = tuple(sorted(str(rule) for rule in app.url_map.iter_rules()))
    if doors not in _documents:
        _documents[doors] = ApiDocument(FlaskClient(app).get("/api/openapi.json").get_json())
    return _documents[doors]


def templated(rule: Rule) -> str:
    """``/orders/<uuid:order_id>/result`` as OpenAPI writes it."""
    return "".join(f"{{{text}}}" if dynamic else text for dynamic, text in rule._trace).removeprefix("|")


def faults_of(app: Flask, path: str, method: str, status: int, content_type: str, body: bytes) -> list[str]:
    """Everything in which one answer of a path below /api/ differs from the document."""
    document = document_of(app)
    try:
        rule, _ = app.url_map.bind("127.0.0.1").match(path, method, return_rule=True)
    except werkzeug.exceptions.HTTPException as error:
        if error.code in BY_FLASK and status == error.code:
            return list(document.problem_faults(content_type, body))
        return [f"{status} for a path that does not exist"]
    if rule.rule in UNDOCUMENTED or method == "OPTIONS":
        return []
    operation = document.operation(templated(rule), method)
    if operation is None:
        return [f"{method} {rule.rule} is not documented"]
    return list(document.faults(operation, status, content_type, body if method != "HEAD" else b""))


class JudgingClient(FlaskClient):
    """A test client that lets no answer pass that the document does not say."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """The answer, judged."""
        answer = super().open(*args, **kwargs)
        path, method = answer.request.path, answer.request.method
        if path.startswith("/api/"):
            kind = answer.mimetype or ""
            found = faults_of(self.application, path, method, answer.status_code, kind, answer.get_data())
            assert not found, f"{method} {path} → {answer.status_code}: {found}; {answer.get_data(as_text=True)[:300]}"
        return answer
