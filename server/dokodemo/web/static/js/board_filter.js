/** The kana filter of a board: 五十音 buttons and free input, both together; hides rows, never moves them. */

import { KANA_ROWS, inRow, indexed, matcher } from './match_key.js';
import { element, text } from './words.js';

/** @param {HTMLElement} board */
export function attachFilter(board) {
  const form = document.getElementById('filter');
  const input = /** @type {HTMLInputElement|null} */ (document.getElementById('filter-text'));
  const buttons = document.getElementById('filter-kana');
  const said = document.getElementById('filter-count');
  const none = document.getElementById('filter-none');
  if (!form || !input || !buttons || !said) return;
  form.hidden = false;
  const rows = [...board.querySelectorAll('tr[data-person]')].map((tr) => {
    const { name = '', kana = '', extension = '' } = tr instanceof HTMLElement ? tr.dataset : {};
    return { tr, keys: indexed({ name, kana, extension }) };
  });
  let row = '';
  const apply = () => {
    const matches = matcher(input.value);
    board.querySelector('tr.editor')?.remove();
    let shown = 0;
    for (const { tr, keys } of rows) {
      const fits = matches(keys) && (row === '' || inRow(keys, row));
      if (tr.hasAttribute('hidden') === fits) tr.toggleAttribute('hidden', !fits);
      if (fits) shown += 1;
    }
    for (const block of board.querySelectorAll('tbody[data-unit]')) {
      block.toggleAttribute('hidden', !block.querySelector('tr[data-person]:not([hidden])'));
    }
    const filtering = input.value.trim() !== '' || row !== '';
    said.textContent = filtering ? text('board.filter_count', { count: shown }) : '';
    if (none) none.hidden = shown > 0;
  };
  for (const kana of [...KANA_ROWS, '']) {
    const button = element('button', { type: 'button', class: 'kana', 'aria-pressed': String(kana === '') }, [kana || text('board.filter_all')]);
    if (kana) button.setAttribute('aria-label', text('board.filter_row', { row: kana }));
    button.addEventListener('click', () => {
      row = kana;
      for (const other of buttons.children) other.setAttribute('aria-pressed', String(other === button));
      apply();
    });
    buttons.append(button);
  }
  input.addEventListener('input', apply);
  input.addEventListener('keydown', (event) => {
    if (event.isComposing) return;
    if (event.key === 'Escape') {
      input.value = '';
      apply();
      input.blur();
    } else if (event.key === 'ArrowDown' || event.key === 'Enter') {
      event.preventDefault();
      const first = board.querySelector('tr[data-person]:not([hidden])');
      if (first instanceof HTMLElement) first.focus();
    }
  });
}
