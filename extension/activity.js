/**
 * From what the browser says (idle, locked, started, time that passed) to events: pure decisions over the facts.
 *
 * - A browser session begins when `chrome.storage.session` lacks our mark. Only then, and if the alive mark is older
 *   than the lease or the profile was started, the old session is ended at the mark and a new one started. The death of
 *   the worker, an update or a reload of the extension append nothing.
 * - Time that jumps by more than the lease while the mark is there is sleep.
 * - Short idleness is never recorded: `away` comes after `away_after` without input, dated back to the last input.
 */

import { instant } from './events.js';

/**
 * @typedef {import('./shapes.js').Activity} Activity
 * @typedef {import('./outbox.js').Facts} Facts
 * @typedef {import('./outbox.js').Decision} Decision
 *
 * @typedef {'active' | 'idle' | 'screensaver' | 'lock' | 'unlock'} Signal
 */

export const LEASE_MS = 300_000;
export const AWAY_AFTER_S = 600;

/**
 * @param {{session_id: string, version: string, now: number}} start
 * @returns {Activity}
 */
const fresh = ({ session_id, version, now }) => ({
  session_id, version, opened: true, open: true, previous_alive_at: null, alive_at: now, started_at: now,
  mode: 'active', since: now, screensaver_since: null, place: null, network_place: null, meeting: null, offset_ms: 0,
});

/**
 * The session that stands open ends at its last sign of life, and a new one starts.
 * @param {Activity} activity
 * @param {number | null} alive_at
 * @param {number} now
 * @returns {Decision & {events: Record<string, unknown>[], activity: Activity}}
 */
const reopened = (activity, alive_at, now) => ({
  events: [
    ...(alive_at !== null ? [{ at: instant(Math.min(alive_at, now)), kind: 'ended', how: 'recovered' }] : []),
    { at: instant(now), kind: 'started', how: 'login' },
  ],
  activity: { ...fresh({ ...activity, now }), offset_ms: activity.offset_ms, previous_alive_at: activity.previous_alive_at },
});

/**
 * The beginning of a browser session, told as often as one likes.
 * @param {Facts} facts
 * @param {{session_id: string, startup: boolean, version: string, now: number}} start `startup`: the profile was
 *   started, as `runtime.onStartup` says, perhaps after the first look
 * @returns {Decision | null} null when nothing is new
 */
export const begin = ({ activity, pause }, { session_id, startup, version, now }) => {
  if (!activity) {
    if (pause) return null;
    const first = fresh({ session_id, version, now });
    return { events: [{ at: instant(now), kind: 'started', how: 'first_install' }], activity: first };
  }
  if (activity.session_id === session_id) {
    if (!startup || activity.opened || pause) return null;
    return reopened(activity, activity.previous_alive_at, now);
  }
  const here = { ...activity, session_id, version, opened: false, previous_alive_at: activity.alive_at };
  if (pause) return { activity: here };
  const dead = now - activity.alive_at > LEASE_MS;
  if (startup || dead || !activity.open) return reopened(here, activity.alive_at, now);
  return { activity: { ...here, alive_at: now } };
};

/**
 * What the passing of time says, before anything else is said: sleep, a return into the hours of recording.
 * @param {Activity} activity
 * @param {number} now
 * @returns {{events: Record<string, unknown>[], activity: Activity}}
 */
const woken = (activity, now) => {
  const gap = now - activity.alive_at;
  const slept = gap > LEASE_MS ? [{ at: instant(now), kind: 'slept', from: instant(activity.alive_at) }] : [];
  return { events: slept, activity: { ...activity, alive_at: now, since: slept.length ? now : activity.since } };
};

/**
 * Passing time in one mode: the tick of the alarm. Ends a meeting whose end was declared; turns a long screensaver into
 * `away`.
 * @param {Facts} facts
 * @param {{now: number, away_after_s: number}} at
 * @returns {Decision | null}
 */
export const tick = ({ activity, pause }, { now, away_after_s }) => {
  if (!activity) return null;
  if (pause) return activity.open ? { activity: { ...activity, open: false } } : null;
  if (!activity.open) return reopened(activity, activity.alive_at, now);
  const { events, activity: here } = woken(activity, now);
  if (here.meeting?.until && here.meeting.until <= now) {
    events.push({ at: instant(now), kind: 'meeting_ended' });
    here.meeting = null;
  }
  if (here.mode === 'active' && here.screensaver_since !== null && now - here.screensaver_since >= away_after_s * 1000) {
    return { events: [...events, away(here, here.screensaver_since, now)], activity: inMode(here, 'away', here.screensaver_since) };
  }
  return { events, activity: here };
};

/**
 * @param {Activity} activity
 * @param {Activity['mode']} mode
 * @param {number} since
 * @returns {Activity}
 */
const inMode = (activity, mode, since) => ({ ...activity, mode, since, screensaver_since: null });

/**
 * @param {Activity} activity
 * @param {number} last_input
 * @param {number} now
 */
const away = (activity, last_input, now) => ({
  at: instant(now), kind: 'away', since: instant(Math.min(now, Math.max(last_input, activity.since))),
});

/**
 * The table of modes: what a signal means in each; absent means nothing.
 * @type {Readonly<Record<Activity['mode'], Partial<Record<Signal, {mode: Activity['mode'], kind: string}>>>>}
 */
const MOVES = {
  active: { idle: { mode: 'away', kind: 'away' }, lock: { mode: 'locked', kind: 'locked' } },
  away: { active: { mode: 'active', kind: 'back' }, lock: { mode: 'locked', kind: 'locked' }, unlock: { mode: 'active', kind: 'back' } },
  locked: { active: { mode: 'active', kind: 'unlocked' }, unlock: { mode: 'active', kind: 'unlocked' } },
};

/**
 * @param {Facts} facts
 * @param {Signal} signal
 * @param {{now: number, away_after_s: number}} at
 * @returns {Decision | null}
 */
export const signalled = (facts, signal, at) => {
  const passed = tick(facts, at);
  if (!passed?.activity || facts.pause) return passed;
  const events = [...(passed.events ?? [])];
  const activity = passed.activity;
  const move = MOVES[activity.mode][signal];
  if (!move) {
    const screensaver_since = signal === 'screensaver' && activity.mode === 'active' ? at.now : null;
    return { events, activity: { ...activity, screensaver_since } };
  }
  const last_input = at.now - at.away_after_s * 1000;
  events.push(move.kind === 'away' ? away(activity, last_input, at.now) : { at: instant(at.now), kind: move.kind });
  return { events, activity: inMode(activity, move.mode, move.kind === 'away' ? Math.max(last_input, activity.since) : at.now) };
};

/**
 * The place the device recognises by its own network. A declared place is not touched: which one wins is the reader's
 * business.
 * @param {Facts} facts
 * @param {string | null} place
 * @param {number} now
 * @returns {Decision | null}
 */
export const recognised = ({ activity, pause }, place, now) => {
  if (!activity?.open || pause || place === null || place === activity.network_place) return null;
  return {
    events: [{ at: instant(now), kind: 'network_place', place }],
    activity: { ...activity, network_place: place },
  };
};

/**
 * What the browser's two sources mean together. `chrome.idle` says `locked` for a screensaver too; where
 * `chrome.loginState` exists, it alone knows the lock screen.
 * @param {string} idle `active`, `idle` or `locked`
 * @param {string | null} session state of `chrome.loginState`, null where it does not exist
 * @returns {Signal}
 */
export const signalOf = (idle, session) => {
  if (session === 'IN_LOCK_SCREEN') return 'lock';
  if (idle === 'locked') return session === null ? 'lock' : 'screensaver';
  return idle === 'active' ? 'active' : 'idle';
};

/**
 * @param {string} session state of `chrome.loginState`
 * @returns {Signal | null}
 */
export const signalOfSession = (session) =>
  ({ IN_LOCK_SCREEN: /** @type {const} */ ('lock'), IN_SESSION: /** @type {const} */ ('unlock') })[session] ?? null;
