"""A new version of the extension arrives in a running Chromium whose outbox is full, and nothing is lost."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from dokodemo.domain.canonical_json import canonical
from dokodemo.store.rows.devices import bindings
from dokodemo.store.rows.journals import events, gaps
from tests.e2e.office import Office
from tests.services.chromium import Device
from tests.services.programs import until

PAIRS = 20  # of locking and unlocking the screen

RECORDED = """async () => {
  const { openDatabase } = await import('/storage.js');
  const db = openDatabase();
  const found = await db.read(async (t) => ({
    journal: await t.get('meta', 'journal'), texts: (await t.all('events')).map((row) => row.text),
  }));
  await db.close();
  return found;
}"""

# Each signal is given when the one before it is on the disk.
LOCK_AND_UNLOCK = """async () => {
  const asked = indexedDB.open('dokodemo');
  const db = await new Promise((done) => { asked.onsuccess = () => done(asked.result); });
  const last = () => new Promise((done) => {
    const row = db.transaction('meta').objectStore('meta').get('journal');
    row.onsuccess = () => done(row.result.last_seq);
  });
  for (const state of ['locked', 'active']) {
    const before = await last();
    chrome.idle.onStateChanged.dispatch(state);
    while (await last() === before) await new Promise((done) => setTimeout(done, 5));
  }
  db.close();
}"""

CONFIGURED = "async () => Object.keys(await chrome.storage.managed.get(null)).length > 0"
VERSION = "() => chrome.runtime.getManifest().version"


@pytest.fixture
def office(sqlite_url: str, tmp_path: Path) -> Iterator[Office]:
    made = Office(sqlite_url, tmp_path / "office")
    yield made
    made.close()


def recorded(chromebook: Device) -> Any:
    """The journal's state and the events that the device holds."""
    page = chromebook.open("popup/popup.html")
    try:
        return page.evaluate(RECORDED)
    finally:
        page.close()


def kinds(texts: list[str]) -> list[str]:
    return [json.loads(text)["kind"] for text in texts]


def rows(office: Office, statement: Any) -> list[Any]:
    with office.services.read() as transaction:
        return list(transaction.execute(statement))


def test_an_update_arrives_with_a_full_outbox_and_nothing_is_lost(
    office: Office, device: Callable[..., Device]
) -> None:
    office.release("1.0")
    office.closed = True
    chromebook = device("a", extension_id=office.extension_id)
    chromebook.policy(office.policy())
    chromebook.start()
    assert "1.0" == chromebook.evaluate(VERSION)
    # Chromium puts policy values and updates off while it starts: a person's first minute, not this test's matter.
    until(lambda: chromebook.evaluate(CONFIGURED), "the policy's values are there", seconds=60)
    until(lambda: "started" in kinds(recorded(chromebook)["texts"]), "recording has begun")
    for _ in range(PAIRS):
        chromebook.evaluate(LOCK_AND_UNLOCK)
    until(lambda: kinds(recorded(chromebook)["texts"]).count("unlocked") == PAIRS, "the outbox is full")
    before = recorded(chromebook)
    assert 1 == before["journal"]["next_seq"]  # the server has taken nothing

    office.release("1.1")
    assert "update_available" == chromebook.evaluate(
        "async () => (await chrome.runtime.requestUpdateCheck()).status"
    )
    until(lambda: chromebook.evaluate(VERSION) == "1.1", "the new version runs", seconds=60)
    after = recorded(chromebook)
    assert before["texts"] == after["texts"][: len(before["texts"])]
    assert before["journal"]["keyid"] == after["journal"]["keyid"]
    assert "started" not in kinds(after["texts"][1:])  # an update is no new browser session

    chromebook.evaluate(LOCK_AND_UNLOCK)
    office.closed = False
    chromebook.send({"kind": "connect"})

    def drained() -> bool:
        now = recorded(chromebook)
        kept: bool = now["journal"]["next_seq"] == now["journal"]["last_seq"] + 1
        return kept and len(kinds(now["texts"])) > 2 * PAIRS

    until(drained, "everything is acknowledged", seconds=60)
    texts = recorded(chromebook)["texts"]
    log = rows(office, select(events.c.text, events.c.refusal).order_by(events.c.seq))
    assert [text.encode() for text in texts] == [bytes(row.text) for row in log]
    assert [canonical(json.loads(text)) for text in texts] == [bytes(row.text) for row in log]
    assert {None} == {row.refusal for row in log}
    assert [] == rows(office, select(gaps))
    assert ["1.1"] == [row.extension_version for row in rows(office, select(bindings.c.extension_version))]
    assert PAIRS + 1 == kinds(texts).count("locked") == kinds(texts).count("unlocked")
