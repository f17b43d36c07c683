/**
 * Where things stand on a day ribbon, as numbers: no drawing, no clock.
 *
 * @typedef {'reported'|'google'|'recovered'|'silent'|'corrected'} Known how an edge of a session is known
 * @typedef {import('./times.js').Instant} Instant
 *
 * @typedef {object} RibbonSegment a stretch of work at one place; time that is not work is simply not there
 * @property {Instant} from
 * @property {Instant|null} to null while it goes on
 * @property {string} place
 *
 * @typedef {object} RibbonSession
 * @property {{at: Instant, known: Known}} start
 * @property {{at: Instant, known: Known}|null} end null while it is open
 * @property {RibbonSegment[]} segments in order
 *
 * @typedef {object} RibbonDay
 * @property {Instant} day any instant of the city's day
 * @property {import('./times.js').Zone} zone
 * @property {Instant|null} now where an open session ends; null for a day that is over
 * @property {RibbonSession[]} sessions
 * @property {{from: Instant, to: Instant|null}[]} [meetings]
 * @property {{from: string, to: string}|null} [regular] own hours, "HH:MM"
 * @property {{from: string, to: string}|null} [lunch]
 *
 * @typedef {{x: number, width: number, place: string, from: number, to: number}} Bar
 * @typedef {{x: number, side: 'start'|'end', known: Known, at: number, room: number}} Edge
 * @typedef {object} Layout
 * @property {number} from first instant of the axis
 * @property {number} to
 * @property {{x: number, hour: number, labelled: boolean}[]} ticks
 * @property {Bar[]} bars
 * @property {Edge[]} edges
 * @property {{x: number, width: number}[]} meetings
 * @property {{x: number, width: number}|null} regular
 * @property {{x: number, width: number}|null} lunch
 * @property {number|null} now
 */

import { atTime, dayNumber } from './times.js';

const HOUR = 3_600_000;
const FIRST_HOUR = 7;
const LAST_HOUR = 20;
const SMALLEST = 2;

/** @param {Instant} instant */
const millis = (instant) => (typeof instant === 'number' ? instant : Date.parse(instant));

/**
 * The layout for a width in px. The axis shows 07–20 and widens, hour by hour, to what the day holds.
 * @param {RibbonDay} day
 * @param {number} width
 * @returns {Layout}
 */
export function layoutOf(day, width) {
  const { zone } = day;
  const midnight = atTime('0:00', day.day, zone);
  const spans = day.sessions.map(({ start, end }) => [millis(start.at), end ? millis(end.at) : openEnd(day, millis(start.at))]);
  const first = Math.min(FIRST_HOUR, ...spans.map(([from = 0]) => Math.floor((from - midnight) / HOUR)));
  const last = Math.max(LAST_HOUR, ...spans.map(([, to = 0]) => Math.ceil((to - midnight) / HOUR)));
  const [from, to] = [midnight + first * HOUR, midnight + last * HOUR];
  /** @param {number} at */
  const x = (at) => ((Math.min(Math.max(at, from), to) - from) / (to - from)) * width;
  /** @param {number} a @param {number} b */
  const stretch = (a, b) => ({ x: x(a), width: Math.max(x(b) - x(a), SMALLEST) });

  const hours = last - first;
  const step = [1, 2, 3, 6, 12].find((hour) => (width / hours) * hour >= 26) ?? 24;
  const ticks = Array.from({ length: hours + 1 }, (_, index) => {
    const hour = first + index;
    return { x: x(midnight + hour * HOUR), hour: ((hour % 24) + 24) % 24, labelled: hour % step === 0 };
  });

  /** @type {Bar[]} */
  const bars = [];
  /** @type {Edge[]} */
  const edges = [];
  for (const session of day.sessions) {
    const started = millis(session.start.at);
    const ended = session.end ? millis(session.end.at) : openEnd(day, started);
    for (const segment of session.segments) {
      const [a, b] = [millis(segment.from), segment.to === null ? ended : millis(segment.to)];
      bars.push({ ...stretch(a, b), place: segment.place, from: a, to: b });
    }
    const room = x(ended) - x(started);
    edges.push({ x: x(started), side: 'start', known: session.start.known, at: started, room });
    if (session.end) edges.push({ x: x(ended), side: 'end', known: session.end.known, at: ended, room });
  }
  /** @param {{from: string, to: string}|null|undefined} window */
  const windowOf = (window) => (window ? stretch(atTime(window.from, day.day, zone), atTime(window.to, day.day, zone)) : null);
  return {
    from, to, ticks, bars, edges,
    meetings: (day.meetings ?? []).map((meeting) => stretch(millis(meeting.from), meeting.to === null ? openEnd(day, millis(meeting.from)) : millis(meeting.to))),
    regular: windowOf(day.regular), lunch: windowOf(day.lunch),
    now: day.now !== null && dayNumber(day.now, zone) === dayNumber(day.day, zone) ? x(millis(day.now)) : null,
  };
}

/**
 * Where an open stretch is drawn to: now, or the city's midnight when the day is over.
 * @param {RibbonDay} day
 * @param {number} started
 */
function openEnd(day, started) {
  const midnight = atTime('24:00', day.day, day.zone);
  return Math.max(started, Math.min(day.now === null ? midnight : millis(day.now), midnight));
}

/**
 * Rows of the table that stands for the drawing: one for each segment, with how its edges are known.
 * @param {RibbonDay} day
 * @returns {{from: number, to: number|null, place: string, known: Known[]}[]}
 */
export function rowsOf(day) {
  return day.sessions.flatMap((session) =>
    session.segments.map((segment, index) => {
      const last = index === session.segments.length - 1;
      const to = segment.to ?? session.end?.at ?? null;
      /** @type {Known[]} */
      const known = [];
      if (index === 0) known.push(session.start.known);
      if (last && session.end) known.push(session.end.known);
      if (known.length === 0) known.push('reported');
      return { from: millis(segment.from), to: to === null ? null : millis(to), place: segment.place, known: [...new Set(known)] };
    }));
}

