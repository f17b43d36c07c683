"""Names of nobody: 120 family and 150 given names with their readings, met at random."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random

# 同姓同名 happens in every city hall; the importer and the phone desk have to live with it.
NAMESAKES = 3


@dataclass(frozen=True, slots=True)
class Name:
    """A word of a name in kanji (or kana) and its reading in katakana."""

    written: str
    kana: str


@cache
def family_names() -> tuple[Name, ...]:
    """120 family names, among them 髙橋 山﨑 𠮷田 渡邉 濵田 五十嵐 小鳥遊."""
    return _read("family_names.txt")


@cache
def given_names() -> tuple[Name, ...]:
    """150 given names."""
    return _read("given_names.txt")


def draw(random: Random) -> Iterator[tuple[Name, Name]]:
    """Endless pairs of family and given name; no pair twice, but for ``NAMESAKES`` pairs that come back once."""
    seen: set[tuple[str, str]] = set()
    again = NAMESAKES
    while True:
        family, given = random.choice(family_names()), random.choice(given_names())
        pair = (family.written, given.written)
        if pair in seen:
            if not again:
                continue
            again -= 1
        seen.add(pair)
        yield family, given


def _read(name: str) -> tuple[Name, ...]:
    text = files("dokodemo.demo").joinpath("data", name).read_text(encoding="utf-8")
    return tuple(Name(*line.split()) for line in text.splitlines())


def romaji(kana: str) -> str:
    """The reading in lower-case Hepburn without long marks, as mail addresses are made: ``サトウ`` is ``sato``."""
    out = ""
    for sign in kana:
        if sign in _SMALL:
            out = out[:-1] + _SMALL[sign] if out.endswith(("shi", "chi", "ji")) else out[:-1] + "y" + _SMALL[sign]
        elif out.endswith("ッ"):
            out = out[:-1] + _SIGNS[sign][0] + _SIGNS[sign]
        else:
            out += _SIGNS.get(sign, sign)
    return out.replace("ou", "o").replace("oo", "o").replace("uu", "u").replace("nb", "mb").replace("nm", "mm")


_KANA = (
    "アイウエオカキクケコガギグゲゴサシスセソザジズゼゾタチツテトダデドナニヌネノ"
    "ハヒフヘホバビブベボパピプペポマミムメモヤユヨラリルレロワヲン"
)
_SOUNDS = (
    "a i u e o ka ki ku ke ko ga gi gu ge go sa shi su se so za ji zu ze zo ta chi tsu te to da de do na ni nu ne no "
    "ha hi fu he ho ba bi bu be bo pa pi pu pe po ma mi mu me mo ya yu yo ra ri ru re ro wa o n"
)
_SIGNS = dict(zip(_KANA, _SOUNDS.split(), strict=True))
_SMALL = {"ャ": "a", "ュ": "u", "ョ": "o"}
