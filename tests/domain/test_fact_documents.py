"""Facts as documents: what goes out comes back, and a return stays one."""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from dokodemo.domain.events import Place
from dokodemo.domain.fact_documents import (
    CLEARED,
    WHEREABOUTS,
    assembled,
    clearing,
    device_facts_of,
    document_of,
    document_of_device,
    document_of_whereabouts,
    whereabouts_of,
)
from dokodemo.domain.facts import DeviceFacts, State
from dokodemo.domain.statuses import Status
from dokodemo.domain.whereabouts import Via, Whereabouts

ZONE = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 11, 24, 1, 42, tzinfo=UTC)
PERSON = UUID(int=7)

instants = st.one_of(st.none(), st.integers(0, 10**9).map(lambda ms: NOW + timedelta(milliseconds=ms)))
devices = st.builds(DeviceFacts, st.sampled_from(State), st.one_of(st.none(), st.sampled_from(Place)), *[instants] * 4)


def out(**members: object) -> Whereabouts:
    facts = {
        "id": UUID(int=1), "person_id": PERSON, "status": Status.FIELD, "destination": "県庁", "back_at": None, "note": None,
        "from_at": None, "until_at": None, "made_at": NOW, "author_id": PERSON, "via": Via.WEB,
    }  # fmt: skip
    return Whereabouts(**(facts | members))  # type: ignore[arg-type]


@given(devices)
def test_a_devices_facts_come_back_as_they_were(facts: DeviceFacts) -> None:
    assert facts == device_facts_of(document_of_device(facts))


def test_an_entry_comes_back_as_it_was() -> None:
    for entry in (out(), out(back_at=NOW, from_at=NOW, until_at=NOW, note="―", author_id=UUID(int=9))):
        assert entry == whereabouts_of(document_of_whereabouts(entry))


def test_a_return_stays_one_after_the_person_steps_away() -> None:
    sources: dict[str, object] = {WHEREABOUTS: document_of_whereabouts(out())}
    back_at = NOW + timedelta(hours=1)
    sources["journal"] = document_of_device(DeviceFacts(State.ACTIVE, Place.DESK, None, back_at, None, back_at))
    facts = assembled(PERSON, sources, zone=ZONE)  # type: ignore[arg-type]
    assert back_at == facts.cleared_at
    cleared = clearing(facts, sources)  # type: ignore[arg-type]
    assert cleared is not None
    sources |= {CLEARED: cleared, "journal": document_of_device(DeviceFacts(State.LOCKED, Place.DESK))}
    away = assembled(PERSON, sources, zone=ZONE)  # type: ignore[arg-type]
    assert (State.LOCKED, back_at) == (away.state, away.cleared_at)
    assert clearing(away, sources) is None  # type: ignore[arg-type]


def test_a_new_entry_is_not_cleared_by_the_return_from_the_last_one() -> None:
    sources = {
        WHEREABOUTS: document_of_whereabouts(out(id=UUID(int=2))),
        CLEARED: {"entry": str(UUID(int=1)), "at": "2026-11-24T02:42:00.000Z"},
    }
    assert assembled(PERSON, sources, zone=ZONE).cleared_at is None


def test_the_wire_has_every_member_even_where_nothing_is_known() -> None:
    document = document_of(assembled(PERSON, {}, zone=ZONE))
    assert {"person_id", "state", "place", "meeting", "since", "until", "whereabouts", "cleared_at"} == set(document)
    assert "none" == document["state"]
