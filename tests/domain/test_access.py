"""Who may do what; every branch of ``domain/access.py``."""

import copy
import pickle
from datetime import date
from uuid import UUID

import pytest

from dokodemo.domain import access
from dokodemo.domain.access import CITY, TABLE, Grant, Part, Permit, Role, Scope, Subject, Verb, Viewer
from dokodemo.domain.errors import ErrorCode, ForbiddenError
from dokodemo.domain.facts import View
from dokodemo.domain.people import Employment, Person, Posting, PostingKind
from dokodemo.domain.roles import GIVERS
from dokodemo.domain.units import Level, Tree, Unit

TODAY = date(2026, 11, 24)
BEGAN = date(2026, 4, 1)
ME, OTHER = UUID(int=1), UUID(int=2)


def unit(code: str, level: Level, parent: str | None) -> Unit:
    return Unit(code, code, level, parent, BEGAN)


TREE = Tree(
    [
        unit("020000", Level.DEPARTMENT, None),
        unit("020300", Level.SECTION, "020000"),
        unit("020301", Level.SUBSECTION, "020300"),
        unit("020302", Level.SUBSECTION, "020300"),
        unit("020400", Level.SECTION, "020000"),
        unit("030000", Level.DEPARTMENT, None),
        unit("030100", Level.SECTION, "030000"),
    ],
    TODAY,
)
LINES = {code: TREE.line(code) for code in TREE.units}


def person(valid_to: date | None = None) -> Person:
    return Person(
        ME, "0000001", "前田 聡", "マエダ　サトシ", "m@x.example", "", Employment.REGULAR, None, None, BEGAN, valid_to
    )


def posting(
    unit_code: str, post: str = "staff", kind: PostingKind = PostingKind.MAIN, visible_from: date = BEGAN
) -> Posting:
    return Posting(unit_code, post, "職", kind, BEGAN, BEGAN, None, visible_from)


def viewer(
    *postings: Posting, grants: tuple[Grant, ...] = (), on: date = TODAY, valid_to: date | None = None
) -> Viewer:
    return access.viewer(person(valid_to), postings, grants, on, lines=LINES)


def somebody_in(code: str) -> Subject:
    return access.subject_of(OTHER, [TREE.line(code)])


def test_every_role_stands_in_the_table() -> None:
    assert set(Role) == set(TABLE)


def test_every_verb_is_given_to_some_role() -> None:
    assert set(Verb) == {verb for verbs in TABLE.values() for verb in verbs}


def test_a_member_sees_the_own_record_and_nobody_elses() -> None:
    me = viewer(posting("020301"))
    mine = access.subject_of(ME, [TREE.line("020301")])
    for verb in (
        Verb.SEE_DAY,
        Verb.SEE_MONTH,
        Verb.SEE_REPORTED,
        Verb.SEE_LOOKS_AT_ME,
        Verb.SET_WHEREABOUTS,
        Verb.SEE_AUDIT,
    ):
        assert access.may(me, verb, mine)
        assert not access.may(me, verb, somebody_in("020301"))
        assert not access.may(me, verb)


def test_colleagues_of_a_section_enter_whereabouts_for_each_other_where_the_city_lets_them() -> None:
    me = viewer(posting("020301"), posting("030100", kind=PostingKind.CONCURRENT))
    for code in ("020302", "020300", "030100"):
        assert access.permit(me, Verb.SET_WHEREABOUTS, somebody_in(code), colleagues=True).role is Role.MEMBER
        assert not access.may(me, Verb.SET_WHEREABOUTS, somebody_in(code))
    assert not access.may(me, Verb.SET_WHEREABOUTS, somebody_in("020400"), colleagues=True)
    assert not access.may(me, Verb.SET_WHEREABOUTS, CITY, colleagues=True)
    assert not access.may(me, Verb.SEE_DAY, somebody_in("020302"), colleagues=True)


def test_somebody_who_works_elsewhere_still_sets_the_own_whereabouts_and_nobody_elses() -> None:
    away = viewer(posting("020301", kind=PostingKind.AWAY))
    assert access.may(away, Verb.SET_WHEREABOUTS, access.subject_of(ME, [TREE.line("020301")]), colleagues=True)
    assert not access.may(away, Verb.SET_WHEREABOUTS, somebody_in("020301"), colleagues=True)


def test_a_member_watches_the_section_of_each_own_post_as_a_colleague() -> None:
    me = viewer(posting("020301"), posting("030100", kind=PostingKind.CONCURRENT))
    assert access.view_of(me, access.subject_of_unit(TREE.line("020302"))) is View.COLLEAGUE
    assert access.view_of(me, somebody_in("030100")) is View.COLLEAGUE
    assert access.view_of(me, access.subject_of_unit(TREE.line("020400"))) is None
    assert access.view_of(me, access.subject_of(ME, [TREE.line("020301")])) is View.SELF


def test_an_open_board_shows_all_units_to_members_as_colleagues() -> None:
    me = viewer(posting("020301"))
    assert access.view_of(me, somebody_in("030100"), board_open=True) is View.COLLEAGUE
    assert access.scope(me, Verb.SEE_BOARD, board_open=True) == Scope(all=True)
    assert not access.may(me, Verb.SEE_DAY, somebody_in("030100"), board_open=True)


def test_an_open_board_opens_nothing_to_a_kiosk() -> None:
    board = access.kiosk("020300", TODAY)
    assert access.view_of(board, access.subject_of_unit(TREE.line("020301")), board_open=True) is View.COLLEAGUE
    assert access.view_of(board, access.subject_of_unit(TREE.line("030100")), board_open=True) is None
    assert access.may(board, Verb.CHECK_IN, somebody_in("020302"))
    assert not access.may(board, Verb.SEE_DAY, somebody_in("020302"))


@pytest.mark.parametrize(
    "kind", [PostingKind.MAIN, PostingKind.CONCURRENT, PostingKind.ACTING_UP, PostingKind.ACTING_DOWN]
)
def test_who_holds_the_post_of_head_sees_the_own_subtree_as_head(kind: PostingKind) -> None:
    head = viewer(posting("020300", "head", kind))
    assert access.view_of(head, somebody_in("020301")) is View.HEAD
    assert access.view_of(head, somebody_in("020400")) is None
    assert access.may(head, Verb.SEE_DAY, somebody_in("020302"))
    assert not access.may(head, Verb.SEE_DAY, somebody_in("030100"))
    assert access.permit(head, Verb.SEE_DAY, somebody_in("020302")).role is Role.HEAD


def test_a_stand_in_has_the_heads_rights_under_its_own_name() -> None:
    stand_in = viewer(posting("020302"), posting("020300", "head", PostingKind.STAND_IN))
    assert access.permit(stand_in, Verb.DECIDE_CORRECTION, somebody_in("020301")).role is Role.STAND_IN


def test_a_stand_in_with_a_part_has_that_part_of_the_heads_row_and_gives_no_roles() -> None:
    def standing(*parts: Part) -> Viewer:
        grants = tuple(Grant(Role.STAND_IN, "020300", BEGAN, date(2027, 4, 1), part) for part in parts)
        return viewer(posting("030100"), grants=grants)

    verbs = (Verb.SEE_BOARD_AS_HEAD, Verb.SET_WHEREABOUTS, Verb.SEE_DAY, Verb.DECIDE_CORRECTION, Verb.SEE_PEOPLE)
    allowed = {
        parts: tuple(access.may(standing(*parts), verb, somebody_in("020301")) for verb in verbs)
        for parts in ((Part.ALL,), (Part.BOARD,), (Part.CORRECTIONS,), (Part.BOARD, Part.CORRECTIONS), (Part.BOARD, Part.ALL))
    }
    assert allowed == {
        (Part.ALL,): (True, True, True, True, True), (Part.BOARD,): (True, True, False, False, False),
        (Part.CORRECTIONS,): (False, False, True, True, False),
        (Part.BOARD, Part.CORRECTIONS): (True, True, True, True, False), (Part.BOARD, Part.ALL): (True, True, True, True, True),
    }  # fmt: skip
    own = access.subject_of_unit(TREE.line("020300"))
    assert access.may_grant(standing(Part.ALL), Role.PROXY, own)
    assert not access.may_grant(standing(Part.BOARD), Role.PROXY, own)
    assert access.deciding_role(standing(Part.BOARD), Verb.SEE_DAY, somebody_in("020301")) is None
    assert access.view_of(standing(Part.BOARD), somebody_in("020301")) is View.HEAD
    assert access.PARTS.keys() == set(Part)
    assert all(verbs <= set(TABLE[Role.HEAD]) for verbs in access.PARTS.values())


def test_a_director_reaches_every_section_of_the_department() -> None:
    director = viewer(posting("020000", "director"))
    assert access.may(director, Verb.SEE_DAY, somebody_in("020400"))
    assert director.sections == {"020000"}


def test_a_posting_away_gives_neither_board_nor_rights() -> None:
    away = viewer(posting("020300", "head", PostingKind.AWAY))
    assert not away.unit_codes
    assert not away.holds(Role.HEAD)


def test_a_posting_that_is_not_to_be_known_yet_gives_nothing() -> None:
    early = viewer(posting("020300", "head", visible_from=date(2027, 4, 1)))
    assert early.roles == {(Role.MEMBER, None)}


def test_the_old_head_loses_the_view_at_the_end_of_31_march() -> None:
    old = Posting("020300", "head", "課長", PostingKind.MAIN, BEGAN, BEGAN, date(2027, 4, 1), BEGAN)
    assert viewer(old, on=date(2027, 3, 31)).holds(Role.HEAD)
    assert not viewer(old, on=date(2027, 4, 1)).holds(Role.HEAD)


def test_somebody_who_left_holds_nothing() -> None:
    gone = viewer(posting("020300", "head"), valid_to=TODAY)
    assert gone.roles == frozenset()
    assert not any(access.scope(gone, verb, board_open=True) for verb in Verb)


def test_a_unit_that_the_tree_does_not_know_gives_no_section() -> None:
    assert viewer(posting("990000")).sections == frozenset()


def test_grants_hold_on_their_days_alone() -> None:
    grant = Grant(Role.IT, None, date(2026, 11, 1), date(2026, 12, 1))
    assert access.may(viewer(grants=(grant,)), Verb.SEE_FLEET)
    assert not access.may(viewer(grants=(grant,), on=date(2026, 10, 31)), Verb.SEE_FLEET)
    assert not access.may(viewer(grants=(grant,), on=date(2026, 12, 1)), Verb.SEE_FLEET)
    assert Grant(Role.IT, None, BEGAN).valid_on(date(2099, 1, 1))


def test_a_grant_over_a_unit_narrows_a_role_of_the_whole_city() -> None:
    desk = viewer(grants=(Grant(Role.PHONE_DESK, "020000", BEGAN),))
    assert access.may(desk, Verb.SEE_PHONE_DESK, somebody_in("020301"))
    assert not access.may(desk, Verb.SEE_PHONE_DESK, somebody_in("030100"))
    assert not access.may(desk, Verb.SEE_PHONE_DESK, CITY)


def test_a_proxy_without_a_unit_serves_the_own_section() -> None:
    proxy = viewer(posting("020301"), grants=(Grant(Role.PROXY, None, BEGAN),))
    assert access.may(proxy, Verb.SET_WHEREABOUTS, somebody_in("020302"))
    assert not access.may(proxy, Verb.SET_WHEREABOUTS, somebody_in("020400"))
    assert access.permit(proxy, Verb.SET_WHEREABOUTS, somebody_in("020302")).role is Role.PROXY


def test_it_sees_the_fleet_and_no_month_sheets() -> None:
    it = viewer(posting("020301"), grants=(Grant(Role.IT, None, BEGAN),))
    assert access.may(it, Verb.SEE_FLEET)
    assert access.may(it, Verb.PUBLISH_SETTINGS)
    assert not access.may(it, Verb.SEE_MONTH, somebody_in("020302"))
    assert not access.may(it, Verb.SEE_DAY, somebody_in("020302"))


def test_the_health_office_has_its_list_and_no_live_board() -> None:
    assert set(TABLE[Role.HEALTH]) == {Verb.SEE_HEALTH_LIST}


def test_a_scope_of_nothing_is_false_and_covers_nothing() -> None:
    assert not Scope()
    assert not Scope().covers(CITY)
    assert Scope(person_id=ME)
    assert Scope(units=frozenset({"1"}))
    assert not Scope(person_id=ME).covers(CITY)


def test_the_operator_may_give_every_role_of_the_table_and_no_other() -> None:
    operator = access.operator(TODAY)
    assert {role for role in Role if access.may_grant(operator, role, CITY)} == set(GIVERS)


def test_an_operator_who_is_a_person_gives_no_roles() -> None:
    granted = viewer(grants=(Grant(Role.OPERATOR, None, BEGAN),))
    assert not any(access.may_grant(granted, role, CITY) for role in Role)


def test_a_head_gives_proxy_clerk_and_stand_in_in_the_own_subtree() -> None:
    head = viewer(posting("020300", "head"))
    own, other = access.subject_of_unit(TREE.line("020301")), access.subject_of_unit(TREE.line("030100"))
    assert {role for role in Role if access.may_grant(head, role, own)} == {Role.PROXY, Role.CLERK, Role.STAND_IN}
    assert not any(access.may_grant(head, role, other) for role in Role)
    assert not access.may_grant(head, Role.PROXY, CITY)


def test_a_permit_is_made_by_permit_alone() -> None:
    me = viewer(posting("020301"))
    with pytest.raises(TypeError):
        Permit(object(), me, Role.HEAD, Verb.SEE_DAY, somebody_in("020301"))


def test_a_permit_neither_changes_nor_is_copied() -> None:
    permit = access.permit(viewer(posting("020300", "head")), Verb.SEE_DAY, somebody_in("020301"))
    assert (permit.viewer_id, permit.verb, permit.subject, permit.on) == (
        ME,
        Verb.SEE_DAY,
        somebody_in("020301"),
        TODAY,
    )
    with pytest.raises(AttributeError):
        permit.subject = CITY
    with pytest.raises(TypeError):
        copy.copy(permit)
    with pytest.raises(TypeError):
        pickle.dumps(permit)


def test_what_is_not_allowed_is_refused_with_a_code() -> None:
    with pytest.raises(ForbiddenError) as refusal:
        access.permit(viewer(posting("020301")), Verb.SEE_FLEET)
    assert refusal.value.code is ErrorCode.FORBIDDEN


@pytest.mark.parametrize("role", sorted(Role))
def test_the_deciding_role_is_one_that_is_held_and_allows_it(role: Role) -> None:
    held = Viewer(
        ME, TODAY, frozenset({(Role.MEMBER, None), (role, None)}), frozenset({"020301"}), frozenset({"020300"})
    )
    for verb in Verb:
        for subject in (CITY, somebody_in("020302"), access.subject_of(ME, [TREE.line("020301")])):
            decided = access.deciding_role(held, verb, subject)
            assert (decided is not None) == access.may(held, verb, subject)
            assert decided is None or verb in TABLE[decided]
