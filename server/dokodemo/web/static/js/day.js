/** A day ribbon on its page. */

import './shared/ribbon.js';
import { dataOf } from './words.js';

const ribbon = /** @type {import('./shared/ribbon.js').Ribbon|null} */ (document.getElementById('ribbon'));
const { ribbon: day } = dataOf('today-data');
if (ribbon) ribbon.day = day;
