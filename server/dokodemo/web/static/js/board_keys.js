/** The board by keyboard: arrows and j k move between rows, w d s act on the focused one, other letters go to the filter. */

import { isTyping, singleKeys } from './page.js';

const COMMANDS = new Set(['j', 'k', 'w', 'd', 's', 'g']);

/**
 * @param {HTMLElement} board
 * @param {{edit: (tr: HTMLTableRowElement) => void, explain: (tr: HTMLTableRowElement) => void}} actions
 */
export function attachKeys(board, { edit, explain }) {
  const shown = () => [...board.querySelectorAll('tr[data-person]:not([hidden])')].filter((tr) => tr instanceof HTMLTableRowElement);
  const current = () => {
    const tr = document.activeElement?.closest('tr[data-person]');
    return tr instanceof HTMLTableRowElement ? tr : null;
  };
  /** @param {number} step */
  const move = (step) => {
    const list = shown();
    const at = current();
    const next = at ? list[Math.min(Math.max(list.indexOf(at) + step, 0), list.length - 1)] : list[0];
    if (!next) return;
    for (const tr of list) tr.tabIndex = tr === next ? 0 : -1;
    next.focus();
  };
  /** @param {'previous'|'next'} which */
  const leaf = (which) => {
    const link = document.querySelector(`a[rel~="${which === 'previous' ? 'prev' : 'next'}"]`);
    if (link instanceof HTMLAnchorElement) location.assign(link.href);
  };
  /** @type {Readonly<Record<string, () => void>>} */
  const moves = {
    ArrowDown: () => move(1), ArrowUp: () => move(-1), j: () => move(1), k: () => move(-1),
    '[': () => leaf('previous'), ']': () => leaf('next'),
  };
  /** @type {Readonly<Record<string, (tr: HTMLTableRowElement) => void>>} */
  const acts = {
    w: (tr) => { if (tr.dataset.editable) edit(tr); },
    s: (tr) => { if (tr.dataset.explained) explain(tr); },
    d: (tr) => { const link = tr.querySelector('a[data-day]'); if (link instanceof HTMLAnchorElement) location.assign(link.href); },
  };
  const filter = document.getElementById('filter-text');
  let afterG = false;
  document.addEventListener('keydown', (event) => {
    if (isTyping(event) || event.defaultPrevented && event.key !== 'g') return;
    const single = event.key.length === 1;
    if (single && !singleKeys()) return;
    const went = afterG;
    afterG = event.key === 'g';
    if (went) return;
    const tr = current();
    const own = board.contains(document.activeElement);
    if (event.key.startsWith('Arrow') && !own && document.activeElement !== document.body) return;
    if (moves[event.key]) {
      event.preventDefault();
      moves[event.key]?.();
    } else if (tr && acts[event.key]) {
      event.preventDefault();
      acts[event.key]?.(tr);
    } else if (single && /^[\p{L}\p{N}]$/u.test(event.key) && !COMMANDS.has(event.key) && filter) {
      filter.focus();
    }
  });
}
