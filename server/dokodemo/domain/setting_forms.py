"""What a setting's value may be: each form checks a value, gives it back in its one spelling, or says what is wrong.

Addresses are ``https:``; ``http:`` only on this machine itself. Whatever ends in 2,680 browsers is checked here, and
once more by the applier in the extension.
"""

import json
import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from dokodemo.domain.errors import ErrorCode, InvalidError

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
URL_MAX = 2_000
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_UNSEEN = re.compile(r"[\x00-\x20\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


class Form(Protocol):
    """A kind of value."""

    @property
    def words(self) -> tuple[str, str]:
        """What it may be, in Japanese and English."""

    def check(self, value: Any) -> Any:
        """The value in its one spelling; InvalidError with a sentence when it is none."""

    def read(self, text: str) -> Any:
        """The value that somebody typed; checked."""


def refuse(sentence: str) -> InvalidError:
    """The refusal of a value."""
    return InvalidError(ErrorCode.INVALID, sentence)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise refuse(f"{text[:80]!r} is no JSON") from error


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from ``low`` to ``high``."""

    low: int
    high: int

    @property
    def words(self) -> tuple[str, str]:
        return f"整数 {self.low}～{self.high}", f"whole number, {self.low} to {self.high}"

    def check(self, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not self.low <= value <= self.high:
            raise refuse(f"{value!r} is no whole number from {self.low} to {self.high}")
        return value

    def read(self, text: str) -> int:
        return self.check(_json(text))


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes or no."""

    words: tuple[str, str] = ("はい・いいえ (true / false)", "true or false")

    def check(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise refuse(f"{value!r} is neither true nor false")
        return value

    def read(self, text: str) -> bool:
        return self.check({"true": True, "on": True, "yes": True, "false": False, "off": False, "no": False}.get(text))


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    options: tuple[str, ...]

    @property
    def words(self) -> tuple[str, str]:
        listed = " / ".join(self.options)
        return f"次のうち一つ: {listed}", f"one of {listed}"

    def check(self, value: Any) -> str:
        if value not in self.options:
            raise refuse(f"{value!r} is none of {', '.join(self.options)}")
        return str(value)

    def read(self, text: str) -> str:
        return self.check(text)


@dataclass(frozen=True, slots=True)
class Text:
    """One line that ``pattern`` matches."""

    pattern: str
    words: tuple[str, str]

    def check(self, value: Any) -> str:
        if not isinstance(value, str) or not re.fullmatch(self.pattern, value):
            raise refuse(f"{value!r} is not of the form: {self.words[1]}")
        return value

    def read(self, text: str) -> str:
        return self.check(text)


CLOCK = Text(_CLOCK.pattern, ("時刻 HH:MM", "time of day, HH:MM"))


@dataclass(frozen=True, slots=True)
class Several:
    """A list of at most ``most`` different elements, in order; ``identity`` says which two are the same."""

    element: Callable[[Any], Any]
    most: int
    words: tuple[str, str]
    identity: Callable[[Any], Hashable] = str

    def check(self, value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise refuse(f"{value!r} is no list")
        if len(value) > self.most:
            raise refuse(f"{len(value)} elements are more than {self.most}")
        checked = [self.element(each) for each in value]
        if len({self.identity(each) for each in checked}) < len(checked):
            raise refuse("two elements of the list are the same")
        return checked

    def read(self, text: str) -> list[Any]:
        return self.check(_json(text))


def address(value: Any) -> str:
    """A web address that may be given to a browser."""
    if not isinstance(value, str) or len(value) > URL_MAX or _UNSEEN.search(value):
        raise refuse(f"{str(value)[:80]!r} is no web address")
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise refuse(f"{value[:80]!r} is no web address") from error
    local = parts.scheme == "http" and host in LOOPBACK
    if not host or not (parts.scheme == "https" or local) or "@" in parts.netloc or "\\" in value:
        raise refuse(f"{value[:80]!r} does not begin with https://")
    return value


def line(value: Any, *, most: int) -> str:
    """One line of visible text without space around it."""
    if not isinstance(value, str) or not 0 < len(value) <= most or value != value.strip():
        raise refuse(f"{str(value)[:80]!r} is no text of 1 to {most} characters")
    if _UNSEEN.search(value.replace(" ", "")):
        raise refuse(f"{value[:80]!r} holds an unseen character")
    return value


def link(value: Any) -> dict[str, str]:
    """``{"title", "url"}``."""
    if not isinstance(value, dict) or set(value) != {"title", "url"}:
        raise refuse(f'{str(value)[:80]} is not of the form {{"title": …, "url": …}}')
    return {"title": line(value["title"], most=60), "url": address(value["url"])}



def network(value: Any) -> dict[str, str]:
    """``{"network": CIDR, "place": …}``: a row of the city's network table."""
    if not isinstance(value, dict) or set(value) != {"network", "place"}:
        raise refuse(f'{str(value)[:80]} is not of the form {{"network": …, "place": …}}')
    return value


def destination(value: Any) -> str:
    """A destination on offer."""
    return line(value, most=30)


def return_time(value: Any) -> str:
    """A return on offer: ``+30`` (minutes from now), ``15:00`` or ``direct_return``."""
    if not isinstance(value, str) or not re.fullmatch(rf"\+[1-9][0-9]{{0,2}}|{_CLOCK.pattern}|direct_return", value):
        raise refuse(f"{str(value)[:80]!r} is neither minutes (+30) nor a time (15:00) nor direct_return")
    return value
