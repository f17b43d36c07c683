import assert from 'node:assert/strict';
import { test } from 'node:test';

import { MOST_EVENT_BYTES } from '../../extension/events.js';
import { KEEP_EVENTS, KEEP_MS, append, bodyOf, ensureKey, marksAfter, newJournal, nextBatch, prunableThrough, prune, record } from '../../extension/outbox.js';
import { makeKey } from '../../extension/signing.js';
import { MORNING, Rig } from './rig.js';

const AT = '2026-11-24T00:00:00.000Z';
const DAY = 86_400_000;

/** @param {Rig} rig @param {any[]} events */
const put = (rig, ...events) => rig.db.change((t) => append(t, events.map((event) => ({ at: AT, kind: 'x', ...event }))));

const withKey = async () => {
  const rig = new Rig();
  await ensureKey(rig.db, makeKey);
  return rig;
};

test('numbers are given from 1 inside the transaction, also to two writers at once', async () => {
  const rig = await withKey();
  await Promise.all(Array.from({ length: 20 }, (_, i) => put(rig, { i })));
  const recorded = await rig.recorded();
  assert.deepEqual(recorded.map(({ seq }) => seq), Array.from({ length: 20 }, (_, i) => i + 1));
  assert.deepEqual(new Set(recorded.map(({ i }) => i)).size, 20);
});

test('two contexts that both find no key make one journal', async () => {
  const rig = new Rig();
  const [a, b] = await Promise.all([ensureKey(rig.db, makeKey), ensureKey(rig.db, makeKey)]);
  assert.equal(a.keyid, b.keyid);
  assert.deepEqual(await rig.meta('journal'), newJournal(a.keyid));
});

test('an event above 60 KB undoes its whole transaction', async () => {
  const rig = await withKey();
  await assert.rejects(put(rig, {}, { note: 'n'.repeat(MOST_EVENT_BYTES) }));
  assert.deepEqual(await rig.recorded(), []);
  assert.equal((await rig.meta('journal')).last_seq, 0);
});

test('a decision that throws leaves nothing behind', async () => {
  const rig = await withKey();
  await assert.rejects(record(rig.db, MORNING, () => { throw new Error('a mistake'); }), /a mistake/);
  assert.deepEqual(await rig.recorded(), []);
});

test('the body carries the texts as they are stored, and the frame', async () => {
  const rig = await withKey();
  await put(rig, { note: '前橋' }, { note: 'b' });
  const batch = await nextBatch(rig.db);
  const body = await bodyOf(batch, { alive: true, now: AT });
  const keyid = await rig.keyid();
  assert.deepEqual(JSON.parse(body), {
    first_seq: 1, prev_head: keyid, first_kept: 1, alive: true, sent_at: AT,
    events: [{ at: AT, kind: 'x', note: '前橋', seq: 1 }, { at: AT, kind: 'x', note: 'b', seq: 2 }],
  });
  assert.ok(body.includes(batch.records[0].text));
});

test('a beat carries the own last number + 1 and the own last head', async () => {
  const rig = await withKey();
  await put(rig, {}, {});
  const { records } = await nextBatch(rig.db);
  await rig.db.change(async (t) => t.put('meta', { ...(await t.get('meta', 'journal')), next_seq: 3 }, 'journal'));
  const beat = await nextBatch(rig.db);
  assert.deepEqual([beat.first_seq, beat.prev_head, beat.records.length], [3, records[1].head, 0]);
});

test('an event that nobody can read is sent by its digest, and the heads after it stand', async () => {
  const rig = await withKey();
  await put(rig, { note: 'a' }, { note: 'b' });
  const whole = await nextBatch(rig.db);
  await rig.db.change((t) => t.put('events', { ...whole.records[0], head: undefined, unsendable: true }));
  const again = await nextBatch(rig.db);
  assert.equal(again.records[1].head, whole.records[1].head);
  const { events } = JSON.parse(await bodyOf(again, { alive: true, now: AT }));
  assert.deepEqual([events[0].kind, events[0].seq, events[0].at, events[0].digest.length], ['unsendable', 1, AT, 43]);
  assert.deepEqual(Object.keys(events[0]).sort(), ['at', 'digest', 'kind', 'seq']);
});

test('acknowledgments leave one mark a day', () => {
  let marks = marksAfter([], 11, 0);
  marks = marksAfter(marks, 21, DAY - 1);
  marks = marksAfter(marks, 21, DAY + 5);
  assert.deepEqual(marks, [{ through: 20, since: 0, at: DAY - 1 }]);
  marks = marksAfter(marks, 31, DAY + 6);
  assert.deepEqual(marks.map(({ through }) => through), [20, 30]);
});

test('a restored backup makes acknowledgments void', () => {
  const marks = [{ through: 20, since: 0, at: 1 }, { through: 40, since: DAY, at: DAY }];
  assert.deepEqual(marksAfter(marks, 31, 2 * DAY), [marks[0], { through: 30, since: 2 * DAY, at: 2 * DAY }]);
  assert.deepEqual(marksAfter(marks, 1, 2 * DAY), []);
});

test('only what was acknowledged 14 days ago may go', () => {
  const journal = { ...newJournal('k'), last_seq: 50, next_seq: 41, marks: [{ through: 20, since: 0, at: 100 }, { through: 40, since: DAY, at: DAY }] };
  assert.equal(prunableThrough(journal, KEEP_MS + 99), 0);
  assert.equal(prunableThrough(journal, KEEP_MS + 100), 20);
  assert.equal(prunableThrough(journal, KEEP_MS + 99 * DAY), 40);
});

test('of acknowledged events at most 20,000 stay, of others all', () => {
  const journal = { ...newJournal('k'), last_seq: 90_000, next_seq: 30_001 };
  assert.equal(prunableThrough(journal, 0), 30_000 - KEEP_EVENTS);
  assert.equal(prunableThrough({ ...journal, next_seq: 1 }, 0), 0);
  assert.equal(prunableThrough({ ...journal, next_seq: 5, marks: [{ through: 9, since: 0, at: 0 }] }, KEEP_MS), 4);
});

test('pruning keeps the head it cuts at, so that the next batch and the chain stand', async () => {
  const rig = await withKey();
  await put(rig, {}, {}, {}, {});
  const whole = await nextBatch(rig.db);
  await rig.db.change(async (t) => t.put('meta', { ...(await t.get('meta', 'journal')), next_seq: 4, marks: [{ through: 2, since: 0, at: 0 }] }, 'journal'));
  assert.equal(await prune(rig.db, KEEP_MS), 2);
  assert.deepEqual((await rig.recorded()).map(({ seq }) => seq), [3, 4]);
  const batch = await nextBatch(rig.db);
  assert.deepEqual([batch.first_kept, batch.first_seq, batch.prev_head], [3, 4, whole.records[2].head]);
  await rig.db.change(async (t) => t.put('meta', { ...(await t.get('meta', 'journal')), next_seq: 1 }, 'journal'));
  const refill = await nextBatch(rig.db);
  assert.deepEqual([refill.first_kept, refill.first_seq, refill.prev_head], [3, 3, whole.records[1].head]);
  assert.equal(refill.records[1].head, whole.records[3].head);
});
