"""Who gets in where: every door of the URL map × every kind of caller, each cell with the status that it has to give.

The table is written by hand and held against the URL map (no door without a row, no row without a door), and, where a
door stands for a verb, against ``domain.access``. What those who get in are told is compared field by field.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from werkzeug.routing import Rule

from dokodemo.actions import bindings as acts
from dokodemo.actions import orders
from dokodemo.actions.facts import refill
from dokodemo.actions.orders import OrderKind
from dokodemo.actions.people import today, viewer_of
from dokodemo.app import create_app
from dokodemo.crypto import keys
from dokodemo.domain import access
from dokodemo.domain.access import Verb
from dokodemo.domain.audit import Actor, Via
from dokodemo.domain.events import Place, written
from dokodemo.domain.facts import State
from dokodemo.domain.statuses import Status
from dokodemo.google.id_tokens import Verifier
from dokodemo.google.issuers import IssuerKind, IssuerProfile
from dokodemo.store import units
from dokodemo.store.rows.people import people as people_table
from tests.architecture.sources import ROOT
from tests.device import Google, TestDevice
from tests.installation import Installation, build
from tests.people import add_person
from tests.web.city import City, found

SUBJECT, UNIT, DAY = "渡邉 由美", "020300", "2026-11-24"  # whom it is about: DX推進係 of 情報政策課, on this day
IT = Actor("operator", "it", Via.CLI)
NOW = datetime(2026, 11, 24, 1, 42, tzinfo=UTC)  # 10:42 in the city
ROLES = ("anonymous", "self", "member", "other", "head", "personnel", "it", "auditor", "device", "revoked")
"""Nobody; the person; a colleague of the 課; somebody of another 課; the 課長; people who hold one role and no post;
the person's own device; a device whose key was revoked."""
NAMES = {"self": SUBJECT, "member": "濵田 翔太", "other": "森 あゆみ", "head": "前田 聡"}

# One row an operation: status for each of ROLES. 401 nobody is known, 403 known and not allowed.
TABLE = """
GET    /healthz                              200 200 200 200 200 200 200 200 200 200
GET    /readyz                               200 200 200 200 200 200 200 200 200 200
GET    /metrics                              200 200 200 200 200 200 200 200 200 200
GET    /static/<path:filename>               200 200 200 200 200 200 200 200 200 200
GET    /api/openapi.json                     200 200 200 200 200 200 200 200 200 200
GET    /api/docs                             200 200 200 200 200 200 200 200 200 200
GET    /extension/update.xml                 200 200 200 200 200 200 200 200 200 200
GET    /extension/<version>.crx              200 200 200 200 200 200 200 200 200 200
POST   /api/v1/bindings/challenge            200 200 200 200 200 200 200 200 200 200
POST   /api/v1/bindings                      401 401 401 401 401 401 401 401 200 403
POST   /api/v1/events                        401 401 401 401 401 401 401 401 202 403
GET    /api/v1/settings                      401 401 401 401 401 401 401 401 200 403
POST   /api/v1/settings/results              401 401 401 401 401 401 401 401 204 403
POST   /api/v1/orders/<uuid:order_id>/result 401 401 401 401 401 401 401 401 204 403
PUT    /api/v1/acknowledgements              401 401 401 401 401 401 401 401 204 403
POST   /api/v1/socket-tickets                401 401 401 401 401 401 401 401 201 403
PUT    /api/v1/whereabouts                   401 200 200 403 200 403 403 403 200 403
GET    /api/v1/board                         401 200 200 403 200 200 403 403 401 401
GET    /api/v1/people                        401 200 200 200 200 200 200 200 401 401
GET    /                                     200 303 303 303 303 303 303 303 200 200
GET    /sign-in                              303 303 303 303 303 303 303 303 303 303
POST   /sign-in                              303 303 303 303 303 303 303 303 303 303
GET    /sign-in/callback                     401 401 401 401 401 401 401 401 401 401
POST   /sign-out                             401 303 303 303 303 303 303 303 401 401
POST   /language                             303 303 303 303 303 303 303 303 303 303
GET    /today                                401 200 200 200 200 200 200 200 401 401
GET    /search                               401 200 200 200 200 200 200 200 401 401
GET    /board                                401 303 303 303 303 404 404 404 401 401
GET    /board/<unit>                         401 200 200 403 200 200 403 403 401 401
GET    /people/<uuid:person_id>/day/<on>     401 303 403 403 200 200 403 403 401 401
GET    /audit                                401 200 200 200 200 200 200 200 401 401
POST   /audit/verify                         401 403 403 403 403 403 303 303 401 401
POST   /audit/export                         401 403 403 403 403 403 403 200 401 401
"""

# Let in by nobody here: an answer of an issuer counts only in the browser that asked (test_sign_in.py walks through it).
NOBODY_HERE = {"GET /sign-in/callback"}

# Which verb about SUBJECT's unit, SUBJECT or the city a door stands for; 303 to one's own page is a way in, too.
VERBS = {
    "PUT /api/v1/whereabouts": (Verb.SET_WHEREABOUTS, "person"),
    "GET /api/v1/board": (Verb.SEE_BOARD, "unit"),
    "GET /board/<unit>": (Verb.SEE_BOARD, "unit"),
    "GET /people/<uuid:person_id>/day/<on>": (Verb.SEE_DAY, "person"),
    "POST /audit/verify": (Verb.VERIFY_AUDIT, "city"),
    "POST /audit/export": (Verb.EXPORT_AUDIT, "city"),
}


def table() -> dict[str, dict[str, int]]:
    rows = {}
    for line in TABLE.strip().splitlines():
        method, path, *statuses = line.split()
        rows[f"{method} {path}"] = dict(zip(ROLES, map(int, statuses), strict=True))
    return rows


class Issuers(Verifier):
    """One issuer that people are sent to; tokens are judged by the stand-in."""

    verify = Google.verify


PROFILE = IssuerProfile(
    kind=IssuerKind.DEMO, name="issuer", issuer="https://issuer.example", client_ids=("web",), client_secret="secret",
    authorize_url="https://issuer.example/authorize", token_url="https://issuer.example/token",
    certs_url="https://issuer.example/certs",
)  # fmt: skip


class Doors:
    """The city with one person of each kind, and how each of them knocks."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.city: City = found(installation)
        self.cast = {role: self.city.ids[name] for role, name in NAMES.items()}
        for role in ("personnel", "it", "auditor"):
            self.cast[role] = add_person(installation, f"{role}@city.akagi.example", name=role)
            self.city.ids[role] = self.cast[role]
            self.city.grants(role, role)
        refill(installation.services)
        self.app: Flask = create_app(installation.services, installation.config)
        self.device, self.revoked = self._device(), self._device()
        acts.revoke(installation.services, UUID(self.revoked.binding_id))

    def _device(self) -> TestDevice:
        with self.installation.services.read() as transaction:
            email = transaction.execute(
                people_table.select().where(people_table.c.id == self.city.ids[SUBJECT])
            ).one().email  # fmt: skip
        device = TestDevice(self.installation, self.app, email=email)
        assert device.bind().status_code == 201
        return device

    def knock(self, role: str, operation: str) -> Any:
        """The answer of one door to one caller."""
        method, rule = operation.split(" ")
        path, body, form = self.request(role, rule if method != "GET" else f"GET {rule}")
        if role in {"device", "revoked"}:
            device = self.device if role == "device" else self.revoked
            if form is None:
                return device.call(method, path, body)
        headers = {"Sec-Fetch-Site": "same-origin"}
        if role in self.cast:
            name = next(name for name, person in self.city.ids.items() if person == self.cast[role])
            headers["Cookie"] = f"dk={self.city.cookie(name)}"
        client = self.app.test_client(use_cookies=False)
        options = {"json": body} if body is not None else {"data": form} if form is not None else {}
        return client.open(path, method=method, headers=headers, **options)

    def request(self, role: str, rule: str) -> tuple[str, Any, Any]:
        """(path, JSON body, form) that is right in everything but who sends it."""
        if rule == "/api/v1/whereabouts":
            self.installation.clock.move(minutes=3)  # over an entry of somebody else that is fresh a page asks first
        now = written(self.installation.clock())
        subject = str(self.city.ids[SUBJECT])
        device = self.revoked if role == "revoked" else self.device
        path = rule.removeprefix("GET ")
        for name, value in {
            "<path:filename>": "css/board.css", "<version>": _version(), "<unit>": UNIT, "<uuid:person_id>": subject,
            "<on>": DAY,
        }.items():  # fmt: skip
            path = path.replace(name, value)
        if "<uuid:order_id>" in path:
            path = path.replace("<uuid:order_id>", self._order(device))
        bodies: dict[str, Callable[[], Any]] = {
            "/api/v1/bindings/challenge": lambda: {"public_key": keys.jwk_of_point(keys.new_key().point)},
            "/api/v1/bindings": lambda: device.binding_body(acts.challenge(
                self.installation.services, keys.jwk_of_point(device.key.point))),
            "/api/v1/events": lambda: device.batch(1),
            "/api/v1/settings/results": lambda: {"revision": [1, 0], "results": []},
            "/api/v1/orders/<uuid:order_id>/result": lambda: {"state": "done"},
            "/api/v1/acknowledgements": lambda: {"document": "notice", "version": 1, "at": now},
            "/api/v1/whereabouts": lambda: {"id": str(uuid4()), "status": "home", "made_at": now, "for_person": subject},
        }  # fmt: skip
        forms = {
            "/sign-in": {"issuer": PROFILE.issuer},
            "/sign-out": {},
            "/language": {"language": "en"},
            "/audit/export": {},
        }
        queries = {
            "GET /api/v1/board": f"?unit={UNIT}",
            "GET /sign-in": f"?issuer={PROFILE.issuer}",
            "GET /search": "?q=x",
        }
        body = bodies[rule]() if rule in bodies else None
        return path + queries.get(rule, ""), body, forms.get(rule)

    def _order(self, device: TestDevice) -> str:
        binding = UUID(device.binding_id)
        orders.give(self.installation.services, [binding], OrderKind.RELOAD_SETTINGS, {}, by=IT, reason="x")
        with self.installation.services.read() as transaction:
            return str(orders.open_orders(transaction, binding)[0]["id"])


def _version() -> str:
    return str(json.loads((ROOT / "extension/manifest.json").read_text("utf-8"))["version"])


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    folder: Path = tmp_path_factory.mktemp("matrix")
    installation = build(f"sqlite:///{folder}/x.db", folder, google=Issuers([PROFILE]))
    installation.clock.at = NOW
    yield Doors(installation)
    installation.services.database.close()


def operations_of(app: Flask) -> set[str]:
    def each(rule: Rule) -> Iterator[str]:
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            yield f"{method} {rule.rule}"

    return {operation for rule in app.url_map.iter_rules() for operation in each(rule)}


def test_every_operation_has_a_row_and_every_row_an_operation(doors: Doors) -> None:
    assert operations_of(doors.app) == set(table())


def test_somebody_is_let_in_at_every_operation() -> None:
    let_in = {operation for operation, row in table().items() if any(200 <= status < 400 for status in row.values())}
    assert set(table()) - let_in == NOBODY_HERE


@pytest.mark.parametrize("operation", table())
def test_each_caller_gets_the_status_of_its_cell(doors: Doors, operation: str) -> None:
    answers = {role: doors.knock(role, operation) for role in ROLES}
    assert {role: answer.status_code for role, answer in answers.items()} == table()[operation]
    for role, answer in answers.items():
        if answer.status_code >= 400:
            assert answer.mimetype == "application/problem+json", role
            assert SUBJECT not in answer.get_data(as_text=True), role


@pytest.mark.parametrize("operation", VERBS)
def test_the_table_says_what_the_rules_of_access_say(doors: Doors, operation: str) -> None:
    verb, about = VERBS[operation]
    services = doors.installation.services
    on = today(services)
    with services.read() as transaction:
        lines = units.lines(transaction, ["020302", UNIT], on)
        viewers = {role: viewer_of(transaction, person, on) for role, person in doors.cast.items()}
    subject = {
        "person": access.subject_of(doors.city.ids[SUBJECT], [lines["020302"]]),
        "unit": access.subject_of_unit(lines[UNIT]),
        "city": access.CITY,
    }[about]
    said = {role: table()[operation][role] < 400 for role in viewers}
    assert {role: access.may(viewer, verb, subject, colleagues=True) for role, viewer in viewers.items()} == said


# What those who get in are told of one person whose device is locked, and of one on leave, field by field.
LOCKED_SINCE = "2026-11-24T01:22:00.000Z"
TOLD = {
    "self": {"state": "locked", "since": LOCKED_SINCE, "place": "home", "meeting": None, "until": None},
    "head": {"state": "locked", "since": None, "place": "home", "meeting": None, "until": None},
    "member": {"state": "away", "since": None, "place": "home", "meeting": None, "until": None},
    "personnel": {"state": "away", "since": None, "place": "home", "meeting": None, "until": None},
}


@pytest.fixture
def locked(doors: Doors) -> Doors:
    doors.installation.clock.at = NOW
    since = NOW - timedelta(minutes=20)
    doors.city.reports(SUBJECT, State.LOCKED, Place.HOME, since=since)
    return doors


def board_of(doors: Doors, role: str) -> dict[str, Any]:
    everybody = doors.knock(role, "GET /api/v1/board").get_json()["facts"]
    found_one: dict[str, Any] = next(one for one in everybody if one["person_id"] == str(doors.city.ids[SUBJECT]))
    return found_one


@pytest.mark.parametrize("role", TOLD)
def test_a_board_tells_each_viewer_no_field_more(locked: Doors, role: str) -> None:
    told = board_of(locked, role)
    assert {name: told[name] for name in TOLD["self"]} == TOLD[role]
    assert set(told) <= {*TOLD["self"], "person_id", "whereabouts", "cleared_at"}


@pytest.mark.parametrize("role", TOLD)
def test_of_leave_others_get_the_status_and_its_return_alone(locked: Doors, role: str) -> None:
    entry = locked.city.declares(
        SUBJECT, Status.LEAVE, note="通院", destination="病院", made_at=locked.installation.clock()
    )
    try:
        told = board_of(locked, role)
    finally:
        locked.city.declares(SUBJECT, Status.AT_DESK, made_at=locked.installation.clock() + timedelta(microseconds=1))
    assert told["whereabouts"]["id"] == str(entry.id)
    hidden = (
        told["state"],
        told["place"],
        told["since"],
        told["whereabouts"]["note"],
        told["whereabouts"]["destination"],
    )
    if role == "self":
        assert hidden == ("locked", "home", LOCKED_SINCE, "通院", "病院")
    else:
        assert hidden == ("none", None, None, None, None)


def test_a_day_of_somebody_else_is_shown_to_head_and_personnel_and_leaves_a_look(doors: Doors) -> None:
    from sqlalchemy import select

    from dokodemo.store.rows.installation import looks

    for role in ("head", "personnel"):
        assert SUBJECT in doors.knock(role, "GET /people/<uuid:person_id>/day/<on>").get_data(as_text=True)
    with doors.installation.services.read() as transaction:
        rows = transaction.execute(select(looks).where(looks.c.subject_id == doors.city.ids[SUBJECT])).all()
    assert {(row.viewer_id, row.viewer_role, row.what) for row in rows} == {
        (doors.cast["head"], "head", "day"), (doors.cast["personnel"], "personnel", "day"),
    }  # fmt: skip


def test_answers_of_a_person_hold_nobody_beyond_their_reach(doors: Doors) -> None:
    """I10: ids of people of another 課 stand in no answer to a plain member, but their own section's do."""
    inside = {str(doors.city.ids[name]) for name in ("前田 聡", SUBJECT)}
    outside = {str(doors.city.ids[name]) for name in ("森 あゆみ", "坂本 洋", "石川 修", "橋本 由紀")}
    for operation in ("GET /api/v1/board", "GET /api/v1/people", "GET /board/<unit>", "GET /today", "GET /search"):
        said = doors.knock("member", operation).get_data(as_text=True)
        assert not [person for person in outside if person in said], operation
    assert all(person in doors.knock("member", "GET /api/v1/people").get_data(as_text=True) for person in inside)
