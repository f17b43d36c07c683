/**
 * Carries out orders, each at least once and each answered. A handler may be run again after a death in its middle; it
 * gives a result, or null when it must be tried again later.
 */

import { meaningOf } from './answers.js';
import { instant } from './events.js';
import { noted, ordersIn } from './orders_inbox.js';
import { append } from './outbox.js';
import { rebind } from './rebind.js';

/**
 * @typedef {import('./flight.js').Io} Io
 * @typedef {import('./shapes.js').OrderRecord} OrderRecord
 * @typedef {import('./shapes.js').OrderResult} OrderResult
 *
 * @typedef {object} Hands what orders may touch
 * @property {Io} io
 * @property {() => Promise<import('./outbox.js').Key>} makeKey
 * @property {(id: string, title: string, text: string) => Promise<void>} announce
 * @property {() => Promise<void>} announceLost
 * @property {() => Promise<string>} lookForUpdate `update_available`, `no_update` or `throttled`
 * @property {() => Promise<boolean>} presentToken whether the fresh id_token was taken
 *
 * @typedef {(row: OrderRecord, hands: Hands) => Promise<OrderResult | null>} Handler
 */

/** @type {OrderResult} */
const DONE = { state: 'done' };

/** `what` of a pause: recording, appliers, or both when it is not said. @param {unknown} what */
const parts = (what) => ({ recording: what !== 'appliers', appliers: what !== 'recording' });

/**
 * @param {boolean} on
 * @returns {Handler}
 */
const pausing = (on) => async ({ order }, { io }) => {
  await io.db.change(async (t) => {
    const paused = (await t.get('meta', 'paused')) ?? { recording: false, appliers: false };
    const named = parts(order.what);
    await t.put('meta', {
      recording: named.recording ? on : paused.recording,
      appliers: named.appliers ? on : paused.appliers,
    }, 'paused');
  }, ['meta']);
  return DONE;
};

/** @type {Readonly<Record<string, Handler>>} */
const HANDLERS = {
  async reload_settings(_row, { io }) {
    await io.db.change(async (t) => {
      const known = await t.get('settings', 'last_good');
      if (known) await t.put('settings', { ...known, etag: '' }, 'last_good');
      const pending = (await t.get('meta', 'to_apply')) ?? { n: 0, keys: [] };
      await t.put('meta', { ...pending, n: pending.n + 1, all: true }, 'to_apply');
    }, ['settings', 'meta']);
    return DONE;
  },
  async rebind({ id, keyid }, { io, makeKey }) {
    await rebind(io.db, makeKey, { keyid, now: io.now(), orderId: id });
    return DONE;
  },
  async update_extension(_row, { lookForUpdate }) {
    const status = await lookForUpdate();
    return { state: status === 'throttled' ? 'failed' : 'done', detail: status };
  },
  async announce({ id, order }, { announce }) {
    if (typeof order.title !== 'string' || typeof order.text !== 'string') return { state: 'failed', detail: 'title or text is missing' };
    await announce(`order-${id}`, order.title, order.text);
    return DONE;
  },
  pause: pausing(true),
  resume: pausing(false),
  async lost({ order }, { io, announceLost }) {
    const now = io.now();
    await io.db.change(async (t) => {
      const activity = await t.get('meta', 'activity');
      if (activity?.open) {
        await append(t, [{ at: instant(now), kind: 'ended', how: 'lost_order' }]);
        await t.put('meta', { ...activity, open: false, place: null, network_place: null, meeting: null }, 'activity');
      }
      const text = typeof order.text === 'string' ? order.text : '';
      await t.put('meta', { at: now, text }, 'lost');
      for (const key of ['whereabouts', 'whereabouts_refused', 'recent', 'results_waiting']) await t.delete('meta', key);
      // Appliers take back what they made: each is told that its keys are gone.
      const keys = Object.keys((await t.get('settings', 'last_good'))?.values ?? {});
      const pending = (await t.get('meta', 'to_apply')) ?? { n: 0, keys: [] };
      await t.put('meta', { n: pending.n + 1, all: false, keys: [...new Set([...pending.keys, ...keys])] }, 'to_apply');
      for (const key of ['last_good', 'results']) await t.delete('settings', key);
    }, ['meta', 'events', 'settings']);
    await announceLost();
    return DONE;
  },
  async present_token(_row, { presentToken }) {
    return (await presentToken()) ? DONE : null;
  },
};

/**
 * @param {Hands} hands
 * @returns {Promise<boolean>} whether an order was carried out that changes what comes next
 */
export const carryOut = async (hands) => {
  let moved = false;
  for (const row of await ordersIn(hands.io.db)) {
    if (row.result) continue;
    const handler = Object.hasOwn(HANDLERS, row.order.kind) ? HANDLERS[row.order.kind] : null;
    const result = handler ? await handler(row, hands) : /** @type {OrderResult} */ ({ state: 'unsupported' });
    if (!result) continue;
    await hands.io.db.change((t) => noted(t, row.id, { result }), ['meta']);
    moved = true;
  }
  return moved;
};

/**
 * Tells results, each signed with the key whose journal brought the order; the key that was left is forgotten when it
 * has nothing more to say.
 * @param {Io} io
 */
export const tellOrders = async (io) => {
  const { db, call } = io;
  for (const { id, keyid, result, told } of await ordersIn(db)) {
    if (!result || told) continue;
    const body = JSON.stringify(result);
    const outcome = await call({ method: 'POST', path: `/api/v1/orders/${id}/result`, body, keyid });
    if (['success', 'stop', 'bind'].includes(meaningOf(outcome))) await db.change((t) => noted(t, id, { told: true }), ['meta']);
  }
  await db.change(async (t) => {
    const previous = await t.get('keys', 'previous');
    const rows = (await t.get('meta', 'orders')) ?? [];
    const owed = rows.some((/** @type {OrderRecord} */ row) => row.keyid === previous?.keyid && !row.told);
    if (previous && !owed) await t.delete('keys', 'previous');
  }, ['keys', 'meta']);
};
