/**
 * `activity.away_after_minutes`: how long without input until a person is away. It changes when this extension is told
 * of idleness, not when the device locks. Without a value it is the product's ten minutes.
 */

import { AWAY_AFTER_S } from '../activity.js';
import { ended } from './results.js';

const KEY = 'activity.away_after_minutes';
const LONGEST_MIN = 240;

/** @type {import('../settings.js').Applier} */
export const awayThreshold = {
  keys: [KEY],
  async apply(values) {
    if (!(KEY in values)) {
      chrome.idle.setDetectionInterval(AWAY_AFTER_S);
      return [];
    }
    const minutes = values[KEY];
    if (!Number.isInteger(minutes) || minutes < 1 || minutes > LONGEST_MIN) {
      return [ended(KEY, 'failed', `not a whole number of minutes from 1 to ${LONGEST_MIN}`)];
    }
    chrome.idle.setDetectionInterval(minutes * 60);
    return [ended(KEY, 'applied')];
  },
};
