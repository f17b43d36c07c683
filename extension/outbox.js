/**
 * The outbox: what the device has recorded and the server has not acknowledged, and what it has acknowledged lately.
 *
 * An event is recorded when the transaction of `record` is complete; its number is given inside it. What the event says
 * and what the device then takes to be true (locked, away, in a meeting …) change in the same transaction, so that no
 * death of the worker can part them. Heads are a derivation of the texts and are computed when a batch is sent.
 */

import { MOST_EVENTS, base64url, digestOf, fitting, headAfter, textOf } from './events.js';
import { pauseOf } from './recording.js';

/**
 * @typedef {import('./shapes.js').Journal} Journal
 * @typedef {import('./shapes.js').Sender} Sender
 * @typedef {import('./shapes.js').EventRecord} EventRecord
 * @typedef {import('./shapes.js').Activity} Activity
 * @typedef {import('./storage.js').Database} Database
 * @typedef {import('./storage.js').Transaction} Transaction
 */

export const KEEP_MS = 14 * 86_400_000;
export const KEEP_EVENTS = 20_000;
const DAY_MS = 86_400_000;

/** @returns {Sender} */
export const newSender = () => ({
  attempt: 0, failed_at: 0, wait_ms: 0, failing: null, blocked: null, offset_ms: 0,
  last_answer_at: null, last_beat_at: null, next_beat_s: 60, settings_etag: null,
});

/** @param {string} keyid @returns {Journal} */
export const newJournal = (keyid) => ({
  keyid, last_seq: 0, next_seq: 1, base_seq: 0, base_head: keyid, epoch: null, limit: MOST_EVENTS, marks: [],
});

/** @typedef {{pair: CryptoKeyPair, jwk: JsonWebKey, keyid: string}} Key */

/**
 * The key and its journal, made at the first start. Popup and worker may both ask: the first transaction wins.
 * @param {Database} db
 * @param {() => Promise<Key>} makeKey
 * @returns {Promise<Key>}
 */
export const ensureKey = async (db, makeKey) => {
  const known = await db.read((t) => t.get('keys', 'current'), ['keys']);
  if (known) return known;
  const made = await makeKey();
  return db.change(async (t) => {
    const current = await t.get('keys', 'current');
    if (current) return current;
    await t.put('keys', made, 'current');
    await t.put('meta', newJournal(made.keyid), 'journal');
    await t.put('meta', newSender(), 'sender');
    return made;
  }, ['keys', 'meta']);
};

/**
 * Appends inside a transaction; the number is given here.
 * @param {Transaction} t
 * @param {readonly Record<string, unknown>[]} events without `seq`
 * @returns {Promise<Journal>}
 */
export const append = async (t, events) => {
  /** @type {Journal} */
  const journal = await t.get('meta', 'journal');
  for (const event of events) {
    const seq = journal.last_seq + 1;
    await t.put('events', { seq, text: textOf({ ...event, seq }) });
    journal.last_seq = seq;
  }
  if (events.length) await t.put('meta', journal, 'journal');
  return journal;
};

/**
 * @typedef {object} Facts what a decision may look at
 * @property {Activity | undefined} activity
 * @property {Journal} journal
 * @property {'lost' | 'paused' | 'outside_hours' | null} pause
 * @property {Sender} sender
 * @property {Record<string, import('./shapes.js').SettingValue>} settings last good values
 * @property {import('./settings.js').ToApply | undefined} to_apply
 * @property {string[]} recent destinations declared lately, latest first
 *
 * @typedef {object} Decision
 * @property {readonly Record<string, unknown>[]} [events]
 * @property {Activity} [activity]
 * @property {Record<string, unknown>} [meta] further rows of `meta`
 * @property {readonly import('./shapes.js').Waiting[]} [waiting]
 */

/**
 * @param {Transaction} t
 * @param {number} now
 * @returns {Promise<Facts>}
 */
export const factsIn = async (t, now) => {
  const settings = await t.get('settings', 'last_good');
  const conditions = {
    managed: (await t.get('settings', 'managed')) ?? {},
    settings: settings?.values ?? {},
    paused: (await t.get('meta', 'paused')) ?? { recording: false, appliers: false },
    lost: Boolean(await t.get('meta', 'lost')),
  };
  return {
    activity: await t.get('meta', 'activity'),
    journal: await t.get('meta', 'journal'),
    pause: pauseOf(conditions, now),
    sender: await t.get('meta', 'sender'),
    settings: conditions.settings,
    to_apply: await t.get('meta', 'to_apply'),
    recent: (await t.get('meta', 'recent')) ?? [],
  };
};

/**
 * One decision, one transaction: events, the state they lead to, and what waits to be sent beside them.
 * @param {Database} db
 * @param {number} now
 * @param {(facts: Facts) => Decision | null} decide looks at the facts, changes nothing
 * @returns {Promise<number>} how many events were recorded
 */
export const record = (db, now, decide) =>
  db.change(async (t) => {
    const decision = decide(await factsIn(t, now));
    if (decision === null) return 0;
    const { events = [], activity, meta = {}, waiting = [] } = decision;
    await append(t, events);
    if (activity) await t.put('meta', activity, 'activity');
    for (const [key, value] of Object.entries(meta)) await t.put('meta', value, key);
    for (const row of waiting) await t.put('waiting', row);
    return events.length;
  }, ['meta', 'events', 'waiting', 'settings']);

/**
 * The head behind event `seq`, from the nearest head that is known at or below it.
 * @param {Database} db
 * @param {Journal} journal
 * @param {number} seq from `base_seq` to `last_seq`
 */
export const headAt = async (db, journal, seq) => {
  let from = seq;
  /** @type {EventRecord[]} */
  const chain = [];
  let head = journal.base_head;
  while (from > journal.base_seq) {
    const at = from;
    /** @type {EventRecord | undefined} */
    const row = await db.read((t) => t.get('events', at), ['events']);
    if (!row) throw new Error(`event ${at} is missing between ${journal.base_seq} and ${journal.last_seq}`);
    if (row.head) {
      head = row.head;
      break;
    }
    chain.unshift(row);
    from -= 1;
  }
  for (const row of chain) head = await headAfter(head, await digestOf(row.text));
  return head;
};

/** @param {Journal} journal */
export const waitingFrom = (journal) => Math.max(journal.next_seq, journal.base_seq + 1);

/** @param {Journal} journal */
export const unsentIn = (journal) => Math.max(0, journal.last_seq + 1 - waitingFrom(journal));

/**
 * @typedef {object} Batch
 * @property {string} keyid
 * @property {number} first_seq
 * @property {string} prev_head
 * @property {number} first_kept
 * @property {EventRecord[]} records with their heads
 */

/**
 * The oldest events that fit into one request; no records when nothing waits (then it is the frame of a beat).
 * @param {Database} db
 * @returns {Promise<Batch>}
 */
export const nextBatch = async (db) => {
  const { journal, found } = await db.read(async (t) => {
    /** @type {Journal} */
    const current = await t.get('meta', 'journal');
    const range = IDBKeyRange.lowerBound(waitingFrom(current));
    return { journal: current, found: await t.all('events', range, current.limit) };
  }, ['meta', 'events']);
  const first_seq = waitingFrom(journal);
  const prev_head = await headAt(db, journal, first_seq - 1);
  /** @type {EventRecord[]} */
  const records = found.slice(0, fitting(found, { most: journal.limit }));
  let head = prev_head;
  for (const row of records) {
    head = await headAfter(head, await digestOf(row.text));
    row.head = head;
  }
  return { keyid: journal.keyid, first_seq, prev_head, first_kept: journal.base_seq + 1, records };
};

/**
 * The device's own head where an answer says that the server's log ends.
 * @param {Database} db
 * @param {Pick<Batch, 'keyid' | 'first_seq' | 'prev_head' | 'records'>} sent whose heads are known already
 * @param {any} answer
 * @returns {Promise<string | null>} null when the device does not hold it
 */
export const ownHead = async (db, { keyid, first_seq, prev_head, records }, answer) => {
  if (!Number.isSafeInteger(answer?.next_seq)) return null;
  const through = answer.next_seq - 1;
  const known = through === first_seq - 1 ? prev_head : records.find(({ seq }) => seq === through)?.head;
  if (known) return known;
  /** @type {Journal} */
  const journal = await db.read((t) => t.get('meta', 'journal'), ['meta']);
  if (journal.keyid !== keyid || through < journal.base_seq || through > journal.last_seq) return null;
  return headAt(db, journal, through);
};

/**
 * The text of an event on the wire. One that no server could read stands there by its digest alone.
 * @param {EventRecord} row
 */
const onTheWire = async (row) => {
  if (!row.unsendable) return row.text;
  const { at } = JSON.parse(row.text);
  return textOf({ seq: row.seq, at, kind: 'unsendable', digest: base64url(await digestOf(row.text)) });
};

/**
 * @param {Batch} batch
 * @param {{alive: boolean, now: string}} frame
 * @returns {Promise<string>} the body of `POST /api/v1/events`
 */
export const bodyOf = async (batch, { alive, now }) => {
  const texts = await Promise.all(batch.records.map(onTheWire));
  const { first_seq, prev_head, first_kept } = batch;
  const frame = JSON.stringify({ first_seq, prev_head, first_kept, alive, sent_at: now });
  return `${frame.slice(0, -1)},"events":[${texts.join(',')}]}`;
};

/**
 * The marks of acknowledgment after the server has everything below `next_seq`: one a day.
 * @param {Journal['marks']} marks
 * @param {number} next_seq
 * @param {number} now
 * @returns {Journal['marks']}
 */
export const marksAfter = (marks, next_seq, now) => {
  const through = next_seq - 1;
  const kept = marks.filter((mark) => mark.through <= through);
  const last = kept.at(-1);
  if (through < 1 || last?.through === through) return kept;
  if (last && now >= last.since && now - last.since < DAY_MS) {
    return [...kept.slice(0, -1), { through, since: last.since, at: now }];
  }
  return [...kept, { through, since: now, at: now }];
};

/**
 * The last event that may go: acknowledged 14 days ago, or beyond the newest 20,000 acknowledged ones. Never one that
 * is not acknowledged.
 * @param {Journal} journal
 * @param {number} now
 */
export const prunableThrough = (journal, now) => {
  const old = journal.marks.filter((mark) => mark.at <= now - KEEP_MS).at(-1)?.through ?? 0;
  const many = journal.next_seq - 1 - KEEP_EVENTS;
  return Math.max(journal.base_seq, Math.min(Math.max(old, many), journal.next_seq - 1, journal.last_seq));
};

/**
 * @param {Database} db
 * @param {number} now
 * @returns {Promise<number>} how many events went
 */
export const prune = async (db, now) => {
  /** @type {Journal} */
  const seen = await db.read((t) => t.get('meta', 'journal'), ['meta']);
  const through = prunableThrough(seen, now);
  if (through <= seen.base_seq) return 0;
  const base_head = await headAt(db, seen, through);
  return db.change(async (t) => {
    /** @type {Journal} */
    const journal = await t.get('meta', 'journal');
    if (journal.keyid !== seen.keyid || journal.base_seq !== seen.base_seq || through >= journal.next_seq) return 0;
    await t.delete('events', IDBKeyRange.upperBound(through));
    await t.put('meta', { ...journal, base_seq: through, base_head }, 'journal');
    return through - seen.base_seq;
  }, ['meta', 'events']);
};
