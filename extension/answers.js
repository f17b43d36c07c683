/**
 * What an answer of the server means: pure decisions, no I/O, no clock. `flight.js` carries them out.
 *
 * Retries are of three kinds (a table, RETRIES): unchanged after a wait, at once after a change, and never. Only an
 * answer that is plainly our server's (problem+json with a code, or the shape of a success) may change the journal's
 * course: a proxy's 413 or a portal's 403 is a network that does not work.
 */

import { waitAfter } from './backoff.js';
import { MOST_EVENTS } from './events.js';
import { marksAfter, waitingFrom } from './outbox.js';

/**
 * @typedef {import('./shapes.js').Journal} Journal
 * @typedef {import('./shapes.js').Sender} Sender
 *
 * @typedef {object} Outcome what came of one request
 * @property {number} status 0 when there was no answer
 * @property {any} body parsed JSON, or null
 * @property {string | null} code of a problem+json
 * @property {string} detail
 * @property {number | null} retry_after_ms
 * @property {number | null} offset_ms server clock − device clock, where the round trip was short enough to tell
 * @property {number | null} server_at from `server_time`, ms
 * @property {string | null} etag
 *
 * @typedef {'success' | 'wait' | 'clock' | 'bind' | 'gap' | 'split' | 'stop'} Meaning
 */

/** @type {Readonly<Record<string, Meaning>>} */
const RETRIES = {
  '400 unreadable': 'split',
  '413 too_large': 'split',
  '401 clock_skew': 'clock',
  '401 unknown_key': 'bind',
  '409 journal_gap': 'gap',
};

/**
 * @param {Outcome} outcome
 * @returns {Meaning}
 */
export const meaningOf = ({ status, code, server_at }) => {
  if (status >= 200 && status < 300) return 'success';
  if (status === 304) return 'success';
  const special = RETRIES[`${status} ${code}`];
  if (special === 'clock' && server_at === null) return 'wait';
  if (special) return special;
  return status >= 400 && status < 500 && status !== 429 && status !== 408 && code !== null ? 'stop' : 'wait';
};

/**
 * @param {Sender} sender
 * @param {Outcome} outcome
 * @param {{now: number, random: () => number}} at
 * @returns {Sender}
 */
export const waited = (sender, { status, code, retry_after_ms }, { now, random }) => ({
  ...sender,
  attempt: sender.attempt + 1,
  failed_at: now,
  wait_ms: waitAfter(sender.attempt, retry_after_ms, random),
  failing: status === 0 ? 'network' : code ?? `http_${status}`,
});

/**
 * @typedef {object} Sent what the request carried
 * @property {number} first_seq
 * @property {number} count
 * @property {boolean} replaced it was one event, sent as `unsendable`
 * @property {boolean} again it was signed again already with a corrected clock
 * @property {string | null} own the device's head where the answer says that the server's log ends, null if it has none
 *
 * @typedef {'rebind' | 'bind' | 'present_token'} Effect
 *
 * @typedef {object} Settlement
 * @property {Journal} journal
 * @property {Sender} sender
 * @property {Effect[]} effects
 * @property {boolean} onward another request may follow at once
 * @property {number | null} unsendable number of an event that nobody could read
 * @property {{seq: number, code: string, detail: string}[]} refused
 * @property {import('./shapes.js').Order[]} orders
 */

/** @param {any} body */
const isReceipt = (body) => Number.isSafeInteger(body?.next_seq) && body.next_seq >= 1 && Number.isSafeInteger(body?.epoch);

/**
 * The journal moved to what the server expects. Marks of acknowledgment above that are void (a restored backup).
 * @param {Journal} journal
 * @param {number} next_seq
 * @param {number} now
 * @returns {Journal}
 */
export const moved = (journal, next_seq, now) => ({ ...journal, next_seq, marks: marksAfter(journal.marks, next_seq, now) });

/**
 * What the server says about the journal: a 202, or a binding. The greater `next_seq` of overtaking answers counts,
 * unless the epoch has risen (a restored backup): then the answer's. An answer of an older epoch says nothing.
 *
 * A cursor beyond the device's last event, or a head that is not the device's own behind the same event, is that of
 * another history (a disk set back, a copied profile): it acknowledges nothing of this one, which needs a new key. The
 * device must see that itself, since a batch that ends before the histories part is a right repeat to the server. In a
 * risen epoch not even the earlier acknowledgments count then.
 * @param {Journal} journal
 * @param {{next_seq: number, epoch: number, head?: unknown}} answer
 * @param {number} now
 * @param {string | null} own the device's head behind event `next_seq` − 1, null where it has none
 * @returns {{journal: Journal, other: boolean, risen: boolean}} `other`: the server's journal is another history
 */
export const acknowledged = (journal, { next_seq, epoch, head }, now, own) => {
  if (journal.epoch !== null && epoch < journal.epoch) return { journal, other: false, risen: false };
  const risen = journal.epoch !== null && epoch > journal.epoch;
  if (next_seq > journal.last_seq + 1 || (own !== null && typeof head === 'string' && head !== own)) {
    return { journal: { ...(risen ? moved(journal, 1, now) : journal), epoch }, other: true, risen };
  }
  const next = epoch === journal.epoch ? Math.max(journal.next_seq, next_seq) : next_seq;
  return { journal: moved({ ...journal, epoch }, next, now), other: false, risen };
};

/**
 * @param {{journal: Journal, sender: Sender}} state
 * @param {Sent} sent
 * @param {Outcome} outcome
 * @param {{now: number, random: () => number}} at
 * @returns {Settlement}
 */
export const settle = ({ journal, sender }, sent, outcome, at) => {
  const meaning = meaningOf(outcome);
  const rest = { journal, sender, effects: [], onward: false, unsendable: null, refused: [], orders: [] };
  const wait = { ...rest, sender: waited(sender, outcome, at) };
  switch (meaning) {
    case 'success':
      return outcome.status === 202 && isReceipt(outcome.body) ? received({ journal, sender }, sent, outcome, at) : wait;
    case 'clock': {
      const offset_ms = Math.round(Number(outcome.server_at) - at.now);
      return sent.again ? wait : { ...rest, sender: { ...sender, offset_ms }, onward: true };
    }
    case 'bind':
      return { ...rest, effects: ['bind'] };
    case 'gap':
      return rewound({ journal, sender }, sent, outcome, at);
    case 'split':
      if (sent.count > 1) return { ...rest, journal: { ...journal, limit: Math.ceil(sent.count / 2) }, onward: true };
      if (sent.count === 1 && !sent.replaced) return { ...rest, unsendable: sent.first_seq, onward: true };
      return wait;
    case 'stop':
      return {
        ...rest,
        sender: { ...sender, blocked: { code: outcome.code ?? 'unknown', detail: outcome.detail, at: at.now } },
      };
    default:
      return wait;
  }
};

/**
 * @param {{journal: Journal, sender: Sender}} state
 * @param {Sent} sent
 * @param {Outcome} outcome
 * @param {{now: number, random: () => number}} at
 * @returns {Settlement}
 */
const received = ({ journal, sender }, sent, outcome, at) => {
  const { body } = outcome;
  const orders = Array.isArray(body.orders) ? body.orders.filter((/** @type {any} */ order) => typeof order?.id === 'string') : [];
  const refused = Array.isArray(body.refused) ? body.refused : [];
  const { journal: next, other, risen } = acknowledged(journal, body, at.now, sent.own);
  const progress = sent.count === 0 || next.next_seq > sent.first_seq || risen;
  /** @type {Effect[]} */
  const effects = [...(other ? /** @type {const} */ (['rebind']) : []), ...(risen ? /** @type {const} */ (['present_token']) : [])];
  const answered = {
    ...sender,
    attempt: 0, failed_at: 0, wait_ms: 0, failing: null,
    last_answer_at: at.now,
    last_beat_at: at.now,
    next_beat_s: Number.isFinite(body.next_beat_s) ? Math.min(300, Math.max(10, body.next_beat_s)) : sender.next_beat_s,
    settings_etag: typeof body.settings_etag === 'string' ? body.settings_etag : sender.settings_etag,
  };
  // A batch that moved nothing is a fork until its order comes: the same batch must not be sent again at once.
  const stuck = { ...answered, attempt: sender.attempt + 1, failed_at: at.now, failing: 'fork', wait_ms: waitAfter(sender.attempt, null, at.random) };
  return {
    journal: { ...next, limit: progress ? MOST_EVENTS : next.limit },
    sender: progress ? answered : stuck,
    effects,
    onward: progress && !other,
    unsendable: null,
    refused,
    orders,
  };
};

/**
 * 409: the server's log ends before the batch begins. The device goes back to where it ends.
 * @param {{journal: Journal, sender: Sender}} state
 * @param {Sent} sent
 * @param {Outcome} outcome
 * @param {{now: number, random: () => number}} at
 * @returns {Settlement}
 */
const rewound = ({ journal, sender }, sent, outcome, at) => {
  const rest = { journal, sender, effects: [], onward: false, unsendable: null, refused: [], orders: [] };
  const next_seq = outcome.body?.next_seq;
  if (!Number.isSafeInteger(next_seq) || next_seq < 1) return { ...rest, sender: waited(sender, outcome, at) };
  if (next_seq > journal.last_seq + 1) return { ...rest, effects: ['rebind'] };
  const back = moved(journal, next_seq, at.now);
  if (waitingFrom(back) === sent.first_seq) return { ...rest, journal: back, sender: waited(sender, outcome, at) };
  return { ...rest, journal: back, onward: true };
};
