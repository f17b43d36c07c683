/**
 * The only place that calls the server. A call never throws for a network that fails: no answer, a time-out, a portal's
 * page are outcomes like any other, and `answers.js` says what they mean.
 */

import { utf8 } from './events.js';
import { signed } from './signing.js';

/**
 * @typedef {import('./answers.js').Outcome} Outcome
 * @typedef {import('./flight.js').Request} Request
 * @typedef {import('./storage.js').Database} Database
 */

/** A worker is stopped when an answer takes longer than 30 s. */
const TIMEOUT_MS = 25_000;

/** A longer round trip says too little about the server's clock. */
const ROUND_TRIP_MS = 2_000;

/**
 * @typedef {object} Environment
 * @property {typeof fetch} fetch
 * @property {() => number} now ms, the device's clock
 * @property {() => number} elapsed ms, never set back
 */

/** @type {Environment} */
const BROWSER = { fetch: (...request) => fetch(...request), now: () => Date.now(), elapsed: () => performance.now() };

/**
 * What `Retry-After` asks for.
 * @param {string | null} value seconds or a date
 * @param {number} now
 * @returns {number | null} ms
 */
export const retryAfter = (value, now) => {
  if (value === null) return null;
  if (/^\d{1,6}$/.test(value.trim())) return Number(value.trim()) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
};

/**
 * Server clock − device clock, as NTP does it: the answer was written in the middle of the round trip. Null when the
 * round trip was too long, or the device's clock was set meanwhile.
 * @param {number | null} server_at
 * @param {{sent: number, answered: number, took: number}} times
 */
export const measuredOffset = (server_at, { sent, answered, took }) => {
  if (server_at === null || took >= ROUND_TRIP_MS || Math.abs(answered - sent - took) > 500) return null;
  return Math.round(server_at - (sent + answered) / 2);
};

/**
 * @param {string} text
 * @returns {any} null when it is no JSON
 */
const parsed = (text) => {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
};

/**
 * @param {Response} response
 * @param {string} text
 * @param {{sent: number, answered: number, took: number}} times
 * @returns {Outcome}
 */
const outcomeOf = (response, text, times) => {
  const body = parsed(text);
  const type = response.headers.get('content-type') ?? '';
  const problem = type.startsWith('application/problem+json') && typeof body?.code === 'string';
  const said = typeof body?.server_time === 'string' ? Date.parse(body.server_time) : NaN;
  const server_at = Number.isNaN(said) ? null : said;
  return {
    status: response.status,
    body,
    code: problem ? body.code : null,
    detail: problem && typeof body.detail === 'string' ? body.detail : '',
    retry_after_ms: retryAfter(response.headers.get('retry-after'), times.answered),
    offset_ms: problem ? null : measuredOffset(server_at, times),
    server_at,
    etag: response.headers.get('etag'),
  };
};

/** @type {Outcome} */
const NOTHING = {
  status: 0, body: null, code: null, detail: '', retry_after_ms: null, offset_ms: null, server_at: null, etag: null,
};

/** @param {Database} db @param {string | undefined} keyid */
const keyFor = (db, keyid) =>
  db.read(async (t) => {
    const current = await t.get('keys', 'current');
    if (keyid === undefined || current?.keyid === keyid) return current;
    const previous = await t.get('keys', 'previous');
    return previous?.keyid === keyid ? previous : undefined;
  }, ['keys']);

/**
 * @param {Database} db
 * @param {() => Promise<string | undefined>} serverUrl
 * @param {Partial<Environment>} [environment]
 * @returns {(request: Request) => Promise<Outcome>}
 */
export const caller = (db, serverUrl, environment = {}) => {
  const { fetch: send, now, elapsed } = { ...BROWSER, ...environment };
  return async ({ method, path, body, etag, keyid, unsigned }) => {
    const base = await serverUrl();
    if (!base) return NOTHING;
    const url = new URL(base.replace(/\/+$/, '') + path).href;
    const bytes = body === undefined ? null : utf8(body);
    /** @type {Record<string, string>} */
    let headers = { accept: 'application/json' };
    if (bytes) headers['content-type'] = 'application/json';
    if (etag) headers['if-none-match'] = `"${etag}"`;
    if (!unsigned) {
      const key = await keyFor(db, keyid);
      if (!key) return { ...NOTHING, status: 401, code: 'key_gone' };
      const { offset_ms } = await db.read((t) => t.get('meta', 'sender'), ['meta']);
      const created = Math.floor((now() + offset_ms) / 1000);
      headers = { ...headers, ...(await signed({ method, url, body: bytes, created }, key)) };
    }
    const sent = now();
    const started = elapsed();
    try {
      const response = await send(url, {
        method, headers, body: bytes, cache: 'no-store', credentials: 'omit', redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const text = await response.text();
      return outcomeOf(response, text, { sent, answered: now(), took: elapsed() - started });
    } catch (error) {
      // fetch knows two failures: TypeError (no connection) and the time-out's DOMException. Others are mistakes of ours.
      if (error instanceof TypeError || error instanceof DOMException) return NOTHING;
      throw error;
    }
  };
};
