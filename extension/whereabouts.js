/**
 * Sends what a person declared and what waits beside the journal: whereabouts, the notice they confirmed. Oldest first,
 * one after the other, each under the id it was given when it was made: a repeat changes nothing on the server.
 */

import { meaningOf, waited } from './answers.js';

/**
 * @typedef {import('./flight.js').Io} Io
 * @typedef {import('./shapes.js').Waiting} Waiting
 */

/** @type {Readonly<Record<Waiting['kind'], string>>} */
const PATHS = { whereabouts: '/api/v1/whereabouts', acknowledgement: '/api/v1/acknowledgements' };

/** Refusals of what the row says. Others are about the server or the key. */
const OF_THE_ROW = new Set([400, 403, 409, 413, 422]);

/**
 * @param {Io} io
 * @returns {Promise<boolean>} whether nothing waits any more
 */
export const deliverWaiting = async (io) => {
  /** @type {Waiting[]} */
  const rows = await io.db.read((t) => t.all('waiting'), ['waiting']);
  rows.sort((a, b) => a.made_at - b.made_at || (a.id < b.id ? -1 : 1));
  for (const row of rows) {
    const outcome = await io.call({ method: 'PUT', path: PATHS[row.kind], body: JSON.stringify(row.body) });
    const meaning = meaningOf(outcome);
    if (meaning === 'bind') return false; // the next flight learns the same and binds again
    if (meaning === 'clock') return false;
    const refused = OF_THE_ROW.has(outcome.status) && (meaning === 'stop' || meaning === 'split');
    if (meaning === 'stop' && !refused) return false; // a server without this door, a key that is out: the row may wait
    if (meaning !== 'success' && !refused) {
      await io.db.change(async (t) => {
        const sender = await t.get('meta', 'sender');
        await t.put('meta', waited(sender, outcome, { now: io.now(), random: io.random }), 'sender');
      }, ['meta']);
      return false;
    }
    if (refused && ['revoked', 'retired'].includes(outcome.code ?? '')) return false; // the journal's own call says it
    await io.db.change(async (t) => {
      await t.delete('waiting', row.id);
      if (refused && row.kind === 'whereabouts') {
        await t.put('meta', { id: row.id, code: outcome.code ?? '', detail: outcome.detail }, 'whereabouts_refused');
      }
    }, ['waiting', 'meta']);
  }
  return true;
};
