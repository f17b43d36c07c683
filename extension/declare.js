/**
 * What a person declares in the popup: whereabouts, and the notice they have read. Written to the database at once, in
 * one transaction with the events that follow from it; the worker is told to send, and finds it by itself if it was not.
 */

import { instant } from './events.js';
import { ensureKey, record } from './outbox.js';
import { makeKey } from './signing.js';
import { openDatabase } from './storage.js';

/**
 * @typedef {import('./outbox.js').Facts} Facts
 * @typedef {import('./outbox.js').Decision} Decision
 *
 * @typedef {object} Declared
 * @property {string} status a code of the table of statuses
 * @property {string} [destination]
 * @property {string} [back_at] RFC 3339
 * @property {string} [note]
 */

/** How many destinations are offered again. */
const RECENT = 8;

/** Statuses that say where the work is done. @type {Readonly<Record<string, string>>} */
export const PLACE_OF_STATUS = {
  at_desk: 'desk', in_office: 'office', branch: 'branch', home: 'home', satellite: 'satellite', field: 'field',
};

/**
 * @param {Facts} facts
 * @param {Declared & {id: string, now: number}} declared
 * @returns {Decision}
 */
export const declaration = ({ activity, pause, recent }, { id, now, status, destination, back_at, note }) => {
  const at = instant(now);
  const body = Object.fromEntries(
    Object.entries({ id, status, destination, back_at, note, made_at: at })
      .filter(([, value]) => value !== undefined && value !== '')
      .map(([name, value]) => [name, String(value).toWellFormed()]),
  );
  /** @type {Decision} */
  const decision = {
    waiting: [{ id, kind: 'whereabouts', made_at: now, body }],
    meta: {
      whereabouts: body,
      ...(body.destination ? { recent: [body.destination, ...recent.filter((known) => known !== body.destination)].slice(0, RECENT) } : {}),
    },
  };
  if (!activity?.open || pause) return decision; // whereabouts are no device events and may be declared at any time
  const events = [];
  const changed = { ...activity };
  if (status === 'meeting') {
    const until = back_at === undefined ? null : Date.parse(back_at);
    if (!activity.meeting) events.push({ at, kind: 'meeting_began' });
    changed.meeting = { since: activity.meeting?.since ?? now, until: Number.isNaN(until) ? null : until };
  } else if (activity.meeting) {
    events.push({ at, kind: 'meeting_ended' });
    changed.meeting = null;
  }
  const place = PLACE_OF_STATUS[status];
  if (place) {
    events.push({ at, kind: 'place_declared', place });
    changed.place = place;
  }
  return { ...decision, events, activity: changed };
};

/** Tells the worker that something waits. It may be starting just now; then it looks by itself. */
const poke = async () => {
  try {
    await chrome.runtime.sendMessage({ kind: 'fly' });
  } catch (error) {
    console.info('the worker did not answer; it sends with its next beat', error);
  }
};

/**
 * @param {Declared} declared
 * @returns {Promise<string>} the id of the whereabouts; fulfils when it is on the disk
 */
export const declareWhereabouts = async (declared) => {
  const db = openDatabase();
  const id = crypto.randomUUID();
  const now = Date.now();
  await ensureKey(db, makeKey);
  await record(db, now, (facts) => declaration(facts, { ...declared, id, now }));
  await db.close();
  void poke();
  return id;
};

/** Ends a declared meeting without a new destination. */
export const endMeeting = async () => {
  const db = openDatabase();
  const now = Date.now();
  await record(db, now, ({ activity, pause }) =>
    activity?.open && activity.meeting && !pause
      ? { events: [{ at: instant(now), kind: 'meeting_ended' }], activity: { ...activity, meeting: null } }
      : null);
  await db.close();
  void poke();
};

/**
 * 「確認しました」 on the first-run card: the version that was read, kept here and sent to the server.
 * @param {number} version of the notice about what is recorded
 */
export const confirmFirstRun = async (version) => {
  const db = openDatabase();
  const now = Date.now();
  const at = instant(now);
  await ensureKey(db, makeKey);
  await record(db, now, () => ({
    meta: { first_run: { version, at } },
    waiting: [{
      id: crypto.randomUUID(), kind: 'acknowledgement', made_at: now, body: { document: 'recording_notice', version, at },
    }],
  }));
  await db.close();
  void poke();
};

/** The button 「接続する」: asks the worker to sign in with a window where the person can act. */
export const connect = () => chrome.runtime.sendMessage({ kind: 'connect' });
