/**
 * What one cell of the board shows: the rule of `dokodemo/domain/presence.py` for browsers, on the same cases
 * (`tests/vectors/presence.json`). Nothing here reads a clock: `now` and the policy are arguments. Times on the wire
 * are RFC 3339 texts and are passed on as they came.
 *
 * @typedef {'active'|'away'|'locked'|'silent'|'ended'|'none'} State
 * @typedef {'desk'|'office'|'branch'|'field'|'home'|'satellite'|'unknown'} Place
 *
 * @typedef {object} Whereabouts
 * @property {string} id
 * @property {string} person_id
 * @property {string} status
 * @property {string|null} [destination]
 * @property {string|null} [back_at]
 * @property {string|null} [note]
 * @property {string|null} [from]
 * @property {string|null} [until]
 * @property {string} made_at
 * @property {string} author_id
 * @property {string} [via]
 *
 * @typedef {object} Facts
 * @property {string} person_id
 * @property {State} state
 * @property {Place|null} place
 * @property {string|null} meeting since when a meeting is on
 * @property {string|null} since when the state began in this place
 * @property {string|null} until when a session that is over ended, or the last contact
 * @property {Whereabouts|null} whereabouts the entry that holds
 * @property {string|null} [cleared_at] when activity cleared that entry
 *
 * @typedef {object} Policy
 * @property {number} utc_offset_minutes of the city
 * @property {string} starts own hours, "HH:MM" in the city's zone
 * @property {string} ends
 * @property {string} lunch_from
 * @property {string} lunch_to
 * @property {number} grace_minutes
 * @property {boolean} working_day about the city's day of `now`
 *
 * @typedef {'returned'|'working'|'place_unknown'|'last_heard'|'device_ended'|'not_started'} Qualifier
 *
 * @typedef {object} Presence
 * @property {number} row the row of the table that decided
 * @property {string|null} status null where nothing is shown
 * @property {'declared'|'reported'|'clock'} source
 * @property {Qualifier|null} qualifier
 * @property {string|null} at the qualifier's time
 * @property {string|null} since
 * @property {Place|null} place
 * @property {string|null} destination
 * @property {string|null} back_at
 * @property {string|null} note
 * @property {boolean} overdue
 * @property {boolean} by_proxy
 */

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const RETURN_NOTED_FOR = 10 * MINUTE;
const DEVICE_CHANGE = 15 * MINUTE;
const MEETING_MAX = 180 * MINUTE;
const LEAVING_BEFORE_END = 30 * MINUTE;

const WITHHOLDING = new Set(['leave', 'duty_off', 'seconded']);
const ABSENT_UNTIL_BACK = new Set(['leave', 'leave_hours', 'duty_off']);
const OUT = new Set(['field', 'trip', 'direct_go', 'training']);
const CITY_PLACES = new Set(['desk', 'office', 'branch']);

/** @type {Readonly<Record<Place, string>>} */
export const BY_PLACE = {
  desk: 'at_desk', office: 'in_office', branch: 'branch', satellite: 'satellite',
  home: 'home', field: 'field', unknown: 'at_desk',
};

/**
 * The cell of one person at `now`; the first matching row of the table wins.
 * @param {Facts} facts
 * @param {number} now epoch milliseconds
 * @param {Policy} policy
 * @returns {Presence}
 */
export function presenceOf(facts, now, policy) {
  const today = asOfToday(facts, now, policy);
  const entry = today.whereabouts;
  if (entry && WITHHOLDING.has(entry.status)) return declared(1, entry);
  if (entry) {
    const shown = besideReports(today, entry, now, policy);
    if (shown) return shown;
    if (entry.status === 'left' && !isCleared(today, entry)) {
      return cell(11, 'left', 'declared', { since: startsAt(entry), by_proxy: byProxy(entry) });
    }
  }
  return reported(today, now, policy);
}

/**
 * Rows 2 to 7 and 14: a declared entry beside what devices report; null where the entry does not stand first.
 * @param {Facts} facts
 * @param {Whereabouts} entry
 * @param {number} now
 * @param {Policy} policy
 * @returns {Presence|null}
 */
function besideReports(facts, entry, now, policy) {
  if (entry.status === 'left') return null;
  if (entry.status === 'direct_return' && (facts.state === 'ended' || facts.state === 'silent')) return declared(2, entry);
  if (OUT.has(entry.status)) return out(facts, entry, now, policy);
  if (entry.status === 'at_desk' && !unheardSince(facts, entry)) return null;
  if (entry.status === 'home' && facts.state === 'none') return { ...declared(14, entry), qualifier: 'not_started' };
  if (facts.state !== 'ended' && !isOver(entry, now, policy)) return declared(7, entry);
  return null;
}

/**
 * Rows 3 to 6: declared to be out.
 * @param {Facts} facts
 * @param {Whereabouts} entry
 * @param {number} now
 * @param {Policy} policy
 * @returns {Presence|null}
 */
function out(facts, entry, now, policy) {
  const { state, place, since, cleared_at } = facts;
  const active = state === 'active';
  if (active && place && CITY_PLACES.has(place) && (cleared_at || !since || beganAfter(facts, entry))) {
    const returned = cleared_at || since;
    if (!returned || now - Date.parse(returned) >= RETURN_NOTED_FOR) return null;
    return cell(3, BY_PLACE[place], 'reported', { qualifier: 'returned', at: returned, since, place });
  }
  if (cleared_at) return null;
  if (active) return { ...declared(4, entry), qualifier: 'working', place };
  if (!isOver(entry, now, policy)) return declared(5, entry);
  if (state === 'ended' && hoursAreEnding(now, policy)) return null;
  return { ...declared(6, entry), overdue: true };
}

/**
 * Rows 8 to 13, 15 and 16: nothing declared stands first.
 * @param {Facts} facts
 * @param {number} now
 * @param {Policy} policy
 * @returns {Presence}
 */
function reported(facts, now, policy) {
  const { state, meeting, since, until } = facts;
  if (meeting && state !== 'ended' && state !== 'none' && now - Date.parse(meeting) < MEETING_MAX) {
    return cell(8, 'meeting', 'reported', { since: meeting });
  }
  if (state === 'active') {
    const place = facts.place ?? 'unknown';
    return cell(9, BY_PLACE[place] ?? 'at_desk', 'reported', { qualifier: place === 'unknown' ? 'place_unknown' : null, since, place });
  }
  if (state === 'away' || state === 'locked') {
    const local = minuteOfDay(now, policy);
    const lunch = local >= minutes(policy.lunch_from) && local < minutes(policy.lunch_to);
    return cell(10, lunch ? 'lunch' : 'away', 'reported');
  }
  if (state === 'ended') {
    if (hoursAreEnding(now, policy)) return cell(11, 'left', 'reported', { since: until });
    if (until && now - Date.parse(until) < DEVICE_CHANGE) return cell(12, 'away', 'reported');
    return cell(12, 'left', 'reported', { qualifier: 'device_ended', since: until });
  }
  if (state === 'silent') {
    return cell(13, hoursAreEnding(now, policy) ? 'left' : 'unknown', 'reported', { qualifier: 'last_heard', at: until });
  }
  if (!policy.working_day) return cell(16, null, 'clock');
  return cell(15, minuteOfDay(now, policy) >= minutes(policy.starts) ? 'not_in' : null, 'clock');
}

/**
 * When an entry stops holding by itself, in epoch milliseconds.
 * @param {Whereabouts} entry
 * @param {Pick<Policy, 'utc_offset_minutes'>} policy
 */
export function endsAt(entry, policy) {
  if (entry.until) return Date.parse(entry.until);
  const first = dayOf(Date.parse(startsAt(entry)), policy);
  const back = entry.back_at ? Date.parse(entry.back_at) : null;
  if (back === null || dayOf(back, policy) <= first) return midnightAfter(first, policy);
  return ABSENT_UNTIL_BACK.has(entry.status) ? back : midnightAfter(dayOf(back, policy), policy);
}

/**
 * The facts without what midnight, or the entry's own end, has taken away since they were sent.
 * @param {Facts} facts
 * @param {number} now
 * @param {Policy} policy
 * @returns {Facts}
 */
function asOfToday(facts, now, policy) {
  let today = facts;
  const entry = facts.whereabouts;
  if (entry && !(Date.parse(startsAt(entry)) <= now && now < endsAt(entry, policy))) {
    today = { ...today, whereabouts: null, cleared_at: null };
  }
  const over = today.state === 'ended' || today.state === 'silent';
  if (over && today.until && dayOf(Date.parse(today.until), policy) < dayOf(now, policy)) {
    today = { ...today, state: 'none', place: null, meeting: null, since: null, until: null };
  }
  return today;
}

/**
 * @param {number} row
 * @param {string|null} status
 * @param {Presence['source']} source
 * @param {Partial<Presence>} [more]
 * @returns {Presence}
 */
function cell(row, status, source, more = {}) {
  return {
    row, status, source, qualifier: null, at: null, since: null, place: null, destination: null, back_at: null,
    note: null, overdue: false, by_proxy: false, ...more,
  };
}

/** @param {number} row @param {Whereabouts} entry */
function declared(row, entry) {
  return cell(row, entry.status, 'declared', {
    since: startsAt(entry), destination: entry.destination ?? null, back_at: entry.back_at ?? null,
    note: entry.note ?? null, by_proxy: byProxy(entry),
  });
}

/** @param {Whereabouts} entry */
const startsAt = (entry) => entry.from || entry.made_at;

/** @param {Whereabouts} entry */
const byProxy = (entry) => entry.author_id !== entry.person_id;

/** @param {Whereabouts} entry @param {number} now @param {Policy} policy */
const isOver = (entry, now, policy) => Boolean(entry.back_at) && now >= Date.parse(entry.back_at ?? '') + policy.grace_minutes * MINUTE;

/** @param {Facts} facts @param {Whereabouts} entry */
const beganAfter = (facts, entry) => facts.state === 'active' && Boolean(facts.since) && Date.parse(facts.since ?? '') > Date.parse(startsAt(entry));

/** @param {Facts} facts @param {Whereabouts} entry */
const isCleared = (facts, entry) => Boolean(facts.cleared_at) || beganAfter(facts, entry);

/** @param {Facts} facts @param {Whereabouts} entry */
function unheardSince(facts, entry) {
  if (facts.state === 'none') return true;
  const over = facts.state === 'silent' || facts.state === 'ended';
  return over && Boolean(facts.until) && Date.parse(facts.until ?? '') < Date.parse(startsAt(entry));
}

/** @param {number} now @param {Policy} policy */
const hoursAreEnding = (now, policy) => minuteOfDay(now, policy) >= minutes(policy.ends) - LEAVING_BEFORE_END / MINUTE;

/** @param {number} moment @param {Pick<Policy, 'utc_offset_minutes'>} policy */
const dayOf = (moment, policy) => Math.floor((moment + policy.utc_offset_minutes * MINUTE) / DAY);

/** @param {number} day @param {Pick<Policy, 'utc_offset_minutes'>} policy */
const midnightAfter = (day, policy) => (day + 1) * DAY - policy.utc_offset_minutes * MINUTE;

/** @param {number} moment @param {Pick<Policy, 'utc_offset_minutes'>} policy minutes since the city's midnight, with fraction */
const minuteOfDay = (moment, policy) => (moment + policy.utc_offset_minutes * MINUTE - dayOf(moment, policy) * DAY) / MINUTE;

/** @param {string} text "HH:MM" */
function minutes(text) {
  const [hour, minute] = text.split(':').map(Number);
  return (hour ?? 0) * 60 + (minute ?? 0);
}
