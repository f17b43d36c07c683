"""Two languages, one JSON catalogue each with equal keys; the person's choice first, then the cookie, then ja."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from flask import g, request

LANGUAGES = ("ja", "en")
COOKIE = "dk-language"
LOCALES = Path(__file__).parent / "locales"


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """All texts of one language by key."""
    texts: dict[str, str] = json.loads((LOCALES / f"{language}.json").read_text(encoding="utf-8"))
    return texts


def language() -> str:
    """The language of this request."""
    chosen = getattr(g.get("person"), "language", None) or request.cookies.get(COOKIE)
    return chosen if chosen in LANGUAGES else LANGUAGES[0]


def text(key: str, **values: object) -> str:
    """The text of a key in the language of this request; names in braces are filled in."""
    found = catalogue(language())[key]
    return found.format(**values) if values else found


def texts_for_scripts(*prefixes: str) -> dict[str, str]:
    """The texts whose keys begin with one of these, for the page's modules."""
    return {key: value for key, value in catalogue(language()).items() if key.startswith(prefixes)}
