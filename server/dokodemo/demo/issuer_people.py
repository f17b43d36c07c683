"""Who can sign in at the demo's issuer, and how they are found by what somebody types."""

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

# U+30A1..U+30F6 lie 0x60 above the hiragana of the same sound.
_HIRAGANA = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """One of the city's people as the issuer knows them; ``number`` is the subject of their tokens."""

    number: str
    name: str
    kana: str
    email: str
    unit: str
    post: str


People = Callable[[str], list[DemoPerson]]


def searching(people: Iterable[DemoPerson]) -> People:
    """A search over these people: every word has to be in name, kana (either script), number, address or unit.

    Who has the whole text as staff number comes first; otherwise the order given is kept.
    """
    entries = [
        (_plain(f"{person.name} {person.kana} {person.number} {person.email} {person.unit} {person.post}"), person)
        for person in people
    ]

    def search(text: str) -> list[DemoPerson]:
        words = [_plain(word) for word in text.split()]
        found = [person for entry, person in entries if all(word in entry for word in words)]
        return sorted(found, key=lambda person: person.number != text.strip())

    return search


def _plain(text: str) -> str:
    """One spelling for width, case, script of kana, and the blank between family and given name."""
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_HIRAGANA)
    return "".join(folded.split())
