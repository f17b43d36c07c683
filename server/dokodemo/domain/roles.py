"""The roles of the product, who gives them, and grants of them with dates. What each may do: ``access.TABLE``."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Role(StrEnum):
    """Codes of the roles."""

    MEMBER = "member"
    PROXY = "proxy"
    HEAD = "head"
    STAND_IN = "stand_in"
    PHONE_DESK = "phone_desk"
    PERSONNEL = "personnel"
    HEALTH = "health"
    IT = "it"
    CLERK = "clerk"
    MANAGEMENT = "management"
    AUDITOR = "auditor"
    OPERATOR = "operator"
    KIOSK = "kiosk"


NAMES: Mapping[Role, tuple[str, str]] = {
    Role.MEMBER: ("職員", "Staff"),
    Role.PROXY: ("代理入力者", "Proxy"),
    Role.HEAD: ("所属長", "Section head"),
    Role.STAND_IN: ("職務代理者", "Stand-in"),
    Role.PHONE_DESK: ("電話・総合案内", "Phone desk"),
    Role.PERSONNEL: ("人事", "Personnel"),
    Role.HEALTH: ("産業医・健康管理", "Occupational health"),
    Role.IT: ("情報政策課", "IT office"),
    Role.CLERK: ("庶務担当", "Clerk"),
    Role.MANAGEMENT: ("幹部", "Management"),
    Role.AUDITOR: ("監査", "Auditor"),
    Role.OPERATOR: ("運用者", "Operator"),
    Role.KIOSK: ("掲示板端末", "Kiosk board"),
}
"""Each role in Japanese and English."""

# Who may give which role by grant. ``operator`` (the CLI at the installation) may give every one of them.
GIVERS: Mapping[Role, frozenset[Role]] = {
    Role.PROXY: frozenset({Role.HEAD, Role.STAND_IN, Role.IT}),
    Role.STAND_IN: frozenset({Role.HEAD, Role.PERSONNEL}),
    Role.PHONE_DESK: frozenset({Role.IT}),
    Role.PERSONNEL: frozenset({Role.IT}),
    Role.HEALTH: frozenset({Role.PERSONNEL}),
    Role.IT: frozenset({Role.IT}),
    Role.CLERK: frozenset({Role.HEAD, Role.STAND_IN, Role.IT}),
    Role.MANAGEMENT: frozenset({Role.PERSONNEL}),
    Role.AUDITOR: frozenset({Role.IT}),
    Role.OPERATOR: frozenset({Role.IT}),
}
NEEDS_SECOND_PERSON = frozenset({Role.PERSONNEL, Role.AUDITOR})
NEEDS_UNIT = frozenset({Role.STAND_IN})
NEEDS_END = frozenset({Role.STAND_IN})
"""It ends by itself: nobody has to remember to take it back."""


class Part(StrEnum):
    """How much of the head's rights a stand-in was given (municipal reference 2.2, rule 6)."""

    ALL = "all"
    BOARD = "board"
    CORRECTIONS = "corrections"


@dataclass(frozen=True, slots=True)
class Grant:
    """A role given to somebody, over a unit and below or (None) as far as the role goes. ``valid_to`` is exclusive.

    ``part`` narrows a stand-in; every other role is given whole.
    """

    role: Role
    unit_code: str | None
    valid_from: date
    valid_to: date | None = None
    part: Part = Part.ALL

    def valid_on(self, on: date) -> bool:
        """Whether it holds on that day."""
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)
