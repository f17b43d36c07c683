"""The same texts, digests and heads as the extension's (``tests/js/events.test.js`` reads the same file)."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import rfc8785

from dokodemo.domain import base64url
from dokodemo.domain.canonical_json import canonical
from dokodemo.domain.events import DeviceEvent, read_event
from dokodemo.domain.journals import following

VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[1] / "vectors" / "journal.json").read_text("utf-8"))


def test_the_chain_over_the_vectors_is_the_devices() -> None:
    head = base64url.decode(VECTORS["thumbprint"])
    for case in VECTORS["events"]:
        text = canonical(case["event"])
        digest = hashlib.sha256(text).digest()
        head = following(head, digest)
        assert case["jcs"] == text.decode()
        assert case["digest"] == base64url.encode(digest)
        assert case["head"] == base64url.encode(head)


@pytest.mark.parametrize(
    "case", VECTORS["events"], ids=lambda case: f"{case['event']['seq']}-{case['event']['kind'][:20]}"
)
def test_the_judge_agrees_and_the_event_has_right_form(case: dict[str, Any]) -> None:
    assert rfc8785.dumps(case["event"]).decode() == case["jcs"]
    assert isinstance(read_event(case["event"]), DeviceEvent)


def test_what_the_device_stores_for_a_lone_surrogate_fits_into_utf_8() -> None:
    for case in VECTORS["repaired"]:
        with pytest.raises(UnicodeEncodeError):
            case["given"].encode()
        assert "\ufffd" in case["stored"].encode().decode()
