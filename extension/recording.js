/**
 * Whether anything may be recorded now. "Outside the window nothing is recorded" means exactly that: no event, no alive
 * mark, never "recorded but not sent".
 */

/** @typedef {import('./shapes.js').Managed} Managed */

/**
 * @typedef {object} Conditions
 * @property {Managed} managed
 * @property {Record<string, {value: any}>} settings
 * @property {{recording: boolean, appliers: boolean}} paused by IT, for the whole city
 * @property {boolean} lost this device was reported lost
 */

/** @param {unknown} text `HH:MM` @returns {number | null} minutes since midnight */
const minutes = (text) => {
  const found = typeof text === 'string' ? /^(\d{1,2}):(\d{2})$/.exec(text) : null;
  return found ? Number(found[1]) * 60 + Number(found[2]) : null;
};

/**
 * @param {number} now
 * @param {string | undefined} zone an IANA name; the device's own zone without it
 */
const minuteOfDay = (now, zone) => {
  const parts = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: zone })
    .formatToParts(now);
  const of = (/** @type {string} */ type) => Number(parts.find((part) => part.type === type)?.value);
  return of('hour') * 60 + of('minute');
};

/**
 * @param {Conditions} conditions
 * @param {number} now
 */
export const withinHours = ({ managed, settings }, now) => {
  if (!managed.working_hours_only) return true;
  const start = minutes(settings['hours.start']?.value ?? '08:30') ?? 0;
  const end = minutes(settings['hours.end']?.value ?? '17:15') ?? 1440;
  const minute = minuteOfDay(now, settings['city.timezone']?.value);
  return start <= end ? start <= minute && minute < end : minute >= start || minute < end;
};

/**
 * Why nothing is recorded now; null when recording goes on.
 * @param {Conditions} conditions
 * @param {number} now
 * @returns {'lost' | 'paused' | 'outside_hours' | null}
 */
export const pauseOf = (conditions, now) => {
  if (conditions.lost) return 'lost';
  if (conditions.paused.recording) return 'paused';
  return withinHours(conditions, now) ? null : 'outside_hours';
};
