/**
 * The figures beside the tree of units: how many are there now. A page gets them with each answer to `watch`, and then
 * what changed, every few seconds at most.
 *
 * @typedef {{at: string, units: Record<string, [number, number]>}} Counts
 */

import { text } from './words.js';

/** @type {Map<string, {place: Element, at: string}>} */
const places = new Map();
for (const place of document.querySelectorAll('[data-count]')) {
  if (place instanceof HTMLElement) places.set(place.dataset.count ?? '', { place, at: '' });
}

/**
 * Show figures, except where newer ones stand already.
 * @param {Counts} counts
 */
export function showCounts({ at, units }) {
  for (const [code, [present, total]] of Object.entries(units)) {
    const known = places.get(code);
    if (!known || known.at > at) continue;
    known.at = at;
    const [there, of] = known.place.children;
    if (there) there.textContent = String(present);
    if (of) of.textContent = `/${total}`;
    known.place.setAttribute('title', text('board.present_of', { present, total }));
  }
}
