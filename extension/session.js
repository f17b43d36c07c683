/**
 * The browser session as this worker finds it. The mark in `chrome.storage.session` is set first; everything that
 * belongs to the beginning then follows in one transaction, which asks whether it was done for this mark already.
 */

import { begin } from './activity.js';
import { record } from './outbox.js';

/**
 * @typedef {import('./storage.js').Database} Database
 * @typedef {import('./storage.js').Marks} Marks
 */

const MARK = 'session';
const STARTUP = 'startup';

/** A refusal of the key itself, which a new browser session does not ask about again. */
const FINAL = new Set(['revoked']);

/** @param {Marks} marks `runtime.onStartup` fired: remembered, since the worker may die before it is told */
export const noteStartup = (marks) => marks.set(STARTUP, true);

/**
 * @param {Marks} marks
 * @returns {Promise<string>}
 */
export const sessionId = async (marks) => {
  const known = await marks.get(MARK);
  if (known) return known;
  const made = crypto.randomUUID();
  await marks.set(MARK, made);
  return made;
};

/**
 * Begins the browser session if it has not begun; told as often as one likes.
 * @param {Database} db
 * @param {Marks} marks
 * @param {{version: string, now: number}} about
 * @returns {Promise<boolean>} whether this browser session was new
 */
export const beginSession = async (db, marks, { version, now }) => {
  const session_id = await sessionId(marks);
  const startup = (await marks.get(STARTUP)) === true;
  let first = false;
  await record(db, now, (facts) => {
    const decision = begin(facts, { session_id, startup, version, now });
    const isNew = facts.activity?.session_id !== session_id;
    if (!decision || !isNew) return decision;
    first = true;
    const { sender } = facts;
    const asked = { ...sender, wait_ms: 0, blocked: sender.blocked && !FINAL.has(sender.blocked.code) ? null : sender.blocked };
    const n = (facts.to_apply?.n ?? 0) + 1;
    return { ...decision, meta: { sender: asked, to_apply: { n, all: true, keys: facts.to_apply?.keys ?? [] } } };
  });
  return first;
};
