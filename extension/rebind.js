/**
 * A new key and a new journal, after a fork: a copied profile, a disk set back. What was never acknowledged is appended
 * again, marked with where it stood, so that the server counts it once. One transaction: before it the old journal
 * stands, after it the new one.
 */

import { canonical, formed, instant } from './events.js';
import { append, newJournal, newSender, waitingFrom } from './outbox.js';

/**
 * @typedef {import('./storage.js').Database} Database
 * @typedef {import('./shapes.js').EventRecord} EventRecord
 */

/**
 * @param {Database} db
 * @param {() => Promise<import('./outbox.js').Key>} makeKey
 * @param {{keyid: string, now: number, orderId?: string}} about `keyid`: the key to leave; nothing is done when another
 *   one stands there already
 * @returns {Promise<boolean>} whether the journal was replaced
 */
export const rebind = async (db, makeKey, { keyid, now, orderId }) => {
  const made = await makeKey();
  return db.change(async (t) => {
    /** @type {import('./shapes.js').Journal} */
    const old = await t.get('meta', 'journal');
    if (old.keyid !== keyid) return false;
    const binding = await t.get('meta', 'binding');
    const identity = (await t.get('meta', 'identity')) ?? { trouble: null };
    /** @type {EventRecord[]} */
    const waiting = await t.all('events', IDBKeyRange.lowerBound(waitingFrom(old)));
    const left = await t.get('keys', 'current');
    await t.put('keys', left, 'previous');
    await t.put('keys', made, 'current');
    await t.clear('events');
    const sender = await t.get('meta', 'sender');
    await t.put('meta', { ...newSender(), offset_ms: sender.offset_ms, next_beat_s: sender.next_beat_s }, 'sender');
    await t.delete('meta', 'binding');
    const replaces = binding?.binding_id ?? null;
    await t.put('meta', { ...identity, trouble: null, attempt: 0, failed_at: 0, wait_ms: 0, wanted: false, replaces }, 'identity');
    const journal = newJournal(made.keyid);
    for (const { seq: stood, text } of waiting) {
      const event = JSON.parse(text);
      const seq = journal.last_seq + 1;
      const carried_over = event.carried_over ?? `${binding?.binding_id ?? ''}/${stood}`;
      await t.put('events', { seq, text: canonical(formed({ ...event, seq, carried_over })) });
      journal.last_seq = seq;
    }
    await t.put('meta', journal, 'journal');
    const activity = await t.get('meta', 'activity');
    if (activity?.open) await append(t, [{ at: instant(now), kind: 'started', how: 'rotated' }]);
    if (activity) await t.put('meta', { ...activity, offset_ms: 0 }, 'activity');
    if (orderId) {
      const rows = (await t.get('meta', 'orders')) ?? [];
      const result = { state: 'done' };
      await t.put('meta', rows.map((/** @type {any} */ row) => (row.id === orderId ? { ...row, result } : row)), 'orders');
    }
    return true;
  }, ['keys', 'meta', 'events']);
};
