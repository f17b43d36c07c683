/** What every page does: keys, the sheet of keys, the menu, and the phone-desk search of the header. */

import './shared/status_mark.js';
import './shared/as_of.js';
import { attach } from './person_search.js';
import { text } from './words.js';

const SINGLE_KEYS_OFF = 'dk-single-keys-off';
/** @type {Readonly<Record<string, string>>} */
const GO = { t: '/today', b: '/board' };

/** Whether keys without Ctrl or Alt do something (WCAG 2.1.4: they can be switched off). */
export const singleKeys = () => localStorage.getItem(SINGLE_KEYS_OFF) === null;

/**
 * Whether a key was meant for what has the focus, not for the page.
 * @param {KeyboardEvent} event
 */
export function isTyping(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return true;
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName) || Boolean(target.closest('dialog[open]'));
}

let toastTimer = 0;

/**
 * One calm sentence at the bottom for six seconds; errors stay where they happened and are no toasts.
 * @param {string} sentence
 */
export function toast(sentence) {
  const place = document.getElementById('toast');
  if (!place) return;
  place.textContent = sentence;
  place.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = window.setTimeout(() => { place.hidden = true; }, 6000);
}

const sheet = document.getElementById('keys');
const openSheet = () => { if (sheet instanceof HTMLDialogElement) sheet.showModal(); };

const keysButton = document.getElementById('keys-button');
if (keysButton) {
  keysButton.hidden = false;
  keysButton.addEventListener('click', openSheet);
}

const choice = document.getElementById('single-keys');
if (choice instanceof HTMLInputElement) {
  choice.checked = singleKeys();
  choice.closest('label')?.removeAttribute('hidden');
  choice.addEventListener('change', () => {
    if (choice.checked) localStorage.removeItem(SINGLE_KEYS_OFF);
    else localStorage.setItem(SINGLE_KEYS_OFF, '1');
    toast(text(choice.checked ? 'keys.on' : 'keys.off'));
  });
}

const search = document.getElementById('search');
if (search instanceof HTMLInputElement) attach(search);

let goingUntil = 0;
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') {
    document.querySelectorAll('details.menu[open]').forEach((menu) => menu.removeAttribute('open'));
    return;
  }
  if (isTyping(event) || !singleKeys() || event.defaultPrevented) return;
  if (event.key === '/') {
    event.preventDefault();
    search?.focus();
  } else if (event.key === '?') {
    openSheet();
  } else if (event.key === 'g') {
    goingUntil = event.timeStamp + 1500;
    event.preventDefault();
  } else if (event.timeStamp < goingUntil && GO[event.key]) {
    goingUntil = 0;
    event.preventDefault();
    location.assign(GO[event.key] ?? '/today');
  }
});

document.addEventListener('click', (event) => {
  for (const menu of document.querySelectorAll('details.menu[open]')) {
    if (event.target instanceof Node && !menu.contains(event.target)) menu.removeAttribute('open');
  }
});
