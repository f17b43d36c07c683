"""Who may do what: every permission in one table, role × verb × reach.

A role reaches the person alone, the 課 of the person's own posts, the units below its own unit, or the whole city. Heads
come from postings, all other roles from grants, and everybody in the roster is a member. Doors ask ``may`` or
``permit``; lists ask ``scope``, which the store turns into a filter. Source of roles: municipal reference 2.3.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Never, NoReturn
from uuid import UUID

from dokodemo.domain.errors import ErrorCode, ForbiddenError
from dokodemo.domain.facts import View
from dokodemo.domain.people import Person, Posting, PostingKind, postings_on
from dokodemo.domain.posts import HEADS
from dokodemo.domain.roles import GIVERS
from dokodemo.domain.roles import Grant as Grant
from dokodemo.domain.roles import Part as Part
from dokodemo.domain.roles import Role as Role
from dokodemo.domain.units import Line, section_code


class Verb(StrEnum):
    """What can be done. ``see_*`` of a person's record leaves a look."""

    SEE_BOARD = "see_board"
    SEE_BOARD_AS_HEAD = "see_board_as_head"
    SEE_PHONE_DESK = "see_phone_desk"
    SET_WHEREABOUTS = "set_whereabouts"
    CHECK_IN = "check_in"
    SEE_DAY = "see_day"
    SEE_MONTH = "see_month"
    SEE_REPORTED = "see_reported"
    SEE_LOOKS_AT_ME = "see_looks_at_me"
    REQUEST_CORRECTION = "request_correction"
    DECIDE_CORRECTION = "decide_correction"
    CLOSE_MONTH = "close_month"
    EXPORT_RECORDS = "export_records"
    SEE_HEALTH_LIST = "see_health_list"
    EDIT_RULES = "edit_rules"
    SEE_SETTINGS = "see_settings"
    SET_OWN_SETTINGS = "set_own_settings"
    PUBLISH_SETTINGS = "publish_settings"
    SEE_FLEET = "see_fleet"
    MANAGE_FLEET = "manage_fleet"
    REVOKE_BINDING = "revoke_binding"
    SEE_HANDOUT = "see_handout"
    MANAGE_HANDOUT = "manage_handout"
    SEE_PEOPLE = "see_people"
    SEE_FUTURE_POSTINGS = "see_future_postings"
    IMPORT_PEOPLE = "import_people"
    IMPORT_UNITS = "import_units"
    IMPORT_NETWORKS = "import_networks"
    IMPORT_DEVICES = "import_devices"
    EDIT_CALENDAR = "edit_calendar"
    GRANT_ROLES = "grant_roles"
    RELINK_IDENTITY = "relink_identity"
    SEE_AUDIT = "see_audit"
    EXPORT_AUDIT = "export_audit"
    VERIFY_AUDIT = "verify_audit"
    SEE_ADOPTION = "see_adoption"
    SEE_OPERATIONS = "see_operations"


class Reach(StrEnum):
    """How far a role's verb goes. ``unit``: the granted unit and below; without one the 課 of each own post.

    ``colleagues``: the person and, where the city lets colleagues enter for each other (``whereabouts.proxy_scope``),
    the 課 of each own post. ``all``: the city, or the granted unit and below when the grant names one.
    """

    SELF = "self"
    COLLEAGUES = "colleagues"
    UNIT = "unit"
    ALL = "all"


_HEAD = {
    Verb.SEE_BOARD: Reach.UNIT,
    Verb.SEE_BOARD_AS_HEAD: Reach.UNIT,
    Verb.SET_WHEREABOUTS: Reach.UNIT,
    Verb.SEE_DAY: Reach.UNIT,
    Verb.SEE_MONTH: Reach.UNIT,
    Verb.DECIDE_CORRECTION: Reach.UNIT,
    Verb.SEE_PEOPLE: Reach.UNIT,
    Verb.GRANT_ROLES: Reach.UNIT,
    Verb.SEE_AUDIT: Reach.UNIT,
}
TABLE: Mapping[Role, Mapping[Verb, Reach]] = {
    Role.MEMBER: {
        Verb.SEE_BOARD: Reach.UNIT,
        Verb.SET_WHEREABOUTS: Reach.COLLEAGUES,
        **dict.fromkeys(
            (
                Verb.SEE_DAY, Verb.SEE_MONTH, Verb.SEE_REPORTED, Verb.SEE_LOOKS_AT_ME,
                Verb.REQUEST_CORRECTION, Verb.SEE_SETTINGS, Verb.SET_OWN_SETTINGS, Verb.REVOKE_BINDING, Verb.SEE_AUDIT,
            ),
            Reach.SELF,
        ),
    },
    Role.PROXY: {Verb.SEE_BOARD: Reach.UNIT, Verb.SET_WHEREABOUTS: Reach.UNIT},
    Role.HEAD: _HEAD,
    Role.STAND_IN: _HEAD,
    Role.PHONE_DESK: {Verb.SEE_BOARD: Reach.ALL, Verb.SEE_PHONE_DESK: Reach.ALL},
    Role.PERSONNEL: dict.fromkeys(
        (
            Verb.SEE_BOARD, Verb.SEE_DAY, Verb.SEE_MONTH, Verb.CLOSE_MONTH, Verb.EXPORT_RECORDS, Verb.EDIT_RULES,
            Verb.SEE_PEOPLE, Verb.SEE_FUTURE_POSTINGS, Verb.IMPORT_PEOPLE, Verb.IMPORT_UNITS, Verb.EDIT_CALENDAR,
            Verb.GRANT_ROLES,
        ),
        Reach.ALL,
    ),
    Role.HEALTH: {Verb.SEE_HEALTH_LIST: Reach.ALL},
    Role.IT: dict.fromkeys(
        (
            Verb.SEE_SETTINGS, Verb.PUBLISH_SETTINGS, Verb.SEE_FLEET, Verb.MANAGE_FLEET, Verb.REVOKE_BINDING,
            Verb.SEE_HANDOUT, Verb.MANAGE_HANDOUT, Verb.SEE_PEOPLE, Verb.IMPORT_PEOPLE, Verb.IMPORT_UNITS,
            Verb.IMPORT_NETWORKS, Verb.IMPORT_DEVICES, Verb.GRANT_ROLES, Verb.RELINK_IDENTITY, Verb.SEE_AUDIT,
            Verb.VERIFY_AUDIT, Verb.SEE_OPERATIONS,
        ),
        Reach.ALL,
    ),
    Role.CLERK: {Verb.SEE_BOARD: Reach.UNIT, Verb.SET_WHEREABOUTS: Reach.UNIT, Verb.SEE_HANDOUT: Reach.UNIT},
    Role.MANAGEMENT: {Verb.SEE_ADOPTION: Reach.ALL},
    Role.AUDITOR: dict.fromkeys((Verb.SEE_AUDIT, Verb.EXPORT_AUDIT, Verb.VERIFY_AUDIT), Reach.ALL),
    Role.OPERATOR: dict.fromkeys((Verb.SEE_OPERATIONS, Verb.VERIFY_AUDIT), Reach.ALL),
    Role.KIOSK: {Verb.SEE_BOARD: Reach.UNIT, Verb.CHECK_IN: Reach.UNIT},
}  # fmt: skip

PARTS: Mapping[Part, frozenset[Verb]] = {
    Part.ALL: frozenset(_HEAD),
    Part.BOARD: frozenset({Verb.SEE_BOARD, Verb.SEE_BOARD_AS_HEAD, Verb.SET_WHEREABOUTS}),
    Part.CORRECTIONS: frozenset({Verb.SEE_BOARD, Verb.SEE_DAY, Verb.SEE_MONTH, Verb.DECIDE_CORRECTION}),
}
"""What of the head's row a stand-in has who was given a part of it."""

# The order in which a deciding role is named (in looks and in the trail): the nearest to the matter first.
_NAMED = (
    Role.HEAD, Role.STAND_IN, Role.PROXY, Role.CLERK, Role.KIOSK, Role.PERSONNEL, Role.HEALTH, Role.PHONE_DESK, Role.AUDITOR,
    Role.IT, Role.MANAGEMENT, Role.OPERATOR, Role.MEMBER,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is looking, on one day: ``roles`` with the units that they are held over (None: the role's own reach).

    ``unit_codes`` are the units of the own posts, ``sections`` the 課 of each. ``parts``: the units over which a stand-in
    was given no more than these parts. A viewer that is no person (a kiosk, the installation's operator) has no
    ``person_id``.
    """

    person_id: UUID | None
    on: date
    roles: frozenset[tuple[Role, str | None]]
    unit_codes: frozenset[str] = frozenset()
    sections: frozenset[str] = frozenset()
    parts: frozenset[tuple[str, Part]] = frozenset()

    def has(self, role: Role, unit_code: str | None, verb: Verb) -> bool:
        """Whether this role, held over this unit, was given with this verb."""
        given = [part for unit, part in self.parts if unit == unit_code] if role is Role.STAND_IN else []
        return not given or any(verb in PARTS[part] for part in given)

    def holds(self, *roles: Role) -> bool:
        """Whether any of these roles is held over anything."""
        return any(role in roles for role, _unit in self.roles)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a verb is about: a person, a unit, or (neither) the whole city.

    ``units`` are the units concerned **and all above them** (``subject_of``, ``subject_of_unit``).
    """

    person_id: UUID | None = None
    units: frozenset[str] = frozenset()


CITY = Subject()


@dataclass(frozen=True, slots=True)
class Scope:
    """As far as a verb goes: everybody (``all``), the units with everything below them, or a person; or nothing."""

    all: bool = False
    units: frozenset[str] = frozenset()
    person_id: UUID | None = None

    def __bool__(self) -> bool:
        return self.all or bool(self.units) or self.person_id is not None

    def covers(self, subject: Subject) -> bool:
        """Whether the subject lies within."""
        if self.all or self.units & subject.units:
            return True
        return self.person_id is not None and self.person_id == subject.person_id


def viewer(
    person: Person, postings: Iterable[Posting], grants: Iterable[Grant], on: date, *, lines: Mapping[str, Line]
) -> Viewer:
    """The viewer that a person is on a day. ``lines``: units of the postings with those above (``store.units.lines``).

    Somebody who is not (or no longer) on the staff holds nothing.
    """
    if not person.valid_on(on):
        return Viewer(person.id, on, frozenset())
    held = [posting for posting in postings_on(postings, on) if posting.visible_from <= on]
    roles: set[tuple[Role, str | None]] = {(Role.MEMBER, None)}
    roles |= {(role_of(posting), posting.unit_code) for posting in held if _leads(posting)}
    given = [grant for grant in grants if grant.valid_on(on)]
    whole = roles | {(grant.role, grant.unit_code) for grant in given if grant.part is Part.ALL}
    parts = {(grant.unit_code or "", grant.part) for grant in given if (grant.role, grant.unit_code) not in whole}
    roles = whole | {(grant.role, grant.unit_code) for grant in given}
    own = frozenset(posting.unit_code for posting in held if posting.kind is not PostingKind.AWAY)
    sections = frozenset(code for unit in own if (code := section_code(lines.get(unit, ()))) is not None)
    return Viewer(person.id, on, frozenset(roles), own, sections, frozenset(parts))


def role_of(posting: Posting) -> Role:
    """The role that a leading posting gives."""
    return Role.STAND_IN if posting.kind is PostingKind.STAND_IN else Role.HEAD


def _leads(posting: Posting) -> bool:
    return posting.post in HEADS and posting.kind is not PostingKind.AWAY


def kiosk(unit_code: str, on: date) -> Viewer:
    """The viewer that a paired kiosk of a unit is."""
    return Viewer(None, on, frozenset({(Role.KIOSK, unit_code)}), frozenset({unit_code}))


def operator(on: date) -> Viewer:
    """The viewer that somebody at the installation's own command line is."""
    return Viewer(None, on, frozenset({(Role.OPERATOR, None)}))


def subject_of(person_id: UUID, lines: Iterable[Line]) -> Subject:
    """A person with the units of a day (for a record: the units of that record's day) and all above them."""
    return Subject(person_id, frozenset(unit.code for line in lines for unit in line))


def subject_of_unit(line: Line) -> Subject:
    """A unit and all above it."""
    return Subject(None, frozenset(unit.code for unit in line))


def scope(of: Viewer, verb: Verb, *, board_open: bool = False, colleagues: bool = False) -> Scope:
    """As far as ``verb`` goes for this viewer. ``board_open``: members see the boards of all units (``board.open``);
    ``colleagues``: they may enter for each other (``whereabouts.proxy_scope``). Both are closed unless the city says so."""
    scopes = [
        _reach(of, reach, unit_code, colleagues=colleagues)
        for role, unit_code in of.roles
        if (reach := TABLE[role].get(verb)) is not None and of.has(role, unit_code, verb)
    ]  # fmt: skip
    if verb is Verb.SEE_BOARD and board_open and of.holds(Role.MEMBER):
        return Scope(all=True)
    return Scope(
        all=any(scope.all for scope in scopes),
        units=frozenset().union(*(scope.units for scope in scopes)),
        person_id=next((scope.person_id for scope in scopes if scope.person_id is not None), None),
    )


def _reach(of: Viewer, reach: Reach, unit_code: str | None, *, colleagues: bool = False) -> Scope:
    if reach is Reach.SELF:
        return Scope(person_id=of.person_id)
    if reach is Reach.COLLEAGUES:
        return Scope(units=of.sections if colleagues else frozenset(), person_id=of.person_id)
    if unit_code is not None:
        return Scope(units=frozenset({unit_code}))
    return Scope(all=True) if reach is Reach.ALL else Scope(units=of.sections)


def may(of: Viewer, verb: Verb, subject: Subject = CITY, *, board_open: bool = False, colleagues: bool = False) -> bool:
    """Whether the viewer may do this to the subject; without one, to the whole city."""
    return scope(of, verb, board_open=board_open, colleagues=colleagues).covers(subject)


def may_grant(of: Viewer, role: Role, subject: Subject) -> bool:
    """Whether the viewer may give (and take back) this role over the subject's units."""
    if role in GIVERS and of.person_id is None and of.holds(Role.OPERATOR):
        return True
    return any(
        _reach(of, TABLE[held][Verb.GRANT_ROLES], unit_code).covers(subject)
        for held, unit_code in of.roles
        if held in GIVERS.get(role, ()) and of.has(held, unit_code, Verb.GRANT_ROLES)
    )


def view_of(of: Viewer, subject: Subject, *, board_open: bool = False) -> View | None:
    """Through whose eyes the viewer sees a person or a unit on the live board; None: not at all."""
    if subject.person_id is not None and subject.person_id == of.person_id:
        return View.SELF
    if may(of, Verb.SEE_BOARD_AS_HEAD, subject):
        return View.HEAD
    return View.COLLEAGUE if may(of, Verb.SEE_BOARD, subject, board_open=board_open) else None


def deciding_role(of: Viewer, verb: Verb, subject: Subject, *, colleagues: bool = False) -> Role | None:
    """The role by which the viewer may do this, the nearest to the matter first; None when it may not."""
    for role in _NAMED:
        narrowed = Viewer(
            of.person_id, of.on, frozenset(pair for pair in of.roles if pair[0] is role), of.unit_codes, of.sections,
            of.parts,
        )  # fmt: skip
        if may(narrowed, verb, subject, colleagues=colleagues):
            return role
    return None


_TOKEN = object()


class Permit:
    """Proof that ``permit`` said yes: who, in which role, may do what to whom. Store functions of a record ask for it."""

    __slots__ = ("on", "role", "subject", "verb", "viewer_id")
    viewer_id: UUID | None
    role: Role
    verb: Verb
    subject: Subject
    on: date

    def __init__(self, token: object, of: Viewer, role: Role, verb: Verb, subject: Subject) -> None:
        if token is not _TOKEN:
            raise TypeError("a Permit is made by access.permit alone")
        for name, value in (
            ("viewer_id", of.person_id),
            ("role", role),
            ("verb", verb),
            ("subject", subject),
            ("on", of.on),
        ):
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: Never) -> NoReturn:
        raise AttributeError("a Permit does not change")

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Permit is neither copied nor kept")


def permit(of: Viewer, verb: Verb, subject: Subject = CITY, *, colleagues: bool = False) -> Permit:
    """Proof that the viewer may do this; ``ForbiddenError`` otherwise."""
    role = deciding_role(of, verb, subject, colleagues=colleagues)
    if role is None:
        raise ForbiddenError(ErrorCode.FORBIDDEN, f"{verb} is not allowed here")
    return Permit(_TOKEN, of, role, verb, subject)
