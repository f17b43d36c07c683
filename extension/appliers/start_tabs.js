/**
 * `start.tabs`: addresses opened once in each browser session, at its beginning. Applying again, or a change during the
 * day, opens nothing: nobody's screen is taken over at work. What is open already is not opened twice.
 */

import { sessionMarks } from '../storage.js';
import { ended, isHttps } from './results.js';

const KEY = 'start.tabs';
const MARK = 'start_tabs_opened';

/** @type {import('../settings.js').Applier} */
export const startTabs = {
  keys: [KEY],
  async apply(values) {
    if (!(KEY in values)) return [];
    const urls = values[KEY];
    if (!Array.isArray(urls)) return [ended(KEY, 'failed', 'not a list of addresses')];
    const allowed = urls.filter(isHttps);
    const left = urls.length - allowed.length;
    const end = left === 0 ? ended(KEY, 'applied') : ended(KEY, 'failed', `${left} of ${urls.length} addresses are not https`);
    const marks = sessionMarks();
    if (await marks.get(MARK)) return [end];
    await marks.set(MARK, true); // before the tabs: a worker killed in between opens too few, never twice
    const open = new Set((await chrome.tabs.query({})).map((tab) => addressOf(tab)));
    for (const url of allowed) {
      if (!open.has(new URL(url).href)) await chrome.tabs.create({ url, active: false });
    }
    return [end];
  },
};

/** Known only where the extension may see it (`tabs` or a host permission). @param {chrome.tabs.Tab} tab */
const addressOf = (tab) => tab.pendingUrl ?? tab.url ?? '';
