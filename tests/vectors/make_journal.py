"""Writes journal.json: texts, digests and heads of events, for both languages.

Expected values come from the ``rfc8785`` package and ``hashlib`` alone, never from our own code. Run it again only
when a case is added: ``python tests/vectors/make_journal.py``.
"""

import hashlib
import json
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

import rfc8785

AT = "2026-11-24T00:31:01.870Z"

MEMBERS: list[dict[str, Any]] = [
    {"kind": "started", "how": "login"},
    {"kind": "locked"},
    {"kind": "unlocked"},
    {"kind": "away", "since": "2026-11-24T00:21:01.870Z"},
    {"kind": "slept", "from": "2026-11-23T22:00:00.000Z"},
    {"kind": "place_declared", "place": "home"},
    {"kind": "clock", "offset_ms": -86_400_000},
    {"kind": "clock", "offset_ms": 0},
    {"kind": "clock", "offset_ms": 2**53 - 1},
    {"kind": "clock", "offset_ms": -(2**53 - 1)},
    {"kind": "x", "note": "前橋合同庁舎で会議"},
    {"kind": "x", "note": "ﾊﾝｶｸ と が (か+濁点) 𠮷野家 葛󠄀城市"},
    {"kind": "x", "note": "emoji 🏢 and RTL \u202emark"},
    {"kind": "x", "note": "nul \u0000 in the middle"},
    {"kind": "x", "note": 'quote " backslash \\ solidus / tab \t newline \n return \r backspace \b feed \f'},
    {"kind": "x", "note": "\u0001\u001f\u007f\u0080\u009f"},
    {"kind": "x", "note": "\u2028\u2029\ufeff\ufffd"},
    {"kind": "x", "note": ""},
    {"kind": "x", "yes": True, "no": False},
    {"kind": "x", "b": 1, "a": 2, "B": 3, "A": 4, "_": 5, "1": 6, "aa": 7, "a ": 8},
    {"kind": "x", "zero": 0, "one": 1, "minus": -1, "big": 9_007_199_254_740_991},
    {"kind": "unsendable", "digest": "A" * 43},
    {"kind": "started", "how": "rotated", "carried_over": "0193c9a2-6f5e-7cc1-9a53-0d8f6c0c2f11/17"},
    {"kind": "a" + "_" * 39, "note": "the longest kind"},
]

# What the device is told, and what it stores: a lone surrogate fits into no UTF-8 text.
REPAIRED = [
    {"note": "\ud800"},
    {"note": "a\udc00b"},
    {"note": "\udc00\ud800"},
    {"note": "right \U00020bb7, wrong \ud842"},
]


def text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def repaired(value: str) -> str:
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def main() -> None:
    thumbprint = hashlib.sha256(b"the thumbprint of a key").digest()
    head = thumbprint
    events = []
    cases: list[dict[str, Any]] = MEMBERS + [{"kind": "x"} | {name: repaired(value) for name, value in case.items()} for case in REPAIRED]
    for seq, members in enumerate(cases, 1):
        event: dict[str, Any] = {"seq": seq, "at": AT} | members
        jcs = rfc8785.dumps(event)
        digest = hashlib.sha256(jcs).digest()
        head = hashlib.sha256(head + digest).digest()
        events.append({"event": event, "jcs": jcs.decode(), "digest": text(digest), "head": text(head)})
    vectors = {
        "thumbprint": text(thumbprint),
        "events": events,
        "repaired": [{"given": case["note"], "stored": repaired(case["note"])} for case in REPAIRED],
    }
    path = Path(__file__).with_name("journal.json")
    path.write_text(json.dumps(vectors, ensure_ascii=True, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
