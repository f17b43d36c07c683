/** The card that says what is recorded and what is not. Read once in each version of it, and whenever somebody wants to. */

import { dateLong } from '../shared/times.js';
import { element } from './elements.js';

/** Raised whenever what is recorded changes; then everybody is shown the card again. */
export const NOTICE_VERSION = 1;

/**
 * @param {import('../state.js').State} state
 * @returns {boolean} whether the person has to see the card before anything else
 */
export const mustConfirm = (state) => state.first_run?.version !== NOTICE_VERSION;

/**
 * @param {import('../state.js').State} state
 * @param {import('../words.js').Say} say
 * @param {'ja' | 'en'} lang
 * @param {import('../shared/times.js').Zone} zone
 */
export const drawCard = (state, say, lang, zone) => {
  for (const [id, key] of [['recorded', 'first_run_recorded_items'], ['not-recorded', 'first_run_not_recorded_items']]) {
    const items = say(key ?? '').split('|').map((words) => Object.assign(document.createElement('li'), { textContent: words }));
    element(id ?? '').replaceChildren(...items);
  }
  const read = !mustConfirm(state);
  element('confirm').hidden = read;
  element('close').hidden = !read;
  element('confirmed').hidden = !read;
  if (state.first_run && read) {
    element('confirmed').textContent = say('first_run_confirmed', dateLong(state.first_run.at, zone, lang), state.first_run.version);
  }
};
