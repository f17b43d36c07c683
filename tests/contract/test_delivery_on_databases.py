"""On both databases: however batches arrive, what is stored is what one perfect delivery stores.

Several devices send through the application: split, repeated, out of order, interleaved, with beats, with silences that
the worker writes, from several places, with the server restarted in between. Their twins send everything once.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Table, select

from dokodemo.actions import observe
from dokodemo.actions.networks import forget_table
from dokodemo.actions.rebuild import rebuild
from dokodemo.app import create_app
from dokodemo.crypto import keys
from dokodemo.domain.events import written
from dokodemo.store import bindings, networks
from dokodemo.store.rows.journals import events, gaps, journals, observations, segments, sessions
from tests.device import Google, TestDevice
from tests.faults.derived import judge, tables_of
from tests.installation import Installation, build
from tests.people import add_person

EXAMPLES = 30
DEVICES = 3
EIGHT = datetime(2026, 11, 24, 8, tzinfo=UTC)
LATER = EIGHT + timedelta(days=30)
ADDRESSES = ("127.0.0.1", "203.0.113.5", "198.51.100.9")
PLAIN = ("locked", "unlocked", "back", "meeting_began", "meeting_ended", "policy_notice", "comet")

Event = dict[str, Any]


@st.composite
def days(draw: st.DrawFn) -> list[Event]:
    """What a device records, in the order of its own clock; some of it of wrong form."""
    moment = EIGHT
    recorded = []
    for seq in range(1, draw(st.integers(1, 12)) + 1):
        moment += timedelta(minutes=draw(st.integers(0, 300)))
        kind = draw(st.sampled_from([*PLAIN, "started", "away", "slept", "ended", "place_declared", "clock", "wrong"]))
        back = written(moment - timedelta(minutes=draw(st.integers(0, 400))))
        members: dict[str, Event] = {
            "started": {"how": "login"}, "away": {"since": back}, "slept": {"from": back},
            "ended": {"how": "recovered"}, "place_declared": {"place": draw(st.sampled_from(["home", "desk"]))},
            "clock": {"offset_ms": draw(st.integers(-600_000, 600_000))}, "comet": {"名": "x", "tail": "𠮷野家"},
        }  # fmt: skip
        event = {"seq": seq, "at": written(moment), "kind": "away" if kind == "wrong" else kind}
        recorded.append(event | members.get(kind, {}))
    return recorded


which = st.integers(0, DEVICES - 1)
happenings = st.lists(
    st.one_of(
        st.tuples(st.just("send"), which, st.integers(1, 12), st.integers(0, 6), st.sampled_from(ADDRESSES)),
        st.tuples(st.just("beat"), which, st.sampled_from(ADDRESSES)),
        st.tuples(st.just("wait"), st.integers(1, 20)),
        st.tuples(st.just("silence")),
        st.tuples(st.just("flush")),
        st.tuples(st.just("restart")),
    ),
    max_size=24,
)


class World:
    """One database, whose server may be started anew, and the devices of one example."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.url, self.folder = database_url, folder
        self.installation: Installation = build(database_url, folder, google=Google())
        self.installation.clock.at = LATER
        self.person = add_person(self.installation)
        table = [{"cidr": "203.0.113.0/24", "place": "branch", "site": "北部支所"}]
        self.installation.services.write(lambda transaction: networks.replace(transaction, table))
        self.begin()

    def begin(self) -> None:
        forget_table(self.installation.services)
        self.app = create_app(self.installation.services, self.installation.config)
        self.watching_since = self.installation.clock()

    def restart(self) -> None:
        """The process ends and another one begins: nothing is left but the database."""
        self.installation.services.database.close()
        clock = self.installation.clock
        self.installation = build(self.url, self.folder, google=Google())
        clock.move(seconds=1)
        self.installation.clock.at = clock.at
        self.begin()

    def device(self, recorded: list[Event]) -> TestDevice:
        """A bound device that has recorded this, and sent nothing yet."""
        device = TestDevice(self.installation, self.app, events=list(recorded))
        binding_id = uuid4()
        columns = {
            "id": binding_id, "thumbprint": keys.thumbprint(device.key.point), "public_key": device.key.point,
            "person_id": self.person, "device_id": None, "trust": "unmanaged", "status": "active",
            "extension_version": None, "replaces": None, "created_at": self.installation.clock(),
        }  # fmt: skip
        self.installation.services.write(lambda transaction: bindings.append(transaction, **columns))
        device.binding_id = str(binding_id)
        return device

    def happen(self, devices: list[TestDevice], what: tuple[Any, ...]) -> None:
        clock = self.installation.clock
        match what:
            case ("send", n, first, length, address):
                device = devices[n]
                first = min(first, len(device.events))
                device.address = address
                answer = device.send(first, min(first + length, len(device.events)))
                assert (answer.status_code, answer.json.get("code")) in {(202, None), (409, "journal_gap")}
                assert answer.json.get("orders", []) == []
            case ("beat", n, address):
                devices[n].address = address
                assert devices[n].beat().status_code == 202
            case ("wait", minutes):
                clock.move(minutes=minutes)
            case ("silence",):
                observe.write_silences(self.installation.services, self.watching_since)
            case ("flush",):
                observe.flush_contacts(self.installation.services)
            case ("restart",):
                self.restart()
                for device in devices:
                    device.installation, device.app = self.installation, self.app

    def drain(self, device: TestDevice) -> None:
        """What a device does at last: goes on where the server stands, and says that it is there."""
        standing = device.beat().json["next_seq"]
        self.installation.clock.move(seconds=60)
        if standing <= len(device.events):
            assert device.send(standing).json["next_seq"] == len(device.events) + 1
        self.installation.clock.move(seconds=60)
        device.beat()

    def stored(self, device: TestDevice) -> dict[str, Any]:
        """Everything about one journal but what only this journal can have (ids, heads) and when it came."""
        journal_id = UUID(str(device.binding_id))
        own = {"journal_id", "person_id", "head", "received_at"}

        def rows(table: Table) -> list[dict[str, Any]]:
            query = select(table).where(table.c.journal_id == journal_id).order_by(*table.primary_key.columns)
            return [
                {name: value for name, value in row.items() if name not in own}
                for row in transaction.execute(query).mappings()
            ]

        with self.installation.services.read() as transaction:
            standing = transaction.execute(
                select(journals.c.next_seq, journals.c.reading, journals.c.open_since, journals.c.head).where(
                    journals.c.id == journal_id
                )
            ).one()
            assert bytes(standing.head) == device.heads[-1]
            return {
                "events": rows(events), "sessions": rows(sessions), "segments": rows(segments), "gaps": rows(gaps),
                "next_seq": standing.next_seq, "reading": standing.reading, "open_since": standing.open_since,
            }  # fmt: skip

    def seen(self) -> set[str]:
        """Kinds of observations that were ever made here."""
        with self.installation.services.read() as transaction:
            return set(transaction.execute(select(observations.c.kind)).scalars())


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    made = World(database_url, tmp_path)
    yield made
    made.installation.services.database.close()


def test_any_delivery_is_stored_like_a_perfect_one(world: World) -> None:
    @given(st.lists(days(), min_size=DEVICES, max_size=DEVICES), happenings)
    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    def deliver(recorded: list[list[Event]], happened: list[tuple[Any, ...]]) -> None:
        perfect = [world.device(each) for each in recorded]
        for twin in perfect:
            assert twin.send(1).status_code == 202
        real = [world.device(each) for each in recorded]
        for what in happened:
            world.happen(real, what)
        for device in real:
            world.drain(device)
        for twin in perfect:  # they fell silent too while the others were busy, and come back
            twin.installation, twin.app = world.installation, world.app
            world.drain(twin)
        assert [world.stored(device) for device in real] == [world.stored(twin) for twin in perfect]

    deliver()
    assert {"silent", "heard", "network_place"} <= world.seen()  # what was to be survived did happen
    assert all(equal for _, equal in rebuild(world.installation.services, repair=False))
    assert [fault for fault in judge(tables_of(world.url)) if fault.invariant == "I6"] == []


BAD: dict[str, Callable[[Any], Any]] = {
    "a session that ends later": lambda transaction: transaction.exec_driver_sql(
        "UPDATE sessions SET end_known = 'google' WHERE ended_at IS NOT NULL"
    ),
    "a segment that is gone": lambda transaction: transaction.exec_driver_sql("DELETE FROM segments"),
    "a fold that counts otherwise": lambda transaction: transaction.exec_driver_sql(
        """UPDATE journals SET reading = '{"n":7,"offset":0}'"""
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_was_altered_is_found_and_built_again(world: World, name: str) -> None:
    device = world.device([
        {"seq": 1, "at": written(EIGHT), "kind": "started", "how": "login"},
        {"seq": 2, "at": written(EIGHT + timedelta(hours=1)), "kind": "locked"},
        {"seq": 3, "at": written(EIGHT + timedelta(hours=2)), "kind": "unlocked"},
        {"seq": 4, "at": written(EIGHT + timedelta(hours=3)), "kind": "ended", "how": "recovered"},
    ])  # fmt: skip
    device.send(1)
    before = world.stored(device)
    services = world.installation.services
    services.write(BAD[name])
    assert world.stored(device) != before
    assert [equal for _, equal in rebuild(services, repair=False)] == [False]
    assert world.stored(device) != before  # looking changes nothing
    assert [equal for _, equal in rebuild(services, repair=True)] == [False]
    assert world.stored(device) == before
    assert [equal for _, equal in rebuild(services, repair=False)] == [True]
