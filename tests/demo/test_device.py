"""Simulated devices against a strict reference of the protocol over real HTTP."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from dokodemo.demo import contact
from dokodemo.demo.contact import backoff
from dokodemo.demo.device import Device
from dokodemo.demo.history import History
from dokodemo.demo.ledger import machines, uses
from dokodemo.demo.roster import Member, people
from dokodemo.demo.wire import Wire
from tests.demo.reference_server import ReferenceServer

USES = uses(people(year=2026), machines())
NOON = datetime(2026, 7, 8, 3, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[ReferenceServer]:
    with ReferenceServer() as running:
        yield running


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contact, "BACKOFF_SECONDS", (0.01, 0.05))


async def token(member: Member, nonce: str) -> str:
    return f"{member.email} {nonce}"


WIRES: list[Wire] = []


def device_of(
    server: ReferenceServer, *, history: History | None = None, error: float = 0, kept: int = 20_000
) -> Device:
    WIRES.append(Wire(server.url))
    return Device(USES[0], server.url, WIRES[-1], token, history=history, error=error, kept=kept)


def run(story: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        try:
            await asyncio.wait_for(story(), 120)
        finally:
            while WIRES:
                await WIRES.pop().close()

    asyncio.run(main())


def record(device: Device, count: int, *, since: datetime = NOON) -> None:
    for n in range(count):
        device.record("locked" if n % 2 else "unlocked", since + timedelta(minutes=n))


def test_a_device_binds_fetches_its_settings_and_sends_its_journal(server: ReferenceServer) -> None:
    device = device_of(server)

    async def story() -> None:
        device.record("started", NOON, {"how": "first_install"})
        device.record("away", NOON + timedelta(minutes=30), {"since": NOON + timedelta(minutes=20)})
        await device.sign_in()
        await device.fetch_settings()
        await device.flush()

    run(story)
    journal = server.journal_of(USES[0].member.email)
    assert journal.kinds() == ["started", "away"]
    assert json.loads(journal.texts[1]) == {
        "seq": 2, "at": "2026-07-08T03:30:00.000Z", "kind": "away", "since": "2026-07-08T03:20:00.000Z",
    }  # fmt: skip
    assert device.outbox.waiting == 0
    assert device.settings == server.settings["values"]
    assert server.results == [{"revision": [1, 1], "results": [{"key": "text_size", "state": "applied"}]}]
    assert server.violations == []


def test_it_comes_from_the_address_of_its_site(server: ReferenceServer) -> None:
    device = device_of(server)
    device.contact.source = "127.13.2.1"
    run(device.flush)
    assert set(server.journal_of(USES[0].member.email).sources) == {"127.13.2.1"}


def test_a_lost_answer_leads_to_a_repeat_and_no_event_twice(server: ReferenceServer) -> None:
    device = device_of(server)
    record(device, 5)
    server.plan_fault("events", "cut", "drop", 503, "cut")
    run(device.flush)
    assert server.journal_of(USES[0].member.email).next_seq == 6
    assert (device.outbox.waiting, device.figures.retries, device.refusal) == (0, 4, None)


def test_a_lost_binding_is_repeated_until_it_stands(server: ReferenceServer) -> None:
    device = device_of(server)
    server.plan_fault("bindings", "cut", 500)
    server.plan_fault("bindings:challenge", "drop", 429)
    run(device.sign_in)
    assert list(server.journals) == [device.journal]
    assert device.binding_id == server.journals[device.journal].binding_id


def test_more_than_200_events_go_in_several_flights(server: ReferenceServer) -> None:
    device = device_of(server)
    record(device, 450)
    run(device.flush)
    assert server.journal_of(USES[0].member.email).next_seq == 451
    assert device.figures.routes["events"].statuses == {202: 3}


def test_with_nothing_waiting_it_beats(server: ReferenceServer) -> None:
    device = device_of(server)

    async def story() -> None:
        await device.flush()
        await device.flush()

    run(story)
    assert server.journal_of(USES[0].member.email).beats == 2
    assert device.figures.routes["beat"].statuses == {202: 2}


def test_a_server_that_lost_its_tail_gets_it_again(server: ReferenceServer) -> None:
    device = device_of(server)

    async def story() -> None:
        record(device, 6)
        await device.flush()
        journal = server.journal_of(USES[0].member.email)
        del journal.texts[3:], journal.heads[4:]
        record(device, 1, since=NOON + timedelta(hours=1))
        await device.flush()

    run(story)
    assert server.journal_of(USES[0].member.email).next_seq == 8
    assert device.figures.codes["events journal_gap"] == 1


def test_on_a_new_epoch_it_fills_the_log_again(server: ReferenceServer) -> None:
    device = device_of(server)

    async def story() -> None:
        record(device, 6)
        await device.flush()
        journal = server.journal_of(USES[0].member.email)
        del journal.texts[2:], journal.heads[3:]
        server.epoch = 2
        await device.flush()

    run(story)
    assert server.journal_of(USES[0].member.email).next_seq == 7


def test_on_a_new_epoch_it_fills_the_log_again_from_what_it_keeps(server: ReferenceServer, tmp_path: Path) -> None:
    history = History(tmp_path / "devices.jsonl")
    device = device_of(server, history=history, kept=4)

    async def story() -> None:
        record(device, 6)
        await device.flush()
        record(device, 3, since=NOON + timedelta(hours=1))
        await device.flush()
        journal = server.journal_of(USES[0].member.email)
        del journal.texts[2:], journal.heads[3:]
        server.epoch = 2
        await device.flush()

    run(story)
    history.close()
    assert (device.outbox.first_kept, device.outbox.waiting) == (6, 0)
    assert server.journal_of(USES[0].member.email).next_seq == 10
    lines = [json.loads(line) for line in (tmp_path / "devices.jsonl").read_text().splitlines()]
    told = [line for line in lines if line["what"] in ("pruned", "epoch")]
    assert [(line["what"], line.get("through", line.get("next_seq"))) for line in told] == [
        ("pruned", 2), ("pruned", 3), ("pruned", 4), ("pruned", 5), ("epoch", 3),
    ]  # fmt: skip


def test_an_order_for_a_token_is_obeyed_again_when_it_could_not_be(server: ReferenceServer) -> None:
    device = device_of(server)

    async def story() -> None:
        record(device, 1)
        await device.flush()
        server.journal_of(USES[0].member.email).orders = [{"id": "7", "kind": "present_token"}]
        server.plan_fault("bindings", 503)
        await device.flush()

    run(story)
    assert (device.figures.routes["binding"].statuses[503], device.figures.routes["order_result"].statuses[204]) == (1, 1)


def test_an_unknown_key_is_bound_again_with_the_same_journal(server: ReferenceServer) -> None:
    device = device_of(server)

    async def story() -> None:
        record(device, 2)
        await device.flush()
        server.journals.clear()
        record(device, 1, since=NOON + timedelta(hours=1))
        await device.flush()

    run(story)
    assert server.journals[device.journal].next_seq == 4


def test_a_revoked_key_stops_sending_and_keeps_its_outbox(server: ReferenceServer) -> None:
    device = device_of(server)

    async def story() -> None:
        await device.flush()
        server.journals[device.journal].status = "revoked"
        record(device, 3)
        await device.flush()
        await device.flush()

    run(story)
    assert (device.refusal, device.outbox.waiting) == ("revoked", 3)
    assert device.figures.codes["events revoked"] == 1


def test_who_is_not_in_the_roster_sends_nothing(server: ReferenceServer) -> None:
    server.unknown_people.add(USES[0].member.email)
    device = device_of(server)
    record(device, 2)
    run(device.flush)
    assert (device.refusal, server.journals, device.outbox.waiting) == ("not_in_roster", {}, 2)


def test_a_wrong_clock_is_corrected_for_signatures_and_recorded_as_an_offset(server: ReferenceServer) -> None:
    device = device_of(server, error=-900)

    async def story() -> None:
        device.record("started", datetime.now(UTC), {"how": "login"})
        await device.flush()
        await device.flush()

    run(story)
    journal = server.journal_of(USES[0].member.email)
    assert journal.kinds() == ["started", "clock"]
    assert json.loads(journal.texts[1])["offset_ms"] == pytest.approx(900_000, abs=1000)
    assert device.figures.codes["binding clock_skew"] == 1
    started = datetime.fromisoformat(json.loads(journal.texts[0])["at"])
    assert (datetime.now(UTC) - started).total_seconds() == pytest.approx(900, abs=10)


def test_what_the_answer_to_a_beat_makes_it_record_does_not_wait_for_the_next(server: ReferenceServer) -> None:
    device = device_of(server, error=-900)
    run(lambda: device.flush(once=True))
    assert server.journal_of(USES[0].member.email).kinds() == ["clock"]
    assert device.outbox.waiting == 0


def test_a_fork_makes_a_new_key_and_carries_over_what_was_never_acknowledged(server: ReferenceServer) -> None:
    device = device_of(server)

    async def story() -> None:
        record(device, 2)
        await device.flush()
        old = server.journals[device.journal]
        old.texts.append(b'{"kind":"x"}')  # somebody else went on with a copy of the profile
        old.heads.append(b"\x01" * 32)
        record(device, 2, since=NOON + timedelta(hours=1))
        await device.flush()
        await device.flush()

    run(story)
    old, new = server.journals.values()
    assert new.point != old.point
    carried = [json.loads(text) for text in new.texts]
    assert [event["carried_over"] for event in carried] == [f"{old.binding_id}/3", f"{old.binding_id}/4"]
    assert [event["at"] for event in carried] == ["2026-07-08T04:00:00.000Z", "2026-07-08T04:01:00.000Z"]
    assert [state for _, state in server.order_results] == ["done"]
    assert device.outbox.waiting == 0


def test_an_event_that_cannot_be_read_is_sent_as_unsendable_and_the_chain_stands(server: ReferenceServer) -> None:
    device = device_of(server)
    record(device, 3)
    device.record("policy_notice", NOON + timedelta(hours=1), {"text": "unreadable"})
    record(device, 3, since=NOON + timedelta(hours=2))
    run(device.flush)
    journal = server.journal_of(USES[0].member.email)
    assert journal.kinds() == ["unlocked", "locked", "unlocked", "unsendable", "unlocked", "locked", "unlocked"]
    assert journal.heads[-1] == device.outbox.head


def test_a_change_of_settings_is_fetched_with_the_next_beat_and_never_an_older_one(server: ReferenceServer) -> None:
    device = device_of(server)

    async def story() -> None:
        await device.flush()
        await device.fetch_settings()
        server.settings = {"n": 3, "values": {"text_size": {"value": 20, "layer": "unit"}}}
        await device.flush()
        server.settings = {"n": 2, "values": {"text_size": {"value": 16, "layer": "unit"}}}
        await device.flush()

    run(story)
    assert (device.revision, device.settings["text_size"]["value"]) == ([1, 3], 20)


def test_whereabouts_are_repeated_under_one_id(server: ReferenceServer) -> None:
    device = device_of(server)
    server.plan_fault("whereabouts", "cut", 503)

    async def story() -> None:
        await device.sign_in()
        await device.declare("field", NOON, destination="県庁", back_at=NOON + timedelta(hours=2))

    run(story)
    (entry,) = server.whereabouts.values()
    assert (entry["status"], entry["destination"], entry["back_at"]) == ("field", "県庁", "2026-07-08T05:00:00.000Z")


def test_the_history_says_what_was_recorded_sent_and_acknowledged(server: ReferenceServer, tmp_path: Path) -> None:
    history = History(tmp_path / "histories" / "devices.jsonl")
    device = device_of(server, history=history)
    record(device, 2)
    server.plan_fault("events", "cut")
    run(device.flush)
    history.close()
    lines = [json.loads(line) for line in (tmp_path / "histories" / "devices.jsonl").read_text().splitlines()]
    expected = ["recorded", "recorded", "bound", "sent", "sent", "acknowledged", "applied"]
    assert [line["what"] for line in lines] == expected
    assert {line["journal"] for line in lines} == {device.journal}
    assert lines[0]["text"].encode() == server.journals[device.journal].texts[0]
    assert lines[-2]["next_seq"] == 3
    assert lines[-1]["revision"] == device.revision


def test_latency_counts_from_the_scheduled_time(server: ReferenceServer) -> None:
    import time

    device = device_of(server)

    async def story() -> None:
        await device.sign_in()
        await device.flush(time.perf_counter() - 0.5)

    run(story)
    beat = device.figures.routes["beat"]
    assert beat.latencies[0] > 0.5
    assert (device.figures.late, device.figures.latest > 0.5) == (1, True)


def test_backoff_is_full_jitter_up_to_five_minutes_and_retry_after_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contact, "BACKOFF_SECONDS", (2.0, 300.0))
    random = Random(1)
    waits = [[backoff(random, attempt, None) for _ in range(500)] for attempt in (0, 3, 20)]
    assert [round(max(wait)) for wait in waits] == [2, 16, 300]
    assert min(min(wait) for wait in waits) >= 0
    assert sum(waits[0]) / 500 == pytest.approx(1, abs=0.1)
    assert all(30 <= backoff(random, 9, 30) <= 32 for _ in range(50))


def test_two_hundred_devices_lose_nothing_while_a_tenth_of_the_answers_is_lost(server: ReferenceServer) -> None:
    random = Random(7)
    wire = Wire(server.url)
    WIRES.append(wire)
    devices = [Device(use, server.url, wire, token) for use in USES[:200]]
    faults = random.choices(["pass", "cut", "drop", 503], weights=[18, 1, 1, 1], k=600)
    server.plan_fault("events", *faults)

    async def one(device: Device) -> None:
        for n in range(3):
            record(device, 4, since=NOON + timedelta(hours=n))
            await device.flush()

    async def story() -> None:
        await asyncio.gather(*(one(device) for device in devices))

    run(story)
    assert [server.journals[device.journal].next_seq for device in devices] == [13] * 200
    assert server.violations == []
