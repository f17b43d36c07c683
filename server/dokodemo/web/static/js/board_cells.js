/**
 * What stands in the cells of one row: words for a computed presence. `web/board_cells.py` gives the same words for the
 * first paint.
 *
 * @typedef {import('./shared/presence.js').Presence} Presence
 * @typedef {import('./shared/presence.js').Facts} Facts
 *
 * @typedef {object} Cells
 * @property {string} status code, empty where nothing is shown
 * @property {string} qualifier
 * @property {string} where
 * @property {string} back
 * @property {string} note
 * @property {boolean} overdue
 * @property {boolean} proxy
 * @property {string} reported the device's own words, for heads
 */

import { presenceOf } from './shared/presence.js';
import { statusWord } from './shared/status.js';
import { clock, dayNumber, partsOf } from './shared/times.js';
import { language, text } from './words.js';

export const NOTHING = '―';

/**
 * A time today; of another day its date, with the time unless that is the day's beginning.
 * @param {string|null} moment
 * @param {number} now
 * @param {number} zone
 */
export function momentText(moment, now, zone) {
  if (!moment) return NOTHING;
  const lang = language();
  if (dayNumber(moment, zone) === dayNumber(now, zone)) return clock(moment, zone, lang);
  const { month, day, hour, minute } = partsOf(moment, zone);
  const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
  const date = lang === 'ja' ? `${month}/${day}` : `${day} ${months[month - 1]}`;
  return hour === 0 && minute === 0 ? date : `${date} ${clock(moment, zone, lang)}`;
}

/**
 * @param {Presence} presence
 * @param {Facts} facts
 * @param {number} now
 * @param {import('./shared/presence.js').Policy} policy
 * @returns {Cells}
 */
export function cellsOf(presence, facts, now, policy) {
  const zone = policy.utc_offset_minutes;
  const qualifier = presence.qualifier
    ? text(`cell.${presence.qualifier}`, { time: presence.at ? momentText(presence.at, now, zone) : '' }).trim()
    : '';
  return {
    status: presence.status ?? '',
    qualifier,
    where: presence.destination ?? (presence.place ? text(`place.${presence.place}`) : NOTHING),
    back: presence.status === 'direct_return' ? text('cell.no_return') : momentText(presence.back_at, now, zone),
    note: presence.note ?? '',
    overdue: presence.overdue,
    proxy: presence.by_proxy,
    reported: reportedText(facts, now, policy),
  };
}

/**
 * What devices report, whatever was declared: 在席（自席）8:24から.
 * @param {Facts} facts
 * @param {number} now
 * @param {import('./shared/presence.js').Policy} policy
 */
export function reportedText(facts, now, policy) {
  const { status, since, qualifier, at, source } = presenceOf({ ...facts, whereabouts: null, cleared_at: null }, now, policy);
  if (!status || source === 'clock') return NOTHING;
  const word = statusWord(status, language());
  const zone = policy.utc_offset_minutes;
  if (qualifier === 'last_heard') return `${word} ${text('cell.last_heard', { time: momentText(at, now, zone) })}`;
  return since ? `${word} ${text('cell.reported_since', { time: momentText(since, now, zone) })}` : word;
}

/**
 * What a colleague gets of facts that a head has (the rule of `domain/facts.py`, for the explanation on the page).
 * @param {Facts} facts
 * @returns {Facts}
 */
export function asColleague(facts) {
  const entry = facts.whereabouts;
  if (entry && ['leave', 'duty_off', 'seconded'].includes(entry.status)) {
    return {
      person_id: facts.person_id, state: 'none', place: null, meeting: null, since: null, until: null,
      whereabouts: { ...entry, destination: null, note: null },
    };
  }
  if (facts.state !== 'locked' && facts.state !== 'away') return facts;
  return { ...facts, state: 'away', since: null };
}
