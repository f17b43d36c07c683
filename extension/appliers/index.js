/** One applier for each setting that changes the browser. Each writes only what differs: applying twice changes nothing. */

import { awayThreshold } from './away_threshold.js';
import { portalLinks } from './portal_links.js';
import { startEndNotices } from './start_end_notices.js';
import { startTabs } from './start_tabs.js';
import { textSize } from './text_size.js';

/** @type {readonly import('../settings.js').Applier[]} */
export const appliers = [textSize, portalLinks, awayThreshold, startEndNotices, startTabs];
