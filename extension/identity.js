/**
 * Whose journal this is: a challenge, the person's own sign-in at the city's issuer without a click where the browser
 * holds a session, and a binding of the key to the person.
 *
 * The worker may die at any step. The nonce and the state of a sign-in under way lie in marks of the browser session,
 * the binding in the database; a lost 201 is asked for again with the same body.
 */

import { acknowledged, meaningOf } from './answers.js';
import { remaining, waitAfter } from './backoff.js';
import { base64url } from './events.js';
import { finished } from './orders_inbox.js';
import { ownHead } from './outbox.js';

/**
 * @typedef {import('./flight.js').Io} Io
 * @typedef {import('./shapes.js').Identity} Identity
 * @typedef {import('./shapes.js').Managed} Managed
 *
 * @typedef {object} Browser what signing in needs of the browser
 * @property {(url: string, interactive: boolean) => Promise<string | undefined>} authorize ends at the redirect's URL
 * @property {string} redirect_uri
 * @property {() => Promise<string>} email of the profile, "" when unknown: a hint, never a proof
 * @property {(managed: Managed) => Promise<Record<string, string | null>>} device
 * @property {string} version
 * @property {import('./storage.js').Marks} marks
 *
 * @typedef {{nonce: string, state: string, keyid: string, at: number, id_token?: string}} Step
 * @typedef {{code: string, detail: string, email?: string}} Trouble
 * @typedef {'bound' | 'waiting' | 'rebind'} Bound
 */

/** A challenge lives 5 minutes; a little less is used of it. */
const CHALLENGE_MS = 270_000;
const HOUR_MS = 3_600_000;
const SILENT_AGAIN_MS = 600_000;
/** After the first refusal: the browser of somebody who has just signed in may not hold the issuer's session yet. */
const SILENT_SOON_MS = 60_000;
const MARK = 'sign_in';

/** Refusals that only people can lift: asked again once an hour. */
const HOURLY = new Set(['not_in_roster', 'identity_conflict', 'key_taken', 'retired', 'public_key_invalid']);

/** What an issuer says when it needs the person. */
const NEEDS_PERSON = new Set(['login_required', 'interaction_required', 'consent_required', 'account_selection_required']);

/** @returns {Identity} */
export const newIdentity = () => ({ trouble: null, attempt: 0, failed_at: 0, wait_ms: 0, replaces: null, wanted: false });

/** @param {Io['db']} db @returns {Promise<Identity>} */
export const identityIn = async (db) => (await db.read((t) => t.get('meta', 'identity'), ['meta'])) ?? newIdentity();

/** @param {Io['db']} db @param {Partial<Identity>} change */
export const changeIdentity = (db, change) =>
  db.change(async (t) => {
    await t.put('meta', { ...((await t.get('meta', 'identity')) ?? newIdentity()), ...change }, 'identity');
  }, ['meta']);

/**
 * Where the person's browser is sent.
 * @param {Managed} managed
 * @param {{nonce: string, state: string, redirect_uri: string, email: string, interactive: boolean}} about
 */
export const authorizeUrl = (managed, { nonce, state, redirect_uri, email, interactive }) => {
  const url = new URL(/** @type {string} */ (managed.oidc_authorize_url));
  const asked = {
    client_id: managed.oidc_client_id ?? '', response_type: 'id_token', redirect_uri, nonce, state,
    scope: managed.oidc_scope ?? 'openid email profile',
    ...(interactive ? {} : { prompt: 'none' }),
    ...(email ? { login_hint: email } : {}),
  };
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
  return url.href;
};

/**
 * What came back by the redirect's fragment.
 * @param {string | undefined} redirected
 * @param {string} state
 * @returns {{id_token: string} | {error: string}}
 */
export const tokenFrom = (redirected, state) => {
  if (!redirected) return { error: 'login_required' };
  const answer = new URLSearchParams(new URL(redirected).hash.slice(1));
  if (answer.get('state') !== state) return { error: 'state_differs' };
  const id_token = answer.get('id_token');
  return id_token ? { id_token } : { error: answer.get('error') ?? 'no_token' };
};

/** @param {string} id_token @returns {string | undefined} whom the issuer saw, for the person's own eyes only */
const emailIn = (id_token) => {
  try {
    const claims = JSON.parse(new TextDecoder().decode(
      Uint8Array.from(atob(id_token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))));
    return claims.email ?? claims.preferred_username;
  } catch (error) {
    console.info('the id_token cannot be read here; the server will say more', error);
    return undefined;
  }
};

/**
 * @param {Io} io
 * @param {Trouble} trouble
 * @param {{wait_ms?: number, retry_after_ms?: number | null}} [how]
 * @returns {Promise<'waiting'>}
 */
const failed = async ({ db, now, random }, trouble, { wait_ms, retry_after_ms = null } = {}) => {
  const { attempt } = await identityIn(db);
  const wait = wait_ms ?? waitAfter(attempt, retry_after_ms, random);
  await changeIdentity(db, { trouble, attempt: attempt + 1, failed_at: now(), wait_ms: wait });
  return 'waiting';
};

/**
 * @param {Io} io
 * @param {import('./answers.js').Outcome} outcome
 */
const refused = (io, outcome) =>
  failed(io, { code: outcome.status === 0 ? 'offline' : meaningOf(outcome) === 'stop' ? 'refused' : 'busy', detail: outcome.code ?? '' },
    meaningOf(outcome) === 'stop' ? { wait_ms: HOUR_MS } : { retry_after_ms: outcome.retry_after_ms });

/**
 * Step 1: a nonce for this key, or the one that is still good.
 * @param {Io} io
 * @param {Browser} browser
 * @param {import('./outbox.js').Key} key
 * @returns {Promise<Step | null>}
 */
const challenged = async (io, { marks }, key) => {
  /** @type {Step | undefined} */
  const known = await marks.get(MARK);
  const age = known ? io.now() - known.at : Infinity;
  if (known?.keyid === key.keyid && age >= 0 && age < CHALLENGE_MS) return known;
  const body = JSON.stringify({ public_key: key.jwk });
  const outcome = await io.call({ method: 'POST', path: '/api/v1/bindings/challenge', body, unsigned: true });
  if (meaningOf(outcome) !== 'success' || typeof outcome.body?.nonce !== 'string') {
    await refused(io, outcome);
    return null;
  }
  const state = base64url(crypto.getRandomValues(new Uint8Array(16)));
  const step = { nonce: outcome.body.nonce, state, keyid: key.keyid, at: io.now() };
  await marks.set(MARK, step);
  return step;
};

/**
 * Step 2: the person's id_token.
 * @param {Io} io
 * @param {Browser} browser
 * @param {Managed} managed
 * @param {Step} step
 * @param {boolean} interactive
 * @returns {Promise<string | null>}
 */
const signedIn = async (io, browser, managed, step, interactive) => {
  if (step.id_token) return step.id_token;
  const email = await browser.email();
  const url = authorizeUrl(managed, { ...step, redirect_uri: browser.redirect_uri, email, interactive });
  /** @type {{id_token: string} | {error: string}} */
  let answer;
  try {
    answer = tokenFrom(await browser.authorize(url, interactive), step.state);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    answer = { error: /could not be loaded|timed out/i.test(said) ? 'offline' : 'login_required' };
  }
  if ('id_token' in answer) {
    await browser.marks.set(MARK, { ...step, id_token: answer.id_token });
    return answer.id_token;
  }
  if (NEEDS_PERSON.has(answer.error)) {
    const { attempt } = await identityIn(io.db);
    await failed(io, { code: 'sign_in_needed', detail: answer.error }, { wait_ms: attempt === 0 ? SILENT_SOON_MS : SILENT_AGAIN_MS });
  }
  else if (answer.error === 'offline') await failed(io, { code: 'offline', detail: 'the sign-in page cannot be loaded' });
  else {
    await browser.marks.remove(MARK);
    await failed(io, { code: 'sign_in_failed', detail: answer.error });
  }
  return null;
};

/**
 * Binds the current key, or presents a fresh token for it.
 * @param {Io} io
 * @param {Browser} browser
 * @param {Managed} managed
 * @param {{interactive: boolean}} how `interactive` only upon a click of the person
 * @returns {Promise<Bound>}
 */
export const bind = async (io, browser, managed, { interactive }) => {
  const identity = await identityIn(io.db);
  if (!interactive && remaining(identity, io.now()) > 0) return 'waiting';
  if (!managed.oidc_authorize_url || !managed.oidc_client_id) return failed(io, { code: 'not_configured', detail: 'oidc' }, { wait_ms: SILENT_AGAIN_MS });
  const key = await io.db.read((t) => t.get('keys', 'current'), ['keys']);
  for (let tries = 0; tries < 3; tries += 1) {
    const step = await challenged(io, browser, key);
    if (!step) return 'waiting';
    const id_token = await signedIn(io, browser, managed, step, interactive);
    if (!id_token) return 'waiting';
    const { replaces } = await identityIn(io.db);
    const body = JSON.stringify({
      public_key: key.jwk, id_token, nonce: step.nonce, ...(replaces ? { replaces } : {}),
      device: await browser.device(managed), extension_version: browser.version,
    });
    const outcome = await io.call({ method: 'POST', path: '/api/v1/bindings', body, keyid: key.keyid });
    const end = await concluded(io, browser, key.keyid, id_token, outcome);
    if (end !== 'again') return end;
  }
  return failed(io, { code: 'busy', detail: 'the sign-in did not come to an end' });
};

/**
 * Step 3: what the server said to the binding.
 * @param {Io} io
 * @param {Browser} browser
 * @param {string} keyid
 * @param {string} id_token
 * @param {import('./answers.js').Outcome} outcome
 * @returns {Promise<Bound | 'again'>}
 */
const concluded = async (io, { marks }, keyid, id_token, outcome) => {
  const { code, body } = outcome;
  switch (code) {
    case 'clock_skew':
      if (outcome.server_at === null) break;
      await io.db.change(async (t) => {
        const sender = await t.get('meta', 'sender');
        await t.put('meta', { ...sender, offset_ms: Math.round(Number(outcome.server_at) - io.now()) }, 'sender');
      }, ['meta']);
      return 'again';
    case 'nonce_invalid':
      await marks.remove(MARK);
      return 'again';
    case 'cannot_replace':
      await changeIdentity(io.db, { replaces: null });
      return 'again';
    case 'id_token_invalid':
      await marks.remove(MARK);
      return failed(io, { code: 'sign_in_failed', detail: outcome.detail });
    case 'revoked':
      await io.db.change(async (t) => {
        const sender = await t.get('meta', 'sender');
        await t.put('meta', { ...sender, blocked: { code: 'revoked', detail: outcome.detail, at: io.now() } }, 'sender');
      }, ['meta']);
      return 'waiting';
    default:
      if (code && HOURLY.has(code)) {
        await marks.remove(MARK);
        return failed(io, { code, detail: outcome.detail, email: emailIn(id_token) }, { wait_ms: HOUR_MS });
      }
  }
  if (![200, 201].includes(outcome.status) || typeof body?.binding_id !== 'string' || !Number.isSafeInteger(body.next_seq)) return refused(io, outcome);
  const other = await accepted(io, keyid, body);
  await marks.remove(MARK);
  return other ? 'rebind' : 'bound';
};

/**
 * @param {Io} io
 * @param {string} keyid
 * @param {any} answer
 * @returns {Promise<boolean>} whether the server's journal is another history than the device's
 */
const accepted = async ({ db, now }, keyid, answer) => {
  const own = await ownHead(db, { keyid, first_seq: 1, prev_head: keyid, records: [] }, answer);
  return db.change(async (t) => {
    const journal = await t.get('meta', 'journal');
    if (journal.keyid !== keyid) return false;
    const { binding_id, device_id = null, person, trust } = answer;
    const { journal: next, other } = acknowledged(journal, answer, now(), own);
    const sender = await t.get('meta', 'sender');
    await t.put('meta', next, 'journal');
    await t.put('meta', { keyid, binding_id, device_id, person, trust }, 'binding');
    await t.put('meta', newIdentity(), 'identity');
    await finished(t, 'present_token', { state: 'done' });
    await t.put('meta', { ...sender, settings_etag: answer.settings_etag ?? sender.settings_etag, attempt: 0, wait_ms: 0, failing: null }, 'sender');
    return other;
  }, ['meta']);
};
