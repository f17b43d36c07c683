/**
 * The form of a device event, and the chain over events.
 *
 * `head_n = SHA-256(head_{n-1} ‖ SHA-256(JCS(event_n)))` over raw digests; `head_0` is the key's thumbprint. JCS is
 * RFC 8785. Members of an event are strings, booleans and integers below 2^53, so that JCS is compact JSON with sorted
 * names: `JSON.stringify` writes such values exactly as RFC 8785 asks.
 */

/** @typedef {import('./shapes.js').DeviceEvent} DeviceEvent */

export const MOST_EVENTS = 200;
export const MOST_BATCH_BYTES = 65_536;
export const MOST_EVENT_BYTES = 60 * 1024;

const KIND = /^[a-z][a-z_]{0,39}$/;
const AT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const NAME = /^[\x20-\x7e]+$/;
const UTF8 = new TextEncoder();

/** An event that must not be appended: its form is wrong or it is above 60 KB. */
export class InvalidEventError extends Error {}

/** @param {string} text */
export const utf8 = (text) => UTF8.encode(text);

/** @param {number} ms since 1970 */
export const instant = (ms) => new Date(ms).toISOString();

/**
 * @param {Uint8Array} bytes
 * @returns {string} base64url without padding
 */
export const base64url = (bytes) =>
  btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

/**
 * @param {string} text base64url without padding
 * @returns {Uint8Array<ArrayBuffer>}
 */
export const fromBase64url = (text) =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));

/**
 * The event as it is stored and sent: lone surrogates become U+FFFD, since no UTF-8 text can carry them.
 * @param {Record<string, unknown>} event
 * @returns {DeviceEvent}
 * @throws {InvalidEventError}
 */
export const formed = (event) => {
  /** @type {Record<string, string | number | boolean>} */
  const clean = {};
  for (const [name, value] of Object.entries(event)) {
    if (value === undefined) continue;
    if (!NAME.test(name)) throw new InvalidEventError(`member name ${JSON.stringify(name)} is not ASCII`);
    if (typeof value === 'string') clean[name] = value.toWellFormed();
    else if (typeof value === 'boolean' || Number.isSafeInteger(value)) clean[name] = /** @type {number} */ (value);
    else throw new InvalidEventError(`member ${name} is neither a string, a boolean nor an integer below 2^53`);
  }
  if (!Number.isSafeInteger(clean.seq) || Number(clean.seq) < 1) throw new InvalidEventError('seq is no number from 1');
  if (!KIND.test(String(clean.kind))) throw new InvalidEventError('kind is not a word of [a-z_]');
  if (!AT.test(String(clean.at))) throw new InvalidEventError('at is not YYYY-MM-DDTHH:MM:SS.mmmZ');
  return /** @type {DeviceEvent} */ (clean);
};

/**
 * @param {Record<string, string | number | boolean>} event flat, with well-formed strings
 * @returns {string} RFC 8785 text
 */
export const canonical = (event) =>
  `{${Object.keys(event).sort().map((name) => `${JSON.stringify(name)}:${JSON.stringify(event[name])}`).join(',')}}`;

/**
 * @param {Record<string, unknown>} event
 * @returns {string} the text that is stored, sent and digested
 * @throws {InvalidEventError}
 */
export const textOf = (event) => {
  const text = canonical(formed(event));
  if (utf8(text).length > MOST_EVENT_BYTES) throw new InvalidEventError('the event is above 60 KB');
  return text;
};

/** @param {string} text @returns {Promise<Uint8Array<ArrayBuffer>>} */
export const digestOf = (text) => sha256(utf8(text));

/**
 * @param {string} head base64url
 * @param {Uint8Array} digest of the next event
 * @returns {Promise<string>}
 */
export const headAfter = async (head, digest) => {
  const joined = new Uint8Array(64);
  joined.set(fromBase64url(head));
  joined.set(digest, 32);
  return base64url(await sha256(joined));
};

/**
 * How many of the oldest records fit into one batch.
 * @param {readonly {text: string}[]} records
 * @param {{most?: number, bytes?: number}} [bounds]
 */
export const fitting = (records, { most = MOST_EVENTS, bytes = MOST_BATCH_BYTES } = {}) => {
  let total = 0;
  let count = 0;
  for (const { text } of records.slice(0, most)) {
    total += utf8(text).length;
    if (total > bytes) break;
    count += 1;
  }
  return count;
};
