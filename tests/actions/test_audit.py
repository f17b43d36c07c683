"""The trail on both databases: appended in order, read by scope, exported, verified; looks and announcements."""

import json
import threading
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from dokodemo.actions import announcements, looks, people
from dokodemo.actions.announcements import Seen
from dokodemo.actions.audit import (
    OPERATOR,
    WORKER,
    Filters,
    actor_of,
    entries,
    export,
    export_as,
    record,
    verify_chain,
)  # fmt: skip
from dokodemo.actions.looks import What
from dokodemo.domain import access
from dokodemo.domain.access import CITY, Grant, Permit, Role, Verb, Viewer
from dokodemo.domain.audit import Actor, Head, Tag, Via
from dokodemo.domain.errors import ForbiddenError
from dokodemo.live import Change
from dokodemo.store import Transaction, roles
from dokodemo.store import audit as trail
from dokodemo.store.rows.installation import audit, audit_head
from tests.actions.city import person, settle
from tests.installation import Installation, build

TODAY = date(2026, 11, 24)


@pytest.fixture
def empty(database_url: str, tmp_path: Path) -> Installation:
    return build(database_url, tmp_path)


@pytest.fixture
def installation(empty: Installation) -> Installation:
    settle(empty.services)
    return empty


def write(
    installation: Installation, tag: Tag = Tag.SIGN_IN_SUCCEEDED, number: int | None = None, actor: Actor = OPERATOR
) -> None:
    services = installation.services
    subject = person(services, number).id if number else None
    services.write(
        lambda transaction: record(transaction, services, tag, actor=actor, subject_id=subject, reason="試験")
    )


def viewer(installation: Installation, number: int) -> Viewer:
    with installation.services.read() as transaction:
        return people.viewer_of(transaction, person(installation.services, number).id, TODAY)


def test_an_empty_trail_verifies(empty: Installation) -> None:
    found = verify_chain(empty.services)
    assert (found.count, found.broken, found.head) == (0, None, Head())


def test_entries_that_many_threads_append_form_one_chain(empty: Installation) -> None:
    def five() -> None:
        for _ in range(5):
            write(empty)

    threads = [threading.Thread(target=five) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = verify_chain(empty.services)
    assert (found.count, found.broken) == (30, None)


def test_an_entry_of_a_transaction_that_fails_is_not_kept(empty: Installation) -> None:
    write(empty)

    def fail(transaction: Transaction) -> None:
        record(transaction, empty.services, Tag.SIGN_IN_FAILED, actor=OPERATOR)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        empty.services.write(fail)
    write(empty)
    found = verify_chain(empty.services)
    assert (found.count, found.broken) == (2, None)


@pytest.mark.parametrize(
    ("alter", "broken"),
    [
        (update(audit).where(audit.c.n == 2).values(actor="somebody"), 2),
        (update(audit).where(audit.c.n == 2).values(payload={"reason": "別"}), 2),
        (update(audit).where(audit.c.n == 3).values(at=audit.c.at), None),
        (audit.delete().where(audit.c.n == 2), 2),
        (audit.delete().where(audit.c.n == 4), 4),
        (update(audit_head).values(n=3), 5),
    ],
)
def test_what_is_altered_or_cut_off_is_found(empty: Installation, alter: object, broken: int | None) -> None:
    for _ in range(4):
        write(empty)
    empty.services.write(lambda transaction: transaction.execute(alter))  # type: ignore[call-overload]
    assert verify_chain(empty.services).broken == broken


def test_erasing_contents_leaves_a_chain_that_verifies(empty: Installation) -> None:
    for _ in range(3):
        write(empty)
    erase = update(audit).where(audit.c.n == 2).values(payload=None, salt=None)
    empty.services.write(lambda transaction: transaction.execute(erase))
    found = verify_chain(empty.services)
    assert (found.broken, found.erased) == (None, 1)


def test_everybody_reads_what_the_own_role_reaches(installation: Installation) -> None:
    write(installation, number=4)
    write(installation, number=7)
    write(installation)
    own = Filters(tags=frozenset({Tag.SIGN_IN_SUCCEEDED}))

    def seen_by(one: Viewer) -> list[str | None]:
        return [
            str(entry.subject_id) if entry.subject_id else None for entry in entries(installation.services, one, own)[0]
        ]

    four, seven = str(person(installation.services, 4).id), str(person(installation.services, 7).id)
    assert seen_by(viewer(installation, 4)) == [four]
    assert seen_by(viewer(installation, 1)) == [four]  # head of 020300, in which 020301 lies
    assert seen_by(viewer(installation, 6)) == [seven]
    assert seen_by(viewer(installation, 5)) == []
    assert seen_by(Viewer(None, TODAY, frozenset({(Role.AUDITOR, None)}))) == [None, seven, four]
    assert seen_by(Viewer(None, TODAY, frozenset())) == []


def test_what_a_person_did_is_read_by_that_person(installation: Installation) -> None:
    five = person(installation.services, 5)
    write(installation, Tag.SETTINGS_PUBLISHED, actor=Actor(str(five.id), "it", Via.PAGE))
    found, _ = entries(installation.services, viewer(installation, 5), Filters(actor=str(five.id)))
    assert [entry.tag for entry in found] == ["settings:published"]


def test_pages_follow_each_other_without_a_gap(empty: Installation) -> None:
    for _ in range(7):
        write(empty)
    auditor = Viewer(None, TODAY, frozenset({(Role.AUDITOR, None)}))
    numbers: list[list[int]] = []
    cursor: int | None = None
    while True:
        page, cursor = entries(empty.services, auditor, Filters(), cursor=cursor, limit=3)
        numbers.append([entry.n for entry in page])
        if cursor is None:
            break
    assert numbers == [[7, 6, 5], [4, 3, 2], [1]]


def test_filters_of_time_and_subject_narrow_what_is_read(installation: Installation) -> None:
    four = person(installation.services, 4).id
    started = installation.clock.move(hours=1)
    write(installation, number=4)
    auditor = Viewer(None, TODAY, frozenset({(Role.AUDITOR, None)}))
    found, _ = entries(
        installation.services,
        auditor,
        Filters(subject_id=four, begins_at=started, ends_at=started + timedelta(seconds=1)),
    )
    assert [(entry.tag, entry.at, entry.payload) for entry in found] == [
        ("sign_in:succeeded", started, {"reason": "試験"})
    ]
    assert (
        entries(installation.services, auditor, Filters(subject_id=four, ends_at=started))[0][0].tag == "person:added"
    )


def test_an_export_is_json_lines_that_chain_and_is_itself_an_entry(installation: Installation) -> None:
    five = person(installation.services, 5)
    installation.services.write(
        lambda transaction: roles.append(
            transaction, five.id, five.id, Grant(Role.AUDITOR, None, TODAY), installation.clock.at, "operator"
        )
    )
    permit = access.permit(viewer(installation, 5), Verb.EXPORT_AUDIT)
    lines = [json.loads(line) for line in export(installation.services, permit, Filters())]
    assert [line["n"] for line in lines] == list(range(1, len(lines) + 1))
    assert [line["hash"] for line in lines[:-1]] == [line["previous"] for line in lines[1:]]
    assert (lines[-1]["tag"], lines[-1]["actor"], lines[-1]["actor_role"], lines[-1]["via"]) == (
        "audit:exported", str(five.id), "auditor", "page"
    )  # fmt: skip
    assert lines[-1]["at"].endswith("Z")


def test_an_export_needs_its_own_permit_and_says_what_was_asked(installation: Installation) -> None:
    with pytest.raises(ForbiddenError):
        access.permit(viewer(installation, 1), Verb.EXPORT_AUDIT)
    head = access.permit(viewer(installation, 1), Verb.SEE_DAY, access.Subject(units=frozenset({"020300"})))
    with pytest.raises(TypeError):
        list(export(installation.services, head, Filters()))
    asked = Filters(
        "operator",
        person(installation.services, 4).id,
        frozenset({Tag.PERSON_ADDED}),
        installation.clock.at,
        installation.clock.move(days=1),
    )
    assert [json.loads(line)["tag"] for line in export_as(installation.services, OPERATOR, asked)] == ["person:added"]
    with installation.services.read() as transaction:
        said = trail.last(transaction, Tag.AUDIT_EXPORTED)
        assert trail.last(transaction, Tag.AUDIT_ERASED) is None
    assert said is not None
    assert said.payload is not None
    assert set(said.payload["filters"]) == {"actor", "subject_id", "tags", "begins_at", "ends_at"}


def opens(installation: Installation, viewer_number: int, number: int) -> Permit:
    with installation.services.read() as transaction:
        subject = people.subject_of(transaction, person(installation.services, number).id, TODAY)
    return access.permit(viewer(installation, viewer_number), Verb.SEE_DAY, subject)


def look(installation: Installation, permit: Permit, what: What = What.DAY) -> None:
    now = installation.clock.at
    installation.services.write(lambda transaction: looks.look(transaction, permit, what, now, now.date()))


def test_a_look_is_kept_once_a_day_with_a_count_and_shown_to_the_person(installation: Installation) -> None:
    permit = opens(installation, 1, 4)
    first = installation.clock.at
    look(installation, permit)
    last = installation.clock.move(hours=2)
    look(installation, permit)
    look(installation, permit, What.MONTH)
    installation.clock.move(days=1)
    look(installation, permit)
    with installation.services.read() as transaction:
        at_me = looks.looks_at(transaction, person(installation.services, 4).id, since=TODAY, until=TODAY)
        assert looks.looks_at(transaction, person(installation.services, 5).id, since=TODAY, until=TODAY) == []
    day = next(one for one in at_me if one.what == "day")
    assert (day.viewer_name, day.viewer_role, day.first_at, day.last_at, day.count) == (
        "前田 聡",
        "head",
        first,
        last,
        2,
    )
    assert sorted(one.what for one in at_me) == ["day", "month"]


def test_the_own_record_is_no_look_and_a_look_needs_two_people(installation: Installation) -> None:
    look(installation, opens(installation, 4, 4))
    with installation.services.read() as transaction:
        assert looks.looks_at(transaction, person(installation.services, 4).id, since=TODAY, until=TODAY) == []
    board = access.permit(access.kiosk("020300", TODAY), Verb.SEE_BOARD, access.Subject(units=frozenset({"020300"})))
    with pytest.raises(TypeError):
        look(installation, board)
    assert actor_of(board) == Actor("operator", "kiosk", Via.PAGE)


def test_the_looks_of_each_past_day_go_into_the_chain_once(installation: Installation) -> None:
    permit = opens(installation, 1, 4)
    look(installation, permit)
    assert looks.digest_looks(installation.services) == 0  # the day is not over
    installation.clock.move(days=1)
    look(installation, permit)
    installation.clock.move(days=1)
    assert [looks.digest_looks(installation.services) for _ in range(2)] == [2, 0]
    with installation.services.read() as transaction:
        said = trail.last(transaction, Tag.LOOKS_DIGESTED)
    assert said is not None
    assert said.payload is not None
    assert (said.payload["day"], said.payload["count"], said.actor) == ("2026-11-25", 1, WORKER.name)
    assert verify_chain(installation.services).broken is None


def test_a_server_learns_from_rows_what_a_command_line_changed(empty: Installation) -> None:
    services = empty.services
    seen = Seen(services.now())
    page = Actor("x", "it", Via.PAGE)

    def leave(transaction: Transaction) -> None:
        announcements.leave(transaction, OPERATOR, "rights", {"subject": "a"}, services.now())
        announcements.leave(transaction, OPERATOR, "orders", {"bindings": ["b", "c"]}, services.now())
        announcements.leave(transaction, page, "settings", {}, services.now())

    services.write(leave)
    changes, after = announcements.take(services, seen)
    assert sorted(changes, key=lambda change: change.subject) == [
        Change("rights", "a"),
        Change("orders", "b"),
        Change("orders", "c"),
    ]
    cursor = services.live.cursor()
    assert announcements.relay(services, after).ids == after.ids
    assert announcements.take(services, after)[0] == []
    announcements.relay(services, seen)
    heard = services.live.wait(cursor, 0)
    assert heard is not None
    assert len(heard[1]) == 3


def test_a_slow_reader_of_an_export_holds_no_transaction_open(empty: Installation) -> None:
    pool = empty.services.database.engine.pool
    idle = pool.checkedout()  # SQLite's writing connection is kept between transactions
    lines = export_as(empty.services, OPERATOR, Filters())
    assert json.loads(next(lines))["tag"] == "audit:exported"
    assert pool.checkedout() == idle
    assert list(lines) == []


def test_many_entries_are_walked_in_blocks(empty: Installation) -> None:
    for _ in range(5):
        write(empty)
    with empty.services.read() as transaction:
        assert [entry.n for entry in trail.walk(transaction, size=2)] == [1, 2, 3, 4, 5]
        assert [entry.n for entry in trail.block(transaction, 2, size=2)[0]] == [3, 4]
        assert transaction.execute(select(func.count()).select_from(audit)).scalar_one() == 5


def test_the_citys_permit_is_that_of_nobody_else(installation: Installation) -> None:
    assert not access.may(viewer(installation, 1), Verb.SEE_AUDIT, CITY)
