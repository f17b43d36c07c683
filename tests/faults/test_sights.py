"""I10 on the real application: everybody knocks at every door that tells of people, and what they are told is judged."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import socketio
from sqlalchemy import insert, select

from dokodemo.domain import access
from dokodemo.domain.access import Scope, Verb
from dokodemo.domain.events import Place
from dokodemo.domain.facts import State
from dokodemo.store.rows.people import people, postings, role_grants, units
from tests.faults.sights import Door, Held, Roster, Sight, check_sights, found_in, people_in_sight, units_in_sight
from tests.people import add_person
from tests.services.programs import until
from tests.web.city import NAMES as SPACE
from tests.web.city import SINCE
from tests.web.serving import Served, serve

DAY = "2026-11-24"
CAST = {
    "self": "渡邉 由美", "colleague": "濵田 翔太", "head": "前田 聡", "director": "大野 隆", "stand_in": "橋本 由紀",
    "other section": "森 あゆみ", "IT": "it", "personnel": "personnel",
}  # fmt: skip
"""Two of one 課, its 課長, the 部長 above, somebody of another 課 who stands in for its 課長, others."""
UNITS = ("020000", "020100", "020300", "040100")


@pytest.fixture
def served(sqlite_url: str, tmp_path: Path) -> Iterator[Served]:
    with serve(sqlite_url, tmp_path, threads=80) as running:
        for role in ("it", "personnel"):
            running.city.ids[role] = add_person(running.installation, f"{role}@city.akagi.example", name=role)
            running.city.grants(role, role)
        stands_in = {
            "id": SPACE, "person_id": running.city.ids[CAST["stand_in"]], "unit_code": "020300", "post": "head",
            "title": "課長（事務取扱）", "kind": "stand_in", "ordered_on": SINCE, "valid_from": SINCE, "visible_from": SINCE,
        }  # fmt: skip
        running.installation.services.write(lambda transaction: transaction.execute(insert(postings).values(stands_in)))
        for name in running.city.ids:
            running.city.reports(name, State.ACTIVE, Place.DESK)
        yield running


def roster_of(served: Served) -> Roster:
    """The plain rows."""
    with served.installation.services.read() as transaction:
        every = [str(one) for one in transaction.execute(select(people.c.id)).scalars()]
        held: dict[str, list[Held]] = {person: [] for person in every}
        for row in transaction.execute(select(postings)):
            held[str(row.person_id)].append(Held(row.unit_code, row.post, row.kind))
        roles: dict[str, list[tuple[str, str | None]]] = {}
        for row in transaction.execute(select(role_grants)):
            roles.setdefault(str(row.person_id), []).append((row.role, row.unit_code))
        tree = {row.code: (row.level, row.parent_code) for row in transaction.execute(select(units))}
    return Roster(
        tree, {person: tuple(posts) for person, posts in held.items()},
        {person: tuple(given) for person, given in roles.items()},
    )  # fmt: skip


@dataclass
class Caller:
    """Somebody signed in, with everything that they were told."""

    served: Served
    roster: Roster
    name: str
    sights: list[Sight] = field(default_factory=list)
    open_doors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cookie = self.served.city.cookie(self.name)
        self.client = self.served.app.test_client()
        self.client.set_cookie("dk", self.cookie, domain="127.0.0.1")

    @property
    def id(self) -> str:
        return str(self.served.city.ids[self.name])

    def note(self, door: Door, text: str) -> None:
        self.sights.append(Sight(self.id, door, *found_in(text, self.roster)))

    def get(self, door: Door, path: str, asked: str = "") -> None:
        """Ask; what stood in the question is no news. A refusal is judged like any other answer."""
        answer = self.client.get(path, base_url=self.served.origin)
        assert answer.status_code < 500, path
        if answer.status_code == 200:
            self.open_doors.append(path)
        told = answer.get_data(as_text=True) + str(answer.headers)
        self.note(door, told if answer.status_code == 200 else told.replace(asked, "") if asked else told)

    def walk(self) -> None:
        """Every board, everybody's day, and the pages that lead there."""
        for path in ("/api/v1/people", "/today", "/search?q=%E7%94%B0", "/board"):
            self.get(Door.BOARD, path)
        for unit in UNITS:
            self.get(Door.BOARD, f"/api/v1/board?unit={unit}", unit)
            self.get(Door.BOARD, f"/board/{unit}", unit)
        for person in self.asked_for():
            self.get(Door.DAY, f"/people/{person}/day/{DAY}", person)

    def asked_for(self) -> list[str]:
        """Whose days are asked for: those of the cast, and of one more in each of their units."""
        return sorted(str(self.served.city.ids[name]) for name in (*CAST.values(), "髙橋 恵子", "坂本 洋", "石川 修"))

    def listen(self) -> "Listening":
        return Listening(self)

    def told(self, door: Door) -> tuple[frozenset[str], frozenset[str]]:
        """All people and units that they were told of at doors of a kind."""
        mine = [sight for sight in self.sights if sight.door is door]
        return frozenset().union(*(one.people for one in mine)), frozenset().union(*(one.units for one in mine))


class Listening:
    """Sockets of one caller, one for each unit that they ask for: what arrives is written down."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.clients: list[socketio.Client] = []
        self.answers: list[dict[str, Any]] = []
        self.heard: list[Any] = []
        for unit in UNITS:
            client = socketio.Client(reconnection=False)
            for event in ("facts", "own_facts", "counts"):
                client.on(event, self._note, namespace="/board")
            client.connect(
                caller.served.origin, headers={"Cookie": f"dk={caller.cookie}"}, transports=["websocket"],
                namespaces=["/board"], wait_timeout=30,
            )  # fmt: skip
            answer = client.call("watch", {"unit": unit}, namespace="/board", timeout=30)
            self.answers.append(answer)
            caller.note(Door.BOARD, str(answer))
            self.clients.append(client)

    def _note(self, *said: Any) -> None:
        self.heard.append(said)
        self.caller.note(Door.BOARD, str(said))

    def heard_of(self, person: str) -> bool:
        return any(person in str(said) for said in self.heard)


@pytest.fixture
def callers(served: Served) -> dict[str, Caller]:
    roster = roster_of(served)
    return {role: Caller(served, roster, name) for role, name in CAST.items()}


def judged(callers: dict[str, Caller]) -> list[Any]:
    roster = next(iter(callers.values())).roster
    return check_sights([sight for caller in callers.values() for sight in caller.sights], roster)


def test_nobody_is_told_of_whom_they_may_not_see_and_everybody_of_whom_they_may(callers: dict[str, Caller]) -> None:
    for caller in callers.values():
        caller.walk()
    assert judged(callers) == []
    for role, caller in callers.items():
        for door in Door:
            seen, named = caller.told(door)
            may_see = people_in_sight(caller.id, door, caller.roster)
            if door is Door.DAY:
                assert seen - {caller.id} == (may_see & set(caller.asked_for())) - {caller.id}, role
            else:
                placed = {person for person, posts in caller.roster.posts.items() if posts}
                assert seen - {caller.id} == (may_see & placed) - {caller.id}, role
                assert named == units_in_sight(caller.id, door, caller.roster), role
    days = {role: sum("/day/" in path for path in caller.open_doors) for role, caller in callers.items()}
    assert (days["colleague"], days["other section"], days["IT"]) == (0, 0, 0)
    assert days["self"] == days["colleague"]
    assert 0 < days["head"] == days["stand_in"] < days["director"] < days["personnel"] == len(CAST) + 2


def test_changes_over_sockets_reach_those_alone_who_may_see_them(served: Served, callers: dict[str, Caller]) -> None:
    listening = {role: caller.listen() for role, caller in callers.items()}
    for name in served.city.ids:
        served.city.reports(name, State.LOCKED, Place.DESK)
    subject = str(served.city.ids[CAST["self"]])
    hearing = ("self", "colleague", "head", "director", "stand_in", "personnel")
    until(lambda: all(listening[role].heard_of(subject) for role in hearing), "they hear of the change")
    other = str(served.city.ids[CAST["other section"]])
    until(lambda: listening["other section"].heard_of(other), "the other section hears of its own")
    clients = [client for one in listening.values() for client in one.clients]
    with ThreadPoolExecutor(len(clients)) as pool:  # each of them waits for the other side to close, which is slow here
        list(pool.map(socketio.Client.disconnect, clients))
    assert judged(callers) == []
    assert not listening["IT"].heard_of(subject)
    assert ["forbidden"] * len(UNITS) == [answer.get("code") for answer in listening["IT"].answers]


def test_an_access_function_that_says_yes_to_everybody_is_found(
    callers: dict[str, Caller], monkeypatch: pytest.MonkeyPatch
) -> None:
    honest: Callable[..., Scope] = access.scope

    def scope(of: Any, verb: Verb, **more: Any) -> Scope:
        return Scope(all=True) if verb is Verb.SEE_BOARD else honest(of, verb, **more)

    monkeypatch.setattr(access, "scope", scope)
    callers["other section"].walk()
    found = judged(callers)
    assert {"I10"} == {violation.invariant for violation in found}
    assert any(callers["self"].id in violation.detail for violation in found)


TREE = {"1": ("department", None), "11": ("section", "1"), "111": ("subsection", "11"), "12": ("section", "1")}
SMALL = Roster(
    TREE,
    {
        "staff": (Held("111", "staff", "main"),), "peer": (Held("11", "staff", "main"),),
        "head": (Held("11", "head", "main"),), "director": (Held("1", "director", "main"),),
        "else": (Held("12", "staff", "main"),), "both": (Held("12", "staff", "main"), Held("111", "staff", "concurrent")),
        "gone": (Held("11", "staff", "main"), Held("11", "staff", "away")), "it": (),
        "lent": (Held("12", "staff", "main"), Held("11", "staff", "away")),
    },
    {"it": (("it", None),), "peer": (("proxy", "12"),)},
)  # fmt: skip

GOOD = [
    Sight("staff", Door.BOARD, frozenset({"staff", "peer", "head", "both"}), frozenset({"11", "111"})),
    Sight("staff", Door.DAY, frozenset({"staff"}), frozenset({"111"})),
    Sight("peer", Door.BOARD, frozenset({"else"}), frozenset({"12"})),
    Sight("head", Door.DAY, frozenset({"staff", "peer", "both"}), frozenset({"11", "111"})),
    Sight("director", Door.DAY, frozenset({"else", "staff", "head"}), frozenset(TREE)),
    Sight("both", Door.BOARD, frozenset({"else", "staff"}), frozenset({"12", "111"})),
    Sight("it", Door.BOARD),
]
BAD = [
    Sight("staff", Door.BOARD, frozenset({"else"})),
    Sight("staff", Door.BOARD, frozenset({"lent"})),
    Sight("lent", Door.BOARD, frozenset({"staff"})),
    Sight("staff", Door.BOARD, units=frozenset({"12"})),
    Sight("staff", Door.BOARD, units=frozenset({"1"})),
    Sight("staff", Door.DAY, frozenset({"peer"})),
    Sight("peer", Door.DAY, frozenset({"else"})),
    Sight("head", Door.DAY, frozenset({"else"})),
    Sight("head", Door.BOARD, frozenset({"director"})),
    Sight("else", Door.DAY, frozenset({"both"})),
    Sight("it", Door.BOARD, frozenset({"staff"})),
    Sight("it", Door.DAY, frozenset({"staff"})),
    Sight("nobody", Door.BOARD, frozenset({"staff"})),
]


def test_good_sights_are_accepted() -> None:
    assert check_sights(GOOD, SMALL) == []
    assert check_sights([BAD[0]], replace(SMALL, board_open=True)) == []


@pytest.mark.parametrize("bad", BAD, ids=[f"{bad.caller}, {bad.door}, {number}" for number, bad in enumerate(BAD)])
def test_a_sight_of_somebody_who_may_not_be_seen_is_found(bad: Sight) -> None:
    (violation,) = check_sights([*GOOD, bad], SMALL)
    assert ("I10", bad.caller) == (violation.invariant, violation.journal)


def test_an_open_board_opens_no_record_of_a_day() -> None:
    peeping = Sight("staff", Door.DAY, frozenset({"peer"}))
    assert len(check_sights([peeping], replace(SMALL, board_open=True))) == 1
