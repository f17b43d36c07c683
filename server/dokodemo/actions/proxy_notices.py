"""Telling somebody on their own Chromebook that a colleague entered whereabouts for them."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from uuid import UUID

from dokodemo.domain.statuses import STATUSES
from dokodemo.domain.whereabouts import Whereabouts
from dokodemo.store import Transaction, orders, people

ANNOUNCE = "announce"
WORDS = {
    "ja": ("行先が代理で入力されました",
           "{name} さんが {time} に「{entry}」と入力しました。違うときは、行先を入れ直してください。"),
    "en": ("A colleague set your whereabouts",
           "{name} entered “{entry}” at {time}. If it is not right, set your whereabouts again."),
}  # fmt: skip


def tell(transaction: Transaction, entry: Whereabouts, now: datetime, *, zone: tzinfo) -> Sequence[UUID]:
    """Ask the person's devices to say so, in the person's language; gives which were asked.

    A device that was asked to announce something and has not answered yet is not asked again: 今日 shows every entry.
    """
    person, author = people.get(transaction, entry.person_id), people.get(transaction, entry.author_id)
    lang = person.language if person.language in WORDS else "ja"
    title, sentence = WORDS[lang]
    text = sentence.format(name=author.name, time=_clock(entry.made_at, lang, zone), entry=_entry(entry, lang, zone))
    asked = [
        binding
        for binding in orders.devices_of(transaction, entry.person_id)
        if not orders.is_open(transaction, binding, ANNOUNCE)
    ]
    for binding in asked:
        orders.give(transaction, binding, ANNOUNCE, {"title": title, "text": text}, now)
    return asked


def _entry(entry: Whereabouts, lang: str, zone: tzinfo) -> str:
    row = STATUSES[entry.status]
    back = None if entry.back_at is None else _clock(entry.back_at, lang, zone)
    returns = None if back is None else f"戻り {back}" if lang == "ja" else f"back {back}"
    words = (row.ja_short if lang == "ja" else row.en, entry.destination, returns)
    return " ".join(word for word in words if word)


def _clock(moment: datetime, lang: str, zone: tzinfo) -> str:
    local = moment.astimezone(zone)
    return f"{local.hour}:{local:%M}" if lang == "ja" else f"{local:%H:%M}"
