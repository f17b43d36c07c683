/**
 * Dates, times and spans in the words of the city. Always in the city's zone, never the browser's: a zone is an IANA
 * name ('Asia/Tokyo') or an offset from UTC in minutes (540).
 *
 * @typedef {string|number} Zone
 * @typedef {'ja'|'en'} Lang
 * @typedef {string|number} Instant RFC 3339, or epoch milliseconds
 *
 * @typedef {object} Parts
 * @property {number} year
 * @property {number} month
 * @property {number} day
 * @property {number} weekday 0 is Sunday
 * @property {number} hour
 * @property {number} minute
 * @property {number} second
 */

const MINUTE = 60_000;
const DAY = 86_400_000;
const WEEKDAYS = { ja: ['日', '月', '火', '水', '木', '金', '土'], en: ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] };
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** @type {Map<string, Intl.DateTimeFormat>} */
const formatters = new Map();

/** @param {Instant} instant */
const millis = (instant) => (typeof instant === 'number' ? instant : Date.parse(instant));

/** @param {number} value */
const two = (value) => String(value).padStart(2, '0');

/**
 * The offset of the city's zone at a moment, in minutes.
 * @param {Instant} instant
 * @param {Zone} zone
 */
export function offsetMinutes(instant, zone) {
  if (typeof zone === 'number') return zone;
  let formatter = formatters.get(zone);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat('en-US', {
      timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
    });
    formatters.set(zone, formatter);
  }
  const whole = Math.floor(millis(instant) / 1000) * 1000;
  /** @type {Record<string, number>} */
  const found = {};
  for (const { type, value } of formatter.formatToParts(whole)) found[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = found;
  return Math.round((Date.UTC(year, month - 1, day, hour, minute, second) - whole) / MINUTE);
}

/**
 * What a clock and a calendar on the city's wall show.
 * @param {Instant} instant
 * @param {Zone} zone
 * @returns {Parts}
 */
export function partsOf(instant, zone) {
  const wall = new Date(millis(instant) + offsetMinutes(instant, zone) * MINUTE);
  return {
    year: wall.getUTCFullYear(), month: wall.getUTCMonth() + 1, day: wall.getUTCDate(), weekday: wall.getUTCDay(),
    hour: wall.getUTCHours(), minute: wall.getUTCMinutes(), second: wall.getUTCSeconds(),
  };
}

/**
 * The city's day as a number that grows by one each midnight.
 * @param {Instant} instant
 * @param {Zone} zone
 */
export const dayNumber = (instant, zone) => Math.floor((millis(instant) + offsetMinutes(instant, zone) * MINUTE) / DAY);

/**
 * The instant of "HH:MM" (up to 24:00 and beyond) on the city's day of `instant`, in epoch milliseconds.
 * @param {string} time
 * @param {Instant} instant
 * @param {Zone} zone
 */
export function atTime(time, instant, zone) {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  const wall = dayNumber(instant, zone) * DAY + (hour * 60 + minute) * MINUTE;
  const guess = wall - offsetMinutes(instant, zone) * MINUTE;
  return wall - offsetMinutes(guess, zone) * MINUTE;
}

/**
 * 8:30 in Japanese, 08:30 in English.
 * @param {Instant} instant
 * @param {Zone} zone
 * @param {Lang} lang
 */
export function clock(instant, zone, lang) {
  const { hour, minute } = partsOf(instant, zone);
  return `${lang === 'ja' ? hour : two(hour)}:${two(minute)}`;
}

/**
 * 10:42:07, for "as of" and the sending state.
 * @param {Instant} instant
 * @param {Zone} zone
 * @param {Lang} lang
 */
export const clockWithSeconds = (instant, zone, lang) => `${clock(instant, zone, lang)}:${two(partsOf(instant, zone).second)}`;

/**
 * A time as seen from a day: 15:00; the next day 「翌1:30」, "01:30 +1"; further away with its date.
 * @param {Instant} instant
 * @param {Instant} from
 * @param {Zone} zone
 * @param {Lang} lang
 */
export function clockFrom(instant, from, zone, lang) {
  const days = dayNumber(instant, zone) - dayNumber(from, zone);
  const time = clock(instant, zone, lang);
  if (days === 0) return time;
  if (days === 1) return lang === 'ja' ? `翌${time}` : `${time} +1`;
  return `${dateShort(instant, zone, lang)} ${time}`;
}

/**
 * 2026年11月24日（火） · Tue 24 Nov 2026
 * @param {Instant} instant
 * @param {Zone} zone
 * @param {Lang} lang
 */
export function dateLong(instant, zone, lang) {
  const { year, month, day, weekday } = partsOf(instant, zone);
  const name = WEEKDAYS[lang][weekday];
  return lang === 'ja' ? `${year}年${month}月${day}日（${name}）` : `${name} ${day} ${MONTHS[month - 1]} ${year}`;
}

/**
 * 11/24(火) · 24 Nov
 * @param {Instant} instant
 * @param {Zone} zone
 * @param {Lang} lang
 */
export function dateShort(instant, zone, lang) {
  const { month, day, weekday } = partsOf(instant, zone);
  return lang === 'ja' ? `${month}/${day}(${WEEKDAYS.ja[weekday]})` : `${day} ${MONTHS[month - 1]}`;
}

/**
 * A span: 18:30 in tables (hours and minutes), spoken 18時間30分 · 18 h 30 min. Whole minutes, rounded down.
 * @param {number} span in milliseconds
 * @param {Lang} lang
 * @param {'table'|'spoken'} [form]
 */
export function duration(span, lang, form = 'table') {
  const minutes = Math.floor(Math.abs(span) / MINUTE);
  const sign = span < 0 && minutes > 0 ? '−' : '';
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  if (lang === 'ja' && form === 'table') return `${sign}${hours}:${two(rest)}`;
  if (lang === 'ja') return `${sign}${hours > 0 ? `${hours}時間` : ''}${rest > 0 || hours === 0 ? `${rest}分` : ''}`;
  return `${sign}${hours > 0 ? `${hours} h ` : ''}${rest > 0 || hours === 0 ? `${rest} min` : ''}`.trimEnd();
}

/**
 * 3分前 up to sixty minutes, then the clock.
 * @param {Instant} instant
 * @param {Instant} now
 * @param {Zone} zone
 * @param {Lang} lang
 */
export function ago(instant, now, zone, lang) {
  const minutes = Math.floor((millis(now) - millis(instant)) / MINUTE);
  if (minutes < 0 || minutes > 60) return clockFrom(instant, now, zone, lang);
  if (minutes === 0) return lang === 'ja' ? 'たった今' : 'just now';
  return lang === 'ja' ? `${minutes}分前` : `${minutes} min ago`;
}

/**
 * A count with its unit: 2,600人 · 2,600 people. `unit` comes from the catalogue of the language.
 * @param {number} count
 * @param {string} unit
 * @param {Lang} lang
 */
export const counted = (count, unit, lang) => `${count.toLocaleString('en-US')}${lang === 'ja' ? '' : ' '}${unit}`;
