from typing import Any

import pytest

from dokodemo.domain.errors import InvalidError
from dokodemo.domain.setting_catalogue import setting_of

GOOD = [
    ("display.text_size", 9), ("display.text_size", 40), ("notices.start_end", False), ("ui.language", "en"),
    ("hours.start", "00:00"), ("hours.end", "23:59"),
    ("portal.links", []), ("portal.links", [{"title": "財務会計 🏦", "url": "https://例え.jp/あ?q=1#x"}]),
    ("portal.links", [{"title": "demo", "url": "http://127.0.0.1:8000/today"}]),
    ("start.tabs", ["https://a.example.jp/", "http://[::1]:8000/"]),
    ("whereabouts.back_choices", ["+30", "17:15", "direct_return"]),
    ("whereabouts.unit_choices", ["県庁", "第1 庁舎"]),
]

BAD = [
    ("display.text_size", 8), ("display.text_size", 41), ("display.text_size", 16.0), ("display.text_size", "16"),
    ("display.text_size", True), ("display.text_size", None), ("notices.start_end", 1), ("notices.start_end", "true"),
    ("ui.language", "fr"), ("hours.start", "24:00"), ("hours.start", "8:30"), ("hours.start", "08:30\n"),
    ("hours.start", "０８:30"), ("hours.start", 830),
    ("portal.links", "https://a.example.jp/"), ("portal.links", [{"title": "a"}]),
    ("portal.links", [{"title": "", "url": "https://a.example.jp/"}]),
    ("portal.links", [{"title": " a", "url": "https://a.example.jp/"}]),
    ("portal.links", [{"title": "a\u202eb", "url": "https://a.example.jp/"}]),
    ("portal.links", [{"title": "a" * 61, "url": "https://a.example.jp/"}]),
    ("portal.links", [{"title": "a", "url": "https://a.example.jp/", "icon": "x"}]),
    ("portal.links", [{"title": "a", "url": "https://a.example.jp/"}, {"title": "b", "url": "https://a.example.jp/"}]),
    ("start.tabs", ["javascript:alert(1)"]), ("start.tabs", ["http://a.example.jp/"]), ("start.tabs", ["//a.example.jp"]),
    ("start.tabs", ["data:text/html,x"]), ("start.tabs", ["chrome://settings"]), ("start.tabs", ["https://"]),
    ("start.tabs", ["https://user:pw@a.example.jp/"]), ("start.tabs", ["https://a.example.jp/ x"]),
    ("start.tabs", ["https://a.example.jp\\@evil.example/"]), ("start.tabs", ["https://a.example.jp:port/"]),
    ("start.tabs", ["https://[::1/"]), ("start.tabs", ["https://a.example.jp/" + "a" * 2000]),
    ("start.tabs", [f"https://a.example.jp/{number}" for number in range(11)]), ("start.tabs", {"0": "https://a.jp"}),
    ("start.tabs", [["https://a.example.jp/"]]), ("start.tabs", ["http://127.0.0.1.evil.example/"]),
    ("whereabouts.back_choices", ["30"]), ("whereabouts.back_choices", ["+0"]), ("whereabouts.back_choices", ["25:00"]),
    ("whereabouts.unit_choices", ["あ" * 31]), ("whereabouts.unit_choices", ["\t"]),
]  # fmt: skip


@pytest.mark.parametrize(("key", "value"), GOOD)
def test_a_value_of_the_right_form_is_kept_as_it_is(key: str, value: Any) -> None:
    assert value == setting_of(key).form.check(value)


@pytest.mark.parametrize(("key", "value"), BAD)
def test_a_value_of_another_form_is_refused(key: str, value: Any) -> None:
    with pytest.raises(InvalidError):
        setting_of(key).form.check(value)


@pytest.mark.parametrize(("key", "text", "value"), [
    ("display.text_size", "20", 20), ("notices.start_end", "off", False), ("notices.start_end", "true", True),
    ("hours.start", "08:45", "08:45"), ("ui.language", "en", "en"),
    ("start.tabs", '["https://a.example.jp/"]', ["https://a.example.jp/"]),
])
def test_what_somebody_types_becomes_a_value(key: str, text: str, value: Any) -> None:
    assert value == setting_of(key).form.read(text)


@pytest.mark.parametrize(("key", "text"), [
    ("display.text_size", "big"), ("display.text_size", ""), ("notices.start_end", "perhaps"), ("start.tabs", "[1"),
    ("start.tabs", '"https://a.example.jp/"'), ("display.text_size", "[" * 100_000),
])
def test_what_cannot_be_read_is_refused_in_a_sentence(key: str, text: str) -> None:
    with pytest.raises(InvalidError) as caught:
        setting_of(key).form.read(text)
    assert caught.value.detail


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(InvalidError):
        setting_of("portal.link")
