/** When the device tells that it is there, and the alarm that wakes the worker for it. */

export const ALARM = 'beat';

/** The alive mark must be younger than the lease (5 min) whatever the server asks for. */
const LONGEST_S = 120;
/** The shortest period that the browser promises to keep. */
const SHORTEST_S = 30;

/**
 * The alarm's period with jitter, so that a city's devices do not come together.
 * @param {number} next_beat_s
 * @param {() => number} random
 */
export const periodOf = (next_beat_s, random) =>
  Math.max(SHORTEST_S, Math.min(LONGEST_S, next_beat_s) * (0.9 + 0.2 * random()));

/**
 * Whether an alarm of this period still serves.
 * @param {number | undefined} minutes
 * @param {number} next_beat_s
 */
export const serves = (minutes, next_beat_s) => {
  if (minutes === undefined) return false;
  const wished = Math.max(SHORTEST_S, Math.min(LONGEST_S, next_beat_s));
  return Math.abs(minutes * 60 - wished) <= wished * 0.11;
};

/**
 * @param {import('./storage.js').Database} db
 * @param {number} now
 */
export const beatIsDue = async (db, now) => {
  /** @type {import('./shapes.js').Sender} */
  const { last_beat_at, next_beat_s } = await db.read((t) => t.get('meta', 'sender'), ['meta']);
  return last_beat_at === null || now < last_beat_at || now - last_beat_at >= next_beat_s * 800;
};

/**
 * The alarm exists and has the right period: looked at in each worker, since a killed browser forgets alarms.
 * @param {import('./storage.js').Database} db
 */
export const keepAlarm = async (db) => {
  const sender = await db.read((t) => t.get('meta', 'sender'), ['meta']);
  const next_beat_s = sender?.next_beat_s ?? 60;
  const alarm = await chrome.alarms.get(ALARM);
  if (serves(alarm?.periodInMinutes, next_beat_s)) return;
  const minutes = periodOf(next_beat_s, Math.random) / 60;
  await chrome.alarms.create(ALARM, { periodInMinutes: minutes, delayInMinutes: minutes });
};
