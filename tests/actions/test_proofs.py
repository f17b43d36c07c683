"""A log that devices wrote proves itself; each change of it is found, with the journal and the number."""

import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, delete, insert, select, text, update

from dokodemo.actions import proofs, restores
from dokodemo.actions.audit import OPERATOR, record, verify_chain
from dokodemo.app import create_app
from dokodemo.crypto.keys import new_key, thumbprint
from dokodemo.domain.audit import Tag
from dokodemo.domain.proof_words import SENTENCES, cures, sentences
from dokodemo.domain.proofs import Fault, Finding
from dokodemo.store import proofs as blocks
from dokodemo.store.rows.devices import bindings
from dokodemo.store.rows.installation import audit, audit_head
from dokodemo.store.rows.journals import events, gaps, journals, observations, segments, sessions, signed_batches
from tests.actions.proof_city import GAP, NAMED, change, end, lived, proved, put, row, taken_out, told
from tests.device import Google, TestDevice
from tests.installation import Installation, build
from tests.people import add_person


@pytest.fixture
def city(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    built = build(database_url, tmp_path, google=Google())
    yield built
    built.services.database.close()


@pytest.fixture
def journal(city: Installation) -> UUID:
    return lived(city)


def test_a_log_that_devices_wrote_proves_itself(city: Installation, journal: UUID) -> None:
    total, found = proved(city, rebuilt=True)
    assert [] == found
    assert (3, 11, 0, 1) == (total.journals, total.events, total.erased, total.gaps)
    assert 4 == total.batches
    assert total.entries > 0
    assert proofs.Verified(city.clock(), 11, 0) == proofs.last(city.services)


def test_an_empty_installation_has_nothing_wrong(city: Installation) -> None:
    assert None is proofs.last(city.services)
    assert (proofs.Count(), []) == proved(city, rebuilt=True)


def test_a_log_that_was_restored_and_refilled_proves_itself(city: Installation, journal: UUID) -> None:
    restores.begin(city.services, lambda _transaction: None, "copy.dokodemo")
    assert [] == proved(city, rebuilt=True)[1]


def test_an_altered_text_is_found(city: Installation, journal: UUID) -> None:
    said = bytes(row(city, journal, 2).text).replace(b"2026", b"2025")
    change(city, put(journal, 2, text=said))
    found = proved(city)[1]
    assert [(Fault.CHAIN_BROKEN, 2), (Fault.BATCH_DIFFERS, 2)] == told(found, journal)
    assert proofs.Verified(city.clock(), 11, 2) == proofs.last(city.services)


def test_a_removed_event_is_found(city: Installation, journal: UUID) -> None:
    change(city, taken_out(journal, 2))
    found = proved(city)[1]
    assert [(Fault.EVENTS_MISSING, 2), (Fault.BATCH_DIFFERS, 2)] == told(found, journal)
    assert "2番から2番" in sentences(found[0])[0]


def test_swapped_heads_are_found(city: Installation, journal: UUID) -> None:
    left, right = bytes(row(city, journal, 4).head), bytes(row(city, journal, 5).head)
    change(city, put(journal, 4, head=right))
    change(city, put(journal, 5, head=left))
    assert [(Fault.CHAIN_BROKEN, 4), (Fault.CHAIN_BROKEN, 5)] == told(proved(city)[1], journal)


def test_a_removed_gap_is_found(city: Installation, journal: UUID) -> None:
    change(city, lambda transaction: transaction.execute(delete(gaps)))
    assert [(Fault.EVENTS_MISSING, GAP[0])] == told(proved(city)[1], journal)


def test_a_gap_that_covers_what_is_there_is_found(city: Installation, journal: UUID) -> None:
    change(city, lambda t: t.execute(update(gaps).where(gaps.c.journal_id == journal).values(from_seq=5)))
    faults = {fault for fault, _ in told(proved(city)[1], journal)}
    assert {Fault.EVENTS_MISSING, Fault.GAP_MISPLACED} == faults


def test_a_kind_that_is_not_the_texts_is_found(city: Installation, journal: UUID) -> None:
    change(city, put(journal, 2, kind="unlocked"))
    assert [(Fault.KIND_ALTERED, 2)] == told(proved(city)[1], journal)


def test_the_newest_events_taken_out_are_found(city: Installation, journal: UUID) -> None:
    change(city, taken_out(journal, 9))
    faults = [(Fault.END_DIFFERS, 9), (Fault.BATCH_MISPLACED, 9), (Fault.BATCH_DIFFERS, 9)]
    assert faults == told(proved(city)[1], journal)
    change(city, end(journal, next_seq=9, head=bytes(row(city, journal, 8).head)))
    assert faults[1:] == told(proved(city)[1], journal)


def test_a_head_that_is_not_the_last_events_is_found(city: Installation, journal: UUID) -> None:
    change(city, end(journal, head=bytes(32)))
    assert [(Fault.HEAD_DIFFERS, NAMED)] == told(proved(city)[1], journal)


def test_an_erased_text_is_no_damage_and_the_chain_goes_on(city: Installation, journal: UUID) -> None:
    for seq in (1, 2, 3):
        change(city, put(journal, seq, text=None))
    total, found = proved(city, rebuilt=True)
    assert ([], 3, 1) == (found, total.erased, total.skipped)
    which = (signed_batches.c.journal_id == journal, signed_batches.c.month == "2026-11")
    change(city, lambda t: t.execute(delete(signed_batches).where(*which)))  # it held the texts of that month
    assert [] == proved(city)[1]
    change(city, put(journal, 4, text=b"{}"))
    assert (Fault.CHAIN_BROKEN, 4) in told(proved(city)[1], journal)


def test_a_text_that_is_no_json_is_a_finding_and_no_crash(city: Installation, journal: UUID) -> None:
    change(city, put(journal, 2, text=b'{"kind":"unsendable","digest":'))
    assert (Fault.CHAIN_BROKEN, 2) == told(proved(city, rebuilt=True)[1], journal)[0]


@pytest.mark.parametrize(
    ("signature", "fault"),
    [("{", Fault.UNREADABLE), ('{"signature":7}', Fault.UNREADABLE), ("7", Fault.BATCH_FORGED)],
)
def test_rows_that_nobody_can_read_are_a_finding_and_no_crash(
    city: Installation, journal: UUID, signature: str, fault: Fault
) -> None:
    change(city, lambda t: t.execute(text("UPDATE signed_batches SET signature = :it"), {"it": signature}))
    total, found = proved(city)
    assert ({fault}, 3) == ({one.fault for one in found}, total.journals)


def test_a_stored_reading_that_nobody_can_read_is_a_finding(city: Installation, journal: UUID) -> None:
    change(city, lambda transaction: transaction.execute(text("UPDATE journals SET reading = '['")))
    assert [] == proved(city)[1]
    assert {Fault.UNREADABLE} == {one.fault for one in proved(city, rebuilt=True)[1]}


def test_an_audit_entry_that_nobody_can_read_is_found_at_its_number(city: Installation, journal: UUID) -> None:
    change(city, lambda transaction: transaction.execute(text("UPDATE audit SET payload = '{' WHERE n = 3")))
    assert [(Fault.AUDIT_BROKEN, 3)] == [(one.fault, one.seq) for one in proved(city)[1]]


def test_events_under_another_person_are_found(city: Installation, journal: UUID) -> None:
    values = row(city, journal, 9)._asdict() | {"person_id": uuid4(), "seq": 100}
    change(city, lambda transaction: transaction.execute(insert(events).values(values)))
    assert [(Fault.STRAY_EVENTS, 100)] == told(proved(city)[1], journal)


def test_a_journal_that_was_taken_out_as_a_whole_is_found_by_the_trail(city: Installation, journal: UUID) -> None:
    def work(transaction: Connection) -> None:
        for table in (events, gaps, observations, sessions, segments, signed_batches):
            transaction.execute(delete(table).where(table.c.journal_id == journal))
        transaction.execute(delete(journals).where(journals.c.id == journal))
        transaction.execute(delete(bindings).where(bindings.c.id == journal))

    change(city, work)
    ((fault, _),) = told(found := proved(city)[1], journal)
    assert Fault.JOURNAL_MISSING is fault
    assert "監査証跡" in sentences(found[0])[0]


def test_a_key_that_nobody_made_is_found(city: Installation, journal: UUID) -> None:
    key = new_key()
    with city.services.read() as transaction:
        known = transaction.execute(select(bindings).where(bindings.c.id == journal)).one()
    made = known._asdict() | {"id": uuid4(), "public_key": key.point, "thumbprint": thumbprint(key.point)}
    change(city, lambda transaction: transaction.execute(insert(bindings).values(made)))
    assert [Fault.KEY_UNRECORDED] == [one.fault for one in proved(city)[1]]


@pytest.mark.parametrize("where", ["middle", "end"])
def test_an_audit_entry_that_was_cut_out_is_found(city: Installation, journal: UUID, where: str) -> None:
    with city.services.read() as transaction:
        count = transaction.execute(select(audit_head.c.n)).scalar_one()
    n = count if where == "end" else 1
    change(city, lambda transaction: transaction.execute(delete(audit).where(audit.c.n == n)))
    found = proved(city)[1]
    assert (Fault.AUDIT_BROKEN, n) in [(one.fault, one.seq) for one in found]
    assert f"{n}番" in sentences(next(one for one in found if one.fault is Fault.AUDIT_BROKEN))[0]


def test_an_audit_entry_whose_contents_were_erased_is_no_damage(city: Installation, journal: UUID) -> None:
    change(city, lambda transaction: transaction.execute(update(audit).values(payload=None, salt=None)))
    assert [] == proved(city)[1]


def test_a_stored_session_that_the_logs_do_not_read_as_is_found_by_rebuild_alone(
    city: Installation, journal: UUID
) -> None:
    change(city, lambda t: t.execute(update(sessions).where(sessions.c.journal_id == journal).values(start_known="x")))
    assert [] == proved(city)[1]
    found = proved(city, rebuilt=True)[1]
    assert [(Fault.READING_DIFFERS, None)] == told(found, journal)
    assert "rebuild --repair" in cures(found[0])[0]


def test_of_a_journal_with_much_damage_the_first_are_told_and_all_are_counted(
    city: Installation, journal: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proofs, "MOST", 3)
    change(city, lambda t: t.execute(update(events).where(events.c.journal_id == journal).values(kind="slept")))
    total, found = proved(city)
    assert (3, 7) == (len(found), total.findings)


def test_a_log_longer_than_a_block_is_gone_through_whole(
    city: Installation, journal: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 2)
    total, _ = proved(city)
    assert 11 == total.events
    change(city, taken_out(journal, 8))
    assert (Fault.EVENTS_MISSING, 8) in told(proved(city)[1], journal)


def test_a_snapshot_sees_one_state_while_others_write(city: Installation, journal: UUID) -> None:
    with city.services.snapshot() as transaction:
        before = blocks.count_journals(transaction), transaction.execute(select(journals.c.head)).all()
        change(city, lambda t: t.execute(update(journals).values(head=bytes(32))))
        assert before == (blocks.count_journals(transaction), transaction.execute(select(journals.c.head)).all())
    with city.services.read() as transaction:
        assert {bytes(32)} == {bytes(head) for head in transaction.execute(select(journals.c.head)).scalars()}


def test_nothing_is_found_while_devices_go_on_sending(city: Installation) -> None:
    """Both go on at once: each journal, and the trail with its head, is judged as of one moment."""
    add_person(city)
    app = create_app(city.services, city.config)
    device = TestDevice(city, app)
    device.bind()
    stop = threading.Event()

    def send() -> None:
        while not stop.is_set():
            device.record("locked")
            device.send(len(device.events))
            city.services.write(lambda t: record(t, city.services, Tag.SIGN_IN_SUCCEEDED, actor=OPERATOR))

    sending = threading.Thread(target=send)
    sending.start()
    found: list[Finding] = []
    most = 0
    try:
        for _ in range(40):
            total, seen = proved(city)
            found += seen
            most = max(most, total.events)
            assert None is verify_chain(city.services).broken
    finally:
        stop.set()
        sending.join()
    assert [] == found
    assert most > 5, "next to nothing was sent meanwhile"


def test_every_fault_has_its_words() -> None:
    assert set(Fault) == set(SENTENCES)
