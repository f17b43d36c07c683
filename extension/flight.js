/**
 * Flights: one request at a time carries the oldest events, until nothing waits. Every step may be the worker's last;
 * what a flight knows lies in the database, and an answer that was not settled is simply asked for again.
 */

import { meaningOf, settle } from './answers.js';
import { remaining } from './backoff.js';
import { instant } from './events.js';
import { append, bodyOf, factsIn, nextBatch, ownHead } from './outbox.js';
import { received } from './orders_inbox.js';

/**
 * @typedef {import('./storage.js').Database} Database
 * @typedef {import('./answers.js').Outcome} Outcome
 *
 * @typedef {object} Request
 * @property {'GET' | 'POST' | 'PUT'} method
 * @property {string} path below the server's URL
 * @property {string} [body]
 * @property {string} [etag] for If-None-Match
 * @property {string} [keyid] the key to sign with; the current one without it
 * @property {boolean} [unsigned]
 *
 * @typedef {object} Io everything a flight needs from outside
 * @property {Database} db
 * @property {(request: Request) => Promise<Outcome>} call never throws for a network that fails
 * @property {() => number} now
 * @property {() => number} random
 */

/** Server clock − device clock: a change by more than this is recorded. */
export const CLOCK_MOVED_MS = 2_000;

/**
 * @typedef {'idle' | 'waiting' | 'blocked' | import('./answers.js').Effect} End why the flights ended
 */

/**
 * Sends events until none wait. With `beat`, one request goes even when none do.
 * @param {Io} io
 * @param {{alive: boolean, beat: boolean}} want
 * @returns {Promise<End>}
 */
export const fly = async (io, { alive, beat }) => {
  let beats = beat;
  let again = false;
  for (;;) {
    const end = await mayFly(io);
    if (end) return end;
    const batch = await nextBatch(io.db);
    if (batch.records.length === 0 && !beats) return 'idle';
    const body = await bodyOf(batch, { alive, now: instant(io.now()) });
    const outcome = await io.call({ method: 'POST', path: '/api/v1/events', body, keyid: batch.keyid });
    const sent = {
      first_seq: batch.first_seq,
      count: batch.records.length,
      replaced: Boolean(batch.records[0]?.unsendable),
      again,
      own: await ownHead(io.db, batch, outcome.body),
    };
    const settled = await land(io, batch, sent, outcome);
    if (!settled) continue; // the journal was replaced while the request was under way
    if (settled.effects.length) return settled.effects[0];
    if (!settled.onward) return (await mayFly(io)) ?? 'waiting';
    again = meaningOf(outcome) === 'clock';
    if (outcome.status === 202) beats = false;
  }
};

/**
 * @param {Io} io
 * @returns {Promise<'blocked' | 'waiting' | null>}
 */
const mayFly = async ({ db, now }) => {
  /** @type {import('./shapes.js').Sender} */
  const sender = await db.read((t) => t.get('meta', 'sender'), ['meta']);
  if (sender.blocked) return 'blocked';
  return remaining(sender, now()) > 0 ? 'waiting' : null;
};

/**
 * Writes down what an answer means, in one transaction.
 * @param {Io} io
 * @param {import('./outbox.js').Batch} batch
 * @param {import('./answers.js').Sent} sent
 * @param {Outcome} outcome
 * @returns {Promise<import('./answers.js').Settlement | null>} null when the journal is another one by now
 */
const land = ({ db, now, random }, batch, sent, outcome) => {
  const at = now();
  return db.change(async (t) => {
    /** @type {import('./shapes.js').Journal} */
    const journal = await t.get('meta', 'journal');
    if (journal.keyid !== batch.keyid) return null;
    const sender = await t.get('meta', 'sender');
    const settled = settle({ journal, sender }, sent, outcome, { now: at, random });
    for (const row of outcome.status === 0 ? [] : batch.records) {
      const refusal = settled.refused.find(({ seq }) => seq === row.seq);
      const unsendable = row.unsendable || settled.unsendable === row.seq;
      await t.put('events', {
        ...row,
        ...(unsendable ? { unsendable } : {}),
        ...(refusal ? { refused: { code: String(refusal.code), detail: String(refusal.detail ?? '') } } : {}),
      });
    }
    await t.put('meta', settled.journal, 'journal');
    await t.put('meta', settled.sender, 'sender');
    await received(t, batch.keyid, settled.orders);
    await noteClock(t, outcome, at);
    return settled;
  }, ['meta', 'events', 'settings']);
};

/**
 * Records the clock's offset when it has moved.
 * @param {import('./storage.js').Transaction} t
 * @param {Outcome} outcome
 * @param {number} now
 */
const noteClock = async (t, { offset_ms }, now) => {
  if (offset_ms === null) return;
  const { activity, pause } = await factsIn(t, now);
  const sender = await t.get('meta', 'sender');
  await t.put('meta', { ...sender, offset_ms }, 'sender');
  if (!activity || pause || Math.abs(offset_ms - activity.offset_ms) <= CLOCK_MOVED_MS) return;
  await append(t, [{ at: instant(now), kind: 'clock', offset_ms }]);
  await t.put('meta', { ...activity, offset_ms }, 'activity');
};
