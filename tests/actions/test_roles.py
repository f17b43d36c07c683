"""Roles given and taken back; who somebody is as a viewer."""

from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select

from dokodemo.actions import people, roles
from dokodemo.actions.audit import OPERATOR, actor_of
from dokodemo.actions.roles import Wish
from dokodemo.domain import access
from dokodemo.domain.access import CITY, Part, Role, Verb, Viewer
from dokodemo.domain.errors import ConflictError, DokodemoError, ErrorCode, ForbiddenError, InvalidError, MissingError
from dokodemo.store import Transaction, identities, web_sessions
from dokodemo.store.rows.installation import announcements, audit
from dokodemo.store.rows.web import web_sessions as session_rows
from dokodemo.store.web_sessions import WebSession
from tests.actions.city import person, settle
from tests.installation import Installation, build

TODAY = date(2026, 11, 24)
OPERATING = access.operator(TODAY)


@pytest.fixture
def installation(database_url: str, tmp_path: Path) -> Installation:
    installation = build(database_url, tmp_path)
    settle(installation.services)
    return installation


def viewer(installation: Installation, number: int, on: date = TODAY) -> Viewer:
    with installation.services.read() as transaction:
        return people.viewer_of(transaction, person(installation.services, number).id, on)


def grant(installation: Installation, number: int, wish: Wish) -> None:
    roles.grant(installation.services, OPERATOR, OPERATING, f"{number:07}", wish)


def test_a_role_holds_from_its_first_to_its_last_day(installation: Installation) -> None:
    grant(installation, 4, Wish(Role.IT, valid_from=date(2026, 12, 1), last_day=date(2026, 12, 31)))
    days = [date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 31), date(2027, 1, 1)]
    assert [viewer(installation, 4, day).holds(Role.IT) for day in days] == [False, True, True, False]


def test_a_role_that_is_taken_back_is_gone_at_once_and_stays_in_the_list_of_all(installation: Installation) -> None:
    grant(installation, 4, Wish(Role.PROXY, "020300"))
    assert viewer(installation, 4).holds(Role.PROXY)
    assert roles.revoke(installation.services, OPERATOR, OPERATING, "0000004", Role.PROXY, unit_code="020300") == 1
    assert not viewer(installation, 4).holds(Role.PROXY)
    assert roles.listed(installation.services, on=TODAY) == []
    (kept,) = roles.listed(installation.services, role=Role.PROXY)
    assert (kept.staff_number, kept.grant.unit_code, kept.revoked_at) == ("0000004", "020300", installation.clock.at)
    with pytest.raises(MissingError):
        roles.revoke(installation.services, OPERATOR, OPERATING, "0000004", Role.PROXY, unit_code="020300")


@pytest.mark.parametrize(
    ("wish", "error", "field"),
    [
        (Wish(Role.HEAD), InvalidError, "role"),
        (Wish(Role.MEMBER), InvalidError, "role"),
        (Wish(Role.KIOSK, "020300"), InvalidError, "role"),
        (Wish(Role.STAND_IN), InvalidError, "unit"),
        (Wish(Role.STAND_IN, "020300"), InvalidError, "until"),
        (Wish(Role.PROXY, "020300", part=Part.BOARD), InvalidError, "part"),
        (Wish(Role.IT, valid_from=TODAY, last_day=date(2026, 11, 23)), InvalidError, "until"),
        (Wish(Role.PERSONNEL), InvalidError, "second_person"),
        (Wish(Role.PERSONNEL, second_person="0000004"), InvalidError, "second_person"),
        (Wish(Role.PROXY, "999999"), MissingError, None),
        (Wish(Role.PERSONNEL, second_person="0999999"), MissingError, None),
    ],
)
def test_a_wrong_wish_is_refused_and_changes_nothing(
    installation: Installation, wish: Wish, error: type[DokodemoError], field: str | None
) -> None:
    with pytest.raises(error) as refusal:
        grant(installation, 4, wish)
    assert refusal.value.fields.get("field") == field
    assert roles.listed(installation.services) == []


def test_a_role_is_not_given_twice_for_the_same_days(installation: Installation) -> None:
    grant(installation, 4, Wish(Role.IT, last_day=date(2026, 12, 31)))
    with pytest.raises(ConflictError):
        grant(installation, 4, Wish(Role.IT, valid_from=date(2026, 12, 31)))
    grant(installation, 4, Wish(Role.IT, valid_from=date(2027, 1, 1)))
    grant(installation, 4, Wish(Role.IT, "020300"))
    assert len(roles.listed(installation.services)) == 3


def test_personnel_is_given_with_a_second_person_who_is_kept(installation: Installation) -> None:
    grant(installation, 4, Wish(Role.PERSONNEL, second_person="0000001", reason="人事異動"))
    with installation.services.read() as transaction:
        row = transaction.execute(select(audit).order_by(audit.c.n.desc()).limit(1)).one()
        left = transaction.execute(select(announcements.c.kind, announcements.c.members)).all()
    assert (row.tag, row.subject_id, row.unit_code) == ("role:granted", person(installation.services, 4).id, "020301")
    assert row.payload["after"] == {
        "role": "personnel", "unit_code": None, "valid_from": "2026-11-24", "valid_to": None, "reason": "人事異動",
        "second_person": "0000001",
    }  # fmt: skip
    assert ("rights", {"subject": str(person(installation.services, 4).id)}) in [tuple(one) for one in left]


def test_a_head_appoints_a_stand_in_for_the_own_unit_alone(installation: Installation) -> None:
    head = viewer(installation, 1)
    with installation.services.read() as transaction:
        own = people.subject_of_unit(transaction, "020300", TODAY)
    actor = actor_of(access.permit(head, Verb.GRANT_ROLES, own))
    roles.grant(
        installation.services, actor, head, "0000003", Wish(Role.STAND_IN, "020300", last_day=date(2026, 12, 1))
    )
    assert viewer(installation, 3).holds(Role.STAND_IN)
    for wish in (Wish(Role.STAND_IN, "020100", last_day=date(2026, 12, 1)), Wish(Role.IT), Wish(Role.PROXY)):
        with pytest.raises(ForbiddenError):
            roles.grant(installation.services, actor, head, "0000003", wish)
    with pytest.raises(ForbiddenError):
        roles.revoke(
            installation.services, actor, viewer(installation, 6), "0000003", Role.STAND_IN, unit_code="020300"
        )


def test_a_stand_in_for_the_corrections_alone_sees_no_live_board_as_head_until_the_other_part_comes(
    installation: Installation,
) -> None:
    services, operator = installation.services, access.operator(TODAY)
    with services.read() as transaction:
        colleague = people.subject_of(transaction, person(services, 4).id, TODAY)
    end = date(2026, 12, 1)
    wish = Wish(Role.STAND_IN, "020300", last_day=end, part=Part.CORRECTIONS)
    roles.grant(services, OPERATOR, operator, "0000003", wish)
    some = viewer(installation, 3)
    assert (True, False) == tuple(access.may(some, verb, colleague) for verb in (Verb.DECIDE_CORRECTION, Verb.SEE_BOARD_AS_HEAD))
    with pytest.raises(ConflictError):
        roles.grant(services, OPERATOR, operator, "0000003", wish)
    roles.grant(services, OPERATOR, operator, "0000003", Wish(Role.STAND_IN, "020300", last_day=end, part=Part.BOARD))
    assert access.may(viewer(installation, 3), Verb.SEE_BOARD_AS_HEAD, colleague)
    assert {Part.BOARD, Part.CORRECTIONS} == {one.grant.part for one in roles.listed(services, role=Role.STAND_IN)}


def test_a_viewer_has_the_roles_of_posts_and_the_sections_of_all_own_posts(installation: Installation) -> None:
    assert viewer(installation, 1).roles == {(Role.MEMBER, None), (Role.HEAD, "020300")}
    clerk = viewer(installation, 7)
    assert clerk.unit_codes == {"020101", "020301"}
    assert clerk.sections == {"020100", "020300"}
    with installation.services.read() as transaction:
        assert people.viewer_of(transaction, uuid4(), TODAY).roles == frozenset()
        colleague = people.subject_of(transaction, person(installation.services, 4).id, TODAY)
    assert colleague.units == {"020301", "020300", "020000"}
    assert access.may(viewer(installation, 1), Verb.SEE_DAY, colleague)
    assert not access.may(viewer(installation, 6), Verb.SEE_DAY, colleague)
    assert not access.may(viewer(installation, 1), Verb.SEE_FLEET, CITY)


def test_relinking_frees_the_account_ends_the_sessions_and_is_kept(installation: Installation) -> None:
    services, issuer, now = installation.services, "https://issuer.example", installation.clock.at
    one = person(services, 4)

    def sign_in(transaction: Transaction) -> None:
        identities.append(transaction, issuer, "old", one.id, one.email, now)
        web_sessions.append(
            transaction, WebSession(uuid4(), one.id, now, now, datetime(2027, 1, 1, tzinfo=UTC)), bytes(32)
        )

    services.write(sign_in)
    people.relink(services, OPERATOR, "0000004", issuer, reason="改姓")
    with services.read() as transaction:
        assert identities.meant(transaction, issuer, "old", "") == []
        assert transaction.execute(select(session_rows.c.revoked_at)).scalar() == now
        row = transaction.execute(select(audit).order_by(audit.c.n.desc()).limit(1)).one()
    assert (row.tag, row.payload) == (
        "identity:relinked",
        {"issuer": issuer, "before": "old", "after": None, "reason": "改姓"},
    )
    with pytest.raises(MissingError) as refusal:
        people.relink(services, OPERATOR, "0000004", issuer)
    assert refusal.value.code is ErrorCode.NOT_FOUND
    people.relink(services, OPERATOR, "0000004", issuer, subject="new")
    with services.read() as transaction:
        found = identities.meant(transaction, issuer, "new", "")
    assert [(person.person_id, subject) for person, subject in found] == [(one.id, "new")]
