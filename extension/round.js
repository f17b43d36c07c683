/**
 * One round of the worker's talk with the server: bind, send events, carry out orders, send what waits beside the
 * journal, fetch and apply settings, tell results. Each step is safe to stop at and to begin again.
 */

import { remaining } from './backoff.js';
import { fly } from './flight.js';
import { bind, changeIdentity } from './identity.js';
import { current } from './managed.js';
import { carryOut, tellOrders } from './orders.js';
import { ordersIn } from './orders_inbox.js';
import { factsIn, prune } from './outbox.js';
import { rebind } from './rebind.js';
import { applyPending, fetchSettings, tellResults } from './settings.js';
import { deliverWaiting } from './whereabouts.js';

/** @typedef {import('./device.js').World} World */

/** More turns than any honest conversation takes; the next beat goes on. */
const TURNS = 8;
const SETTINGS_MARK = 'settings_at';
const SETTINGS_JITTER_MS = 10_000;

/**
 * @param {World} world
 * @param {{beat: boolean, interactive: boolean}} want
 */
export const round = async (world, { beat, interactive }) => {
  const { io, browser } = world;
  await applyPending(io.db, world.appliers);
  const managed = await current(io.db);
  if (!managed.server_url) return;
  let click = interactive;
  let beats = beat;
  let unknown = false;
  for (let turn = 0; turn < TURNS; turn += 1) {
    const { bound, wanted, blocked, alive } = await standing(world);
    if (blocked) return;
    if (!bound || wanted || click) {
      const end = await bind(io, browser, managed, { interactive: click });
      click = false;
      if (end === 'rebind' && (await leaveKey(world))) continue;
      if (end !== 'bound' && !bound) return;
      beats ||= end === 'bound';
    }
    const end = await fly(io, { alive, beat: beats });
    beats = false;
    if (end === 'rebind' && (await leaveKey(world))) continue;
    if (end === 'bind') {
      await io.db.change((t) => t.delete('meta', 'binding'), ['meta']);
      if (unknown) return; // bound a moment ago and unknown again: the next beat tries
      unknown = true;
      continue;
    }
    if (end === 'present_token') {
      await changeIdentity(io.db, { wanted: true });
      continue;
    }
    const hands = { ...world.hands, io, makeKey: world.makeKey, presentToken: presenting(world, managed) };
    const moved = await carryOut(hands);
    await tellOrders(io);
    if (moved) continue;
    if (end === 'idle') break;
    return world.later(await waitOf(world));
  }
  if (!(await deliverWaiting(io))) return world.later(await waitOf(world));
  await settle(world);
  await prune(io.db, io.now());
};

/** @param {World} world */
const standing = ({ io }) =>
  io.db.read(async (t) => {
    const facts = await factsIn(t, io.now());
    const binding = await t.get('meta', 'binding');
    const identity = await t.get('meta', 'identity');
    return {
      bound: binding?.keyid === facts.journal.keyid,
      wanted: Boolean(identity?.wanted),
      blocked: Boolean(facts.sender.blocked),
      alive: Boolean(facts.activity?.open) && facts.pause === null,
    };
  });

/**
 * A new key; an order that asked for it is answered with the old one, before the new one's first request retires that.
 * @param {World} world
 */
const leaveKey = async ({ io, makeKey }) => {
  const { keyid } = await io.db.read((t) => t.get('meta', 'journal'), ['meta']);
  const order = (await ordersIn(io.db)).find((row) => row.keyid === keyid && row.order.kind === 'rebind' && !row.result);
  if (!(await rebind(io.db, makeKey, { keyid, now: io.now(), orderId: order?.id }))) return false;
  await tellOrders(io);
  return true;
};

/**
 * @param {World} world
 * @param {import('./shapes.js').Managed} managed
 */
const presenting = ({ io, browser }, managed) => async () => {
  await changeIdentity(io.db, { wanted: true });
  const end = await bind(io, browser, managed, { interactive: false });
  return end === 'bound';
};

/** @param {World} world @returns {Promise<number>} ms */
const waitOf = async ({ io }) => remaining(await io.db.read((t) => t.get('meta', 'sender'), ['meta']), io.now());

/**
 * Settings: asked for once in each browser session (a little later where last good values are in force already) and
 * whenever the server names another etag.
 * @param {World} world
 */
const settle = async (world) => {
  const { io, marks } = world;
  const { known, named, session_id, lost } = await io.db.read(async (t) => ({
    known: await t.get('settings', 'last_good'),
    named: (await t.get('meta', 'sender')).settings_etag,
    session_id: (await t.get('meta', 'activity'))?.session_id,
    lost: await t.get('meta', 'lost'),
  }), ['settings', 'meta']);
  if (lost) return void (await applyPending(io.db, world.appliers)); // nothing of the person comes here any more
  const mark = await marks.get(SETTINGS_MARK);
  const due = mark?.session_id === session_id ? mark.at : io.now() + (known ? io.random() * SETTINGS_JITTER_MS : 0);
  if (mark?.session_id !== session_id) await marks.set(SETTINGS_MARK, { session_id, at: due, done: false });
  const differs = named !== null && named !== known?.etag;
  const first = !(mark?.session_id === session_id && mark.done);
  if (differs || (first && io.now() >= due)) {
    const end = await fetchSettings(io);
    if (end !== 'failed') await marks.set(SETTINGS_MARK, { session_id, at: due, done: true });
  } else if (first) {
    world.later(due - io.now());
  }
  await applyPending(io.db, world.appliers);
  await tellResults(io);
};

