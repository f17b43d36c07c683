/** `display.text_size`: the default size of text in pages, in px. Without a value it is the browser's again. */

import { recall, remember } from './memory.js';
import { ended } from './results.js';

const KEY = 'display.text_size';
const SET_BY_US = 'text_size';
const SMALLEST = 9;
const LARGEST = 72;

/** @type {import('../settings.js').Applier} */
export const textSize = {
  keys: [KEY],
  async apply(values) {
    const wanted = KEY in values;
    if (chrome.fontSettings === undefined) return wanted ? [ended(KEY, 'unsupported', 'no font settings here')] : [];
    if (!wanted) {
      if (await recall(SET_BY_US)) {
        await chrome.fontSettings.clearDefaultFontSize();
        await remember(SET_BY_US, undefined);
      }
      return [];
    }
    const size = values[KEY];
    if (!Number.isInteger(size) || size < SMALLEST || size > LARGEST) {
      return [ended(KEY, 'failed', `not a whole number from ${SMALLEST} to ${LARGEST}`)];
    }
    const before = await chrome.fontSettings.getDefaultFontSize();
    if (before.levelOfControl === 'not_controllable' || before.levelOfControl === 'controlled_by_other_extensions') {
      return [ended(KEY, 'overruled', before.levelOfControl)];
    }
    if (before.pixelSize !== size || before.levelOfControl !== 'controlled_by_this_extension') {
      await remember(SET_BY_US, true);
      await chrome.fontSettings.setDefaultFontSize({ pixelSize: size });
    }
    const { pixelSize, levelOfControl } = await chrome.fontSettings.getDefaultFontSize();
    return [pixelSize === size ? ended(KEY, 'applied') : ended(KEY, 'overruled', levelOfControl)];
  },
};
