/** How the person is seen now, from this device alone: the board's own rule over the facts that the device holds. */

import { presenceOf } from '../shared/presence.js';
import { offsetMinutes } from '../shared/times.js';

/** @typedef {import('../state.js').State} State */

/** Where no setting names it: the default of the installation. */
export const DEFAULT_ZONE = 'Asia/Tokyo';

/** @param {State} state @param {string} key @param {string} otherwise */
const setting = (state, key, otherwise) => String(state.settings?.values[key]?.value ?? otherwise);

/** The city's zone. @param {State} state */
export const zoneOf = (state) => setting(state, 'city.timezone', DEFAULT_ZONE);

/** The beginning and end of the person's own hours. @param {State} state */
export const hoursOf = (state) => ({ starts: setting(state, 'hours.start', '08:30'), ends: setting(state, 'hours.end', '17:15') });

/**
 * @param {State} state
 * @param {number} now
 * @returns {import('../shared/presence.js').Presence}
 */
export const ownPresence = (state, now) => {
  const person_id = state.person?.id ?? '';
  const meeting = state.meeting && !(state.meeting.until && Date.parse(state.meeting.until) <= now) ? state.meeting.since : null;
  return presenceOf(
    {
      person_id,
      state: state.mode ?? 'none',
      place: /** @type {import('../shared/presence.js').Place | null} */ (state.place ?? state.network_place),
      meeting,
      since: state.session_started_at,
      until: null,
      whereabouts: state.whereabouts ? { ...state.whereabouts, person_id, author_id: person_id } : null,
    },
    now,
    {
      utc_offset_minutes: offsetMinutes(now, zoneOf(state)), ...hoursOf(state), lunch_from: setting(state, 'hours.lunch_start', '12:00'),
      lunch_to: setting(state, 'hours.lunch_end', '13:00'), grace_minutes: 15, working_day: true,
    },
  );
};
