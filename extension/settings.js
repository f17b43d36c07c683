/**
 * The person's settings on this device: asked for, kept, applied, and told what became of them. Last good values are
 * applied at the start of a browser session without the network. The revision never goes back.
 */

import { meaningOf } from './answers.js';

/**
 * @typedef {import('./flight.js').Io} Io
 * @typedef {import('./storage.js').Database} Database
 * @typedef {import('./shapes.js').Settings} Settings
 * @typedef {import('./shapes.js').SettingResult} SettingResult
 *
 * @typedef {object} Applier one concern; `apply` never throws for what the browser cannot do, it says so
 * @property {readonly string[]} keys
 * @property {(values: Record<string, any>) => Promise<SettingResult[]>} apply gets the values of its keys that are set
 *
 * @typedef {{n: number, all: boolean, keys: string[]}} ToApply meta `to_apply`
 */

/** The server takes 500 letters. */
const LONGEST_DETAIL = 300;

/**
 * @param {readonly [number, number]} a
 * @param {readonly [number, number]} b
 * @returns {boolean} whether revision `a` is older than `b`: by epoch, then by number
 */
export const isOlder = (a, b) => a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);

/**
 * @param {Record<string, {value: unknown}>} before
 * @param {Record<string, {value: unknown}>} after
 * @returns {string[]} keys whose value is new, different or gone
 */
export const changedKeys = (before, after) =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((key) => JSON.stringify(before[key]?.value) !== JSON.stringify(after[key]?.value))
    .sort();

/** @param {any} body @returns {body is Settings} */
const isSettings = (body) =>
  Array.isArray(body?.revision) && body.revision.length === 2 && body.revision.every(Number.isSafeInteger) &&
  typeof body.etag === 'string' && typeof body.values === 'object' && body.values !== null;

/**
 * @param {Io} io
 * @returns {Promise<'new' | 'same' | 'failed'>}
 */
export const fetchSettings = async ({ db, call }) => {
  /** @type {Settings | undefined} */
  const known = await db.read((t) => t.get('settings', 'last_good'), ['settings']);
  const outcome = await call({ method: 'GET', path: '/api/v1/settings', ...(known ? { etag: known.etag } : {}) });
  if (outcome.status === 304) return 'same';
  if (outcome.status !== 200 || !isSettings(outcome.body)) return 'failed';
  return (await keep(db, outcome.body)) ? 'new' : 'same';
};

/**
 * Keeps values unless they are older than what is here, and notes in the same transaction what must be applied.
 * @param {Database} db
 * @param {Settings} next
 * @returns {Promise<boolean>} whether they were kept
 */
export const keep = (db, { revision, etag, values }) =>
  db.change(async (t) => {
    /** @type {Settings | undefined} */
    const known = await t.get('settings', 'last_good');
    if (known && isOlder(revision, known.revision)) return false;
    await t.put('settings', { revision, etag, values }, 'last_good');
    const keys = changedKeys(known?.values ?? {}, values);
    /** @type {ToApply} */
    const pending = (await t.get('meta', 'to_apply')) ?? { n: 0, all: false, keys: [] };
    await t.put('meta', { n: pending.n + 1, all: pending.all, keys: [...new Set([...pending.keys, ...keys])] }, 'to_apply');
    return true;
  }, ['settings', 'meta']);

/**
 * Applies what waits to be applied. Killed in between, the same appliers run again: each writes only what differs.
 * @param {Database} db
 * @param {readonly Applier[]} appliers
 * @returns {Promise<SettingResult[]>} what was done
 */
export const applyPending = async (db, appliers) => {
  const { pending, settings, paused } = await db.read(async (t) => ({
    pending: /** @type {ToApply | undefined} */ (await t.get('meta', 'to_apply')),
    settings: /** @type {Settings | undefined} */ (await t.get('settings', 'last_good')),
    paused: await t.get('meta', 'paused'),
  }), ['meta', 'settings']);
  if (!pending || paused?.appliers || (!pending.all && pending.keys.length === 0)) return [];
  const values = settings?.values ?? {};
  /** @type {SettingResult[]} */
  const results = [];
  for (const { keys, apply } of appliers) {
    if (!keys.some((key) => pending.keys.includes(key) || (pending.all && key in values))) continue;
    const own = Object.fromEntries(keys.filter((key) => key in values).map((key) => [key, values[key].value]));
    try {
      results.push(...(await apply(own)));
    } catch (error) {
      console.error('an applier failed', keys, error);
      results.push(...keys.filter((key) => key in values).map((key) => ({ key, state: /** @type {const} */ ('failed'), detail: String(error).slice(0, LONGEST_DETAIL) })));
    }
  }
  await db.change(async (t) => {
    /** @type {ToApply} */
    const now = await t.get('meta', 'to_apply');
    if (now.n === pending.n) await t.put('meta', { n: now.n, all: false, keys: [] }, 'to_apply');
    const old = (/** @type {SettingResult[]} */ ((await t.get('settings', 'results')) ?? []))
      .filter(({ key }) => key in values && !results.some((result) => result.key === key));
    await t.put('settings', [...old, ...results].sort((a, b) => (a.key < b.key ? -1 : 1)), 'results');
    if (settings) await t.put('meta', { revision: settings.revision, n: now.n }, 'results_waiting');
  }, ['meta', 'settings']);
  return results;
};

/**
 * @param {Io} io
 * @returns {Promise<boolean>} whether nothing more waits to be told
 */
export const tellResults = async ({ db, call }) => {
  const { waiting, results } = await db.read(async (t) => ({
    waiting: await t.get('meta', 'results_waiting'),
    results: (await t.get('settings', 'results')) ?? [],
  }), ['meta', 'settings']);
  if (!waiting) return true;
  const body = JSON.stringify({ revision: waiting.revision, results });
  const outcome = await call({ method: 'POST', path: '/api/v1/settings/results', body });
  if (!['success', 'stop'].includes(meaningOf(outcome))) return false;
  if (outcome.status >= 400) console.warn('the server does not take the results of settings', outcome.code);
  await db.change(async (t) => {
    const now = await t.get('meta', 'results_waiting');
    if (now?.n === waiting.n) await t.delete('meta', 'results_waiting');
  }, ['meta']);
  return true;
};
