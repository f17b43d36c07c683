"""GET /api/docs shows the OpenAPI document to people."""

from pathlib import Path

import pytest

from dokodemo.app import create_app
from dokodemo.web.languages import COOKIE
from dokodemo.web.pages.api_docs import METHODS
from tests.installation import build


@pytest.mark.parametrize(("language", "title"), [("ja", "API の説明"), ("en", "The API")])
def test_the_page_names_every_operation_and_every_form(
    sqlite_url: str, tmp_path: Path, language: str, title: str
) -> None:
    installation = build(sqlite_url, tmp_path)
    client = create_app(installation.services, installation.config).test_client()
    client.set_cookie(COOKIE, language)
    document = client.get("/api/openapi.json").get_json()
    text = client.get("/api/docs").text
    for path, item in document["paths"].items():
        for method in METHODS:
            assert (method in item) == (f"<code>{method.upper()} {path}</code></h2>" in text)
    for name in document["components"]["schemas"]:
        assert f'id="s-{name}"' in text
    assert f"<h1>{title}</h1>" in text
