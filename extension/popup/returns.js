/** Which returns are offered, and which instant each means. Pure: `now` and the zone are arguments. */

import { atTime } from '../shared/times.js';

/** @typedef {import('../shared/times.js').Zone} Zone */

/** The choices where IT has set none (`whereabouts.back_choices`). */
export const BACK_CHOICES = ['+30', '+60', '12:00', '13:00', '15:00', '17:15', 'direct_return'];

/** How many fit into the popup's row, without 直帰. */
const SHOWN = 4;
const MINUTE = 60_000;

/**
 * The choices that still lie ahead, in the order given; 直帰 last, only where the status is one of going out.
 * @param {readonly string[]} choices "+30" in minutes, "15:00" on the city's day, or "direct_return"
 * @param {string | null} status
 * @param {number} now
 * @param {Zone} zone
 */
export const offered = (choices, status, now, zone) => {
  const ahead = choices.filter((choice) => choice !== 'direct_return' && backAt(choice, now, zone) > now);
  const straightHome = choices.includes('direct_return') && (status === 'field' || status === 'branch');
  return [...ahead.slice(0, SHOWN), ...(straightHome ? ['direct_return'] : [])];
};

/**
 * The instant of a choice in epoch milliseconds. "+30" is counted from now and rounded up to five minutes: nobody is back at 11:12.
 * @param {string} choice
 * @param {number} now
 * @param {Zone} zone
 */
export const backAt = (choice, now, zone) => {
  if (!choice.startsWith('+')) return atTime(choice, now, zone);
  return Math.ceil((now + Number(choice.slice(1)) * MINUTE) / (5 * MINUTE)) * 5 * MINUTE;
};

/**
 * The instant of a date of return, at the beginning of the person's hours.
 * @param {string} date YYYY-MM-DD
 * @param {string} starts HH:MM
 * @param {Zone} zone
 */
export const backOn = (date, starts, zone) => atTime(starts, Date.parse(`${date}T12:00:00Z`), zone);
