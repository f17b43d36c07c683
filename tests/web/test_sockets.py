"""The sockets, by the protocol's own client over real WebSockets: who is let in, what each frame holds, when it ends."""

import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import engineio
import pytest
import socketio
from socketio.exceptions import ConnectionError as Refused

from dokodemo.actions import calendar, import_units, roles, settings, sign_in
from dokodemo.actions.audit import OPERATOR
from dokodemo.actions.people import today
from dokodemo.domain import access
from dokodemo.domain.calendar import DayKind, Override
from dokodemo.domain.events import Place
from dokodemo.domain.facts import State
from dokodemo.domain.roles import Role
from dokodemo.domain.settings import Layer
from dokodemo.domain.statuses import Status
from dokodemo.live import Change
from dokodemo.web import device_sockets, sockets
from tests.web.serving import Served, serve

UNIT = "020300"


@pytest.fixture
def served(sqlite_url: str, tmp_path: Path) -> Iterator[Served]:
    with serve(sqlite_url, tmp_path, threads=20) as running:
        yield running


class Page:
    """A page's socket: keeps everything that arrives."""

    def __init__(self, served: Served, name: str | None, *, origin: str | None = None) -> None:
        self.frames: list[list[dict[str, Any]]] = []
        self.own: list[dict[str, Any]] = []
        self.counts: list[dict[str, Any]] = []
        self.heard: list[tuple[str, Any]] = []
        extra = {None: {}, "": {"suppress_origin": True}}.get(origin, {"origin": origin})
        self.client = socketio.Client(reconnection=False, websocket_extra_options=extra)
        self.client.on("facts", lambda facts, _about: self.frames.append(facts), namespace="/board")
        self.client.on("own_facts", lambda facts, _about: self.own.extend(facts), namespace="/board")
        self.client.on("counts", self.counts.append, namespace="/board")
        for event in ("left", "going_away", "look_again", "moved"):
            self.client.on(event, self._note(event), namespace="/board")
        self.client.on("disconnect", self._note("disconnect"), namespace="/board")
        headers = {"Cookie": f"dk={served.city.cookie(name)}"} if name else {}
        self.client.connect(
            served.origin, headers=headers, transports=["websocket"], namespaces=["/board"], wait_timeout=30
        )

    def _note(self, event: str) -> Callable[..., None]:
        return lambda *said: self.heard.append((event, said[0] if said else None))

    def watch(self, unit: str | None = UNIT, **more: Any) -> dict[str, Any]:
        answer = self.client.call("watch", {"unit": unit} | more, namespace="/board", timeout=30)
        assert isinstance(answer, dict)
        return answer

    def caught_up(self) -> None:
        """What the server had said to this page by now has arrived: an answer comes after it, by the same socket."""
        assert {"code": "not_found"} == self.watch("999999")

    def said(self, event: str) -> bool:
        return any(heard == event for heard, _ in self.heard)

    def facts_of(self, served: Served, name: str) -> list[dict[str, Any]]:
        return [fact for frame in self.frames for fact in frame if fact["person_id"] == str(served.city.ids[name])]


@pytest.fixture
def page(served: Served) -> Iterator[Callable[..., Page]]:
    opened: list[Page] = []

    def open_(name: str | None = "渡邉 由美", **options: Any) -> Page:
        opened.append(Page(served, name, **options))
        return opened[-1]

    yield open_
    for one in opened:
        if one.client.connected:
            one.client.disconnect()


def soon(condition: Callable[[], object], seconds: float = 30.0) -> float:
    """Wait until it holds; how long that took."""
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < seconds, "it did not happen in time"
        time.sleep(0.01)
    return time.monotonic() - begun


# ---------------------------------------------------------------------------------------------------------- the door


def test_nobody_is_let_in_without_a_session_or_from_another_site(served: Served, page: Callable[..., Page]) -> None:
    for name, origin in ((None, None), ("前田 聡", "https://evil.example"), ("前田 聡", "")):
        with pytest.raises(Refused):
            page(name, origin=origin)


def test_the_transport_is_websocket_alone(served: Served) -> None:
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(f"{served.origin}/socket.io/?EIO=4&transport=polling", timeout=30)
    assert 400 == error.value.code


@pytest.mark.parametrize(("unit", "code"), [("020000", "forbidden"), ("999999", "not_found"), ("", "invalid")])
def test_a_unit_that_may_not_be_seen_is_not_watched(
    served: Served, page: Callable[..., Page], unit: str, code: str
) -> None:
    one, director = page(), page("大野 隆")
    assert {"code": code} == one.watch(unit)
    director.watch("020000")
    served.city.reports("大野 隆", State.ACTIVE, Place.DESK)
    soon(lambda: director.frames)
    one.caught_up()
    assert [] == one.frames


def test_a_socket_that_was_let_in_nowhere_does_not_keep_its_thread(served: Served) -> None:
    engine = engineio.Client()
    engine.connect(served.origin, transports=["websocket"], engineio_path="socket.io")
    gate = served.app.extensions["dokodemo_sockets"]
    assert 1 == gate.open
    soon(lambda: gate.open == 0)


# --------------------------------------------------------------------------------------------------------- the frames


def test_a_change_is_on_every_page_that_may_see_it_within_a_second(served: Served, page: Callable[..., Page]) -> None:
    served.city.reports("𠮷田 学", State.ACTIVE, Place.HOME)
    pages = {name: page(name) for name in ("前田 聡", "濵田 翔太", "森 あゆみ")}
    answers = {name: one.watch("040100" if name == "森 あゆみ" else UNIT) for name, one in pages.items()}
    assert [1, 1, 0] == [len(answer["facts"]) for answer in answers.values()]
    served.city.reports("渡邉 由美", State.ACTIVE, Place.DESK)
    took = soon(lambda: pages["前田 聡"].frames and pages["濵田 翔太"].frames)
    assert took < 1
    pages["森 あゆみ"].caught_up()
    assert [] == pages["森 あゆみ"].frames


def test_each_view_gets_its_own_frame(served: Served, page: Callable[..., Page]) -> None:
    head, colleague, own = page("前田 聡"), page("濵田 翔太"), page("渡邉 由美")
    for one in (head, colleague, own):
        one.watch()
    served.city.reports("渡邉 由美", State.LOCKED, Place.DESK)
    soon(lambda: head.frames and colleague.frames and own.frames and own.own)
    assert [("locked", None)] == [(fact["state"], fact["since"]) for fact in head.facts_of(served, "渡邉 由美")]
    assert [("away", None)] == [(fact["state"], fact["since"]) for fact in colleague.facts_of(served, "渡邉 由美")]
    assert ("locked", True) == (own.own[0]["state"], own.own[0]["since"] is not None)
    assert ["away"] == [fact["state"] for fact in own.facts_of(served, "渡邉 由美")]  # in the room of colleagues


def test_a_leave_takes_everything_else_from_frames(served: Served, page: Callable[..., Page]) -> None:
    head = page("前田 聡")
    head.watch()
    served.city.declares("渡邉 由美", Status.LEAVE)
    served.city.reports("渡邉 由美", State.ACTIVE, Place.HOME)
    soon(lambda: head.facts_of(served, "渡邉 由美"))
    served.city.reports("濵田 翔太", State.ACTIVE, Place.DESK)
    soon(lambda: head.facts_of(served, "濵田 翔太"))  # frames come in order: what was said before has arrived
    for fact in head.facts_of(served, "渡邉 由美"):
        assert ("none", None, "leave") == (fact["state"], fact["place"], fact["whereabouts"]["status"])


def test_a_board_of_a_department_covers_its_sections_in_the_heads_view(served: Served, page: Callable[..., Page]) -> None:
    director = page("大野 隆")
    director.watch("020000")
    served.city.reports("渡邉 由美", State.LOCKED, Place.DESK)
    soon(lambda: director.frames)
    assert "locked" == director.frames[0][0]["state"]


def test_changes_within_a_tenth_of_a_second_come_in_one_frame(served: Served, page: Callable[..., Page]) -> None:
    head = page("前田 聡")
    head.watch()
    took = 1.0
    while took > 0.05:  # else another program had the processor meanwhile, and the four were not within a tenth
        soon(lambda: sum(map(len, head.frames)) % 4 == 0)
        head.frames.clear()
        begun = time.monotonic()
        for name in ("渡邉 由美", "濵田 翔太", "木村 優", "清水 浩"):
            served.city.reports(name, State.ACTIVE, Place.DESK)
        took = time.monotonic() - begun
    soon(lambda: sum(map(len, head.frames)) == 4)
    assert len(head.frames) <= 2


def test_a_page_goes_on_from_its_cursor(served: Served, page: Callable[..., Page]) -> None:
    one = page("前田 聡")
    first = one.watch()
    served.city.reports("渡邉 由美", State.ACTIVE, Place.DESK)
    again = page("前田 聡").watch(since=first["cursor"])
    assert (False, [str(served.city.ids["渡邉 由美"])]) == (again["full"], [fact["person_id"] for fact in again["facts"]])


def test_snapshot_and_changes_give_what_a_new_snapshot_gives(served: Served, page: Callable[..., Page]) -> None:
    head = page("前田 聡")
    known = {fact["person_id"]: fact for fact in head.watch()["facts"]}
    names = ["渡邉 由美", "濵田 翔太", "木村 優", "清水 浩", "髙橋 恵子"]
    for round_ in range(40):
        state = (State.ACTIVE, State.AWAY, State.LOCKED, State.SILENT)[round_ % 4]
        served.city.reports(names[round_ % 5], state, Place.DESK, until=served.installation.clock.move(seconds=1))
        if round_ % 7 == 0:
            served.city.declares(names[round_ % 5], Status.FIELD, destination=f"現場 {round_}")
    served.city.reports("𠮷田 学", State.ACTIVE, Place.HOME)
    soon(lambda: head.facts_of(served, "𠮷田 学"))  # frames come in order: this was the last change
    for frame in head.frames:
        known.update({fact["person_id"]: fact for fact in frame})
    fresh = {fact["person_id"]: fact for fact in page("前田 聡").watch()["facts"]}
    assert fresh == known


def test_an_entry_that_ends_by_itself_is_announced_again(served: Served, page: Callable[..., Page]) -> None:
    head = page("前田 聡")
    served.city.reports("渡邉 由美", State.ACTIVE, Place.DESK)
    now = served.installation.clock()
    served.city.declares("渡邉 由美", Status.LEAVE, until_at=now.replace(hour=now.hour + 1))
    head.watch()
    broadcaster = served.app.extensions["dokodemo_broadcaster"]
    soon(lambda: broadcaster._turned_at is not None)
    served.installation.clock.move(hours=1)
    soon(lambda: any(fact["state"] == "active" for fact in head.facts_of(served, "渡邉 由美")))


def test_the_figures_of_units_follow_as_far_as_the_viewer_may_open_them(served: Served, page: Callable[..., Page]) -> None:
    director, member, other = page("大野 隆"), page("濵田 翔太"), page("森 あゆみ")
    first = director.watch("020000")["counts"]["units"]
    assert ([0, 33], [0, 30], [0, 8]) == tuple(first[code] for code in ("020000", UNIT, "020302"))
    assert {UNIT, "020301", "020302", "020303"} == set(member.watch()["counts"]["units"])
    assert {"040100": [0, 2]} == other.watch("040100")["counts"]["units"]
    soon(lambda: director.counts and member.counts)  # the first count of all goes to everybody
    served.city.reports("渡邉 由美", State.ACTIVE, Place.DESK)
    soon(lambda: any(said["units"].get(UNIT) == [1, 30] for said in member.counts))
    soon(lambda: any(said["units"].get("020000") == [1, 33] for said in director.counts))
    assert {UNIT, "020302"} == set(member.counts[-1]["units"])
    assert all(set(said["units"]) <= {"040100"} for said in other.counts)
    before = len(member.counts)
    served.city.declares("渡邉 由美", Status.LEAVE)
    soon(lambda: any(said["units"].get(UNIT) == [0, 30] for said in member.counts[before:]))
    assert [0, 30] == member.watch()["counts"]["units"][UNIT]


# ------------------------------------------------------------------------------------------------------------ the end


def test_a_revoked_session_is_closed_within_five_seconds(served: Served, page: Callable[..., Page]) -> None:
    one, head = page("渡邉 由美"), page("前田 聡")
    one.watch()
    head.watch()
    sign_in.revoke_all(served.installation.services, served.city.ids["渡邉 由美"])
    soon(lambda: one.said("left") and one.said("disconnect"), 5)
    served.city.reports("濵田 翔太", State.ACTIVE, Place.DESK)
    soon(lambda: head.frames)
    assert [] == one.frames


def test_a_room_is_left_when_the_right_ends(served: Served, page: Callable[..., Page]) -> None:
    services = served.installation.services
    with services.read() as transaction:
        from dokodemo.store import people

        person = people.get(transaction, served.city.ids["森 あゆみ"])
    operator = access.operator(today(services))
    roles.grant(services, OPERATOR, operator, person.staff_number, roles.Wish(Role.PHONE_DESK))
    one, head = page("森 あゆみ"), page("前田 聡")
    head.watch()
    assert "code" not in one.watch()
    served.city.reports("濵田 翔太", State.ACTIVE, Place.DESK)
    soon(lambda: one.frames)
    roles.revoke(services, OPERATOR, operator, person.staff_number, Role.PHONE_DESK)
    soon(lambda: one.said("left"))
    before = len(one.frames)
    served.city.reports("濵田 翔太", State.AWAY, Place.DESK)
    soon(lambda: head.facts_of(served, "濵田 翔太")[-1:] and head.facts_of(served, "濵田 翔太")[-1]["state"] == "away")
    one.caught_up()
    assert before == len(one.frames)


def test_open_boards_hear_of_another_roster_other_hours_and_another_day(served: Served, page: Callable[..., Page]) -> None:
    services = served.city.installation.services
    one = page("前田 聡")
    one.watch()

    def told(act: Callable[[], Any]) -> float:
        one.heard.clear()
        begun = time.monotonic()
        act()
        soon(lambda: one.said("moved"))
        return time.monotonic() - begun

    units = "組織コード,名称,親コード,区分,適用開始日\r\n020304,新しい係,020300,係,2020/4/1".encode()
    later = settings.Change(Layer.UNIT, "020302", "hours.end", "19:00")
    day = Override(DayKind.SPECIAL_OPEN, "試験")
    acts = (
        lambda: import_units.apply(services, OPERATOR, units),
        lambda: settings.publish(services, [later], by=OPERATOR, comment=""),
        lambda: calendar.set_day(services, OPERATOR, today(services), day),
    )
    assert all(told(act) < 2 for act in acts)
    one.heard.clear()
    settings.publish(services, [settings.Change(Layer.ORGANISATION, "", "display.text_size", 20)], by=OPERATOR, comment="")
    served.city.reports("濵田 翔太", State.ACTIVE, Place.DESK)
    soon(lambda: one.facts_of(served, "濵田 翔太"))
    assert not one.said("moved")


def test_a_server_that_goes_says_so_and_closes_all(served: Served, page: Callable[..., Page]) -> None:
    pages = [page("前田 聡"), page("渡邉 由美")]
    for one in pages:
        one.watch()
    begun = time.monotonic()
    sockets.stop(served.app)
    assert time.monotonic() - begun < 4
    soon(lambda: all(one.said("going_away") and one.said("disconnect") for one in pages))


def test_above_the_cap_a_socket_is_refused_and_the_api_stays_alive(served: Served, page: Callable[..., Page]) -> None:
    for _ in range(4):  # 20 threads − 16
        page("前田 聡").watch()
    with pytest.raises(Refused):
        page("前田 聡")
    request = urllib.request.Request(f"{served.origin}/socket.io/?EIO=4&transport=websocket")
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(request, timeout=30)
    assert (503, "30") == (error.value.code, error.value.headers["Retry-After"])
    assert urllib.request.urlopen(f"{served.origin}/", timeout=30).status == 200


# ------------------------------------------------------------------------------------------------------- the doorbell


def test_a_ticket_opens_the_doorbell_once_and_rings_for_its_own_device(served: Served) -> None:
    members = {"binding_id": "b-1", "person_id": str(served.city.ids["渡邉 由美"])}
    with served.app.test_request_context():
        device_sockets.put_ticket("ticket-1", members)
    rung: list[str] = []
    bell = socketio.Client(reconnection=False)
    bell.on("settings", lambda _about: rung.append("settings"), namespace="/device")
    bell.on("orders", lambda _about: rung.append("orders"), namespace="/device")
    options = {"transports": ["websocket"], "namespaces": ["/device"], "wait_timeout": 30}
    bell.connect(served.origin, auth={"ticket": "ticket-1"}, **options)
    second = socketio.Client(reconnection=False)
    for used in ("ticket-1", "guess", 7, None):
        with pytest.raises(Refused):
            second.connect(served.origin, auth={"ticket": used}, **options)
    live = served.installation.services.live
    live.announce(Change("orders", "b-2"))
    live.announce(Change("orders", "b-1"), Change("settings", ""))
    soon(lambda: len(rung) >= 2)
    assert {"orders", "settings"} == set(rung)
    bell.disconnect()


def test_a_live_service_of_its_own_is_named_in_tickets(served: Served) -> None:
    app = served.app
    app.extensions["dokodemo_config"] = replace(app.extensions["dokodemo_config"], live_url="https://live.city.example")
    with app.test_request_context():
        assert "wss://live.city.example/socket.io/?EIO=4&transport=websocket" == device_sockets.address()
