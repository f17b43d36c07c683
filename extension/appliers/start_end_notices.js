/**
 * `notices.start_end`: a notice when the work of the day begins on this device, once in each browser session, and one
 * ten minutes before the end of the person's own hours. Switched off, the alarm is gone.
 */

import { atTime, clock } from '../shared/times.js';
import { openDatabase, sessionMarks } from '../storage.js';
import { catalogueIn, sayingFrom } from '../words.js';
import { recall, remember } from './memory.js';
import { ended } from './results.js';

const KEY = 'notices.start_end';
const MARK = 'start_notice_shown';
const MEMORY = 'start_end_notices';
const BEFORE_END_MS = 10 * 60_000;
const NEWS_MS = 10 * 60_000;
const DAY_MS = 24 * 60 * 60_000;

/** The alarm whose listener calls `showEndNotice`. */
export const END_ALARM = 'notices.end';

/** @param {string} id @param {string} title @param {string} message */
const show = (id, title, message) =>
  chrome.notifications.create(id, { type: 'basic', iconUrl: chrome.runtime.getURL('icons/128.png'), title, message });

/** When the session that is open began, if it is open. @returns {Promise<number | null>} */
const startedAt = async () => {
  const db = openDatabase();
  /** @type {import('../shapes.js').Activity | undefined} */
  const activity = await db.read((t) => t.get('meta', 'activity'), ['meta']);
  await db.close();
  return activity?.open ? activity.started_at : null;
};

/** @typedef {{ends: string, zone: string, lang: 'ja' | 'en'}} Hours what the notice of the end needs, remembered for its alarm */

/**
 * The next moment of the notice: today's, or tomorrow's when that has passed.
 * @param {Hours} hours
 * @param {number} now
 */
export const nextEndNotice = ({ ends, zone }, now) => {
  const today = atTime(ends, now, zone) - BEFORE_END_MS;
  return today > now ? today : atTime(ends, now + DAY_MS, zone) - BEFORE_END_MS;
};

/** Called when the alarm has rung; sets the next one. @param {number} now */
export const showEndNotice = async (now) => {
  /** @type {Hours | undefined} */
  const hours = await recall(MEMORY);
  if (!hours) return;
  await chrome.alarms.create(END_ALARM, { when: nextEndNotice(hours, now) });
  const late = now - (atTime(hours.ends, now, hours.zone) - BEFORE_END_MS);
  if (late < 0 || late > BEFORE_END_MS) return; // the device slept over it: an old notice helps nobody
  const say = sayingFrom(await catalogueIn(hours.lang));
  await show(END_ALARM, say('notice_end_title', clock(atTime(hours.ends, now, hours.zone), hours.zone, hours.lang)), say('notice_end_text'));
};

/** Once in a browser session, and only at its beginning: switched on during the day it says nothing of the morning. @param {Hours} hours @param {number} now */
const showStartNotice = async ({ zone, lang }, now) => {
  const started = await startedAt();
  const marks = sessionMarks();
  if (started === null || now - started > NEWS_MS || (await marks.get(MARK))) return;
  await marks.set(MARK, true);
  const say = sayingFrom(await catalogueIn(lang));
  await show('notices.start', say('notice_start_title'), say('notice_start_text', clock(started, zone, lang)));
};

/** @type {import('../settings.js').Applier} */
export const startEndNotices = {
  keys: [KEY, 'hours.end', 'city.timezone', 'ui.language'],
  async apply(values) {
    const now = Date.now();
    if (values[KEY] !== true) {
      if (await recall(MEMORY)) {
        await chrome.alarms.clear(END_ALARM);
        await remember(MEMORY, undefined);
      }
      return KEY in values ? [values[KEY] === false ? ended(KEY, 'applied') : ended(KEY, 'failed', 'neither true nor false')] : [];
    }
    /** @type {Hours} */
    const hours = {
      ends: typeof values['hours.end'] === 'string' ? values['hours.end'] : '17:15',
      zone: values['city.timezone'] ?? 'Asia/Tokyo',
      lang: values['ui.language'] === 'en' ? 'en' : 'ja',
    };
    await remember(MEMORY, hours);
    const when = nextEndNotice(hours, now);
    const set = await chrome.alarms.get(END_ALARM);
    if (set?.scheduledTime !== when) await chrome.alarms.create(END_ALARM, { when });
    if (await chrome.notifications.getPermissionLevel() !== 'granted') return [ended(KEY, 'overruled', 'notices are switched off for this extension')];
    await showStartNotice(hours, now);
    return [ended(KEY, 'applied')];
  },
};
