/** The header's search: finds by kana, romaji, kanji, extension or unit at the first stroke, in the page. */

import { indexed, matcher } from './match_key.js';
import { element, text } from './words.js';

const SHOWN = 20;

/**
 * @typedef {object} Found
 * @property {string} id
 * @property {string} name
 * @property {string} kana
 * @property {string} title
 * @property {string} extension
 * @property {string} unit_code
 * @property {string} unit
 * @property {import('./match_key.js').Indexed} keys
 */

/** @type {Promise<Found[]>|null} */
let loading = null;

/** Everybody whom this person may see on a board, with their keys; asked for once, when it is first needed. */
export function people() {
  loading ??= fetch('/api/v1/people', { headers: { Accept: 'application/json' } })
    .then((answer) => {
      if (!answer.ok) throw new Error(`people: ${answer.status}`);
      return answer.json();
    })
    .then(({ people: list }) => list.map((/** @type {Found} */ person) => ({ ...person, keys: indexed(person) })));
  loading.catch(() => { loading = null; });
  return loading;
}

/**
 * Order of answers: own 課 first, then the same 部, then as the server lists them (職制順 within a unit).
 * @param {Found[]} found
 * @param {string} ownUnit
 */
export function ordered(found, ownUnit) {
  /** @param {Found} person */
  const near = (person) => (person.unit_code.slice(0, 4) === ownUnit.slice(0, 4) ? 0 : person.unit_code.slice(0, 2) === ownUnit.slice(0, 2) ? 1 : 2);
  return found.map((person, index) => ({ person, index })).sort((a, b) => near(a.person) - near(b.person) || a.index - b.index).map(({ person }) => person);
}

/** @param {HTMLInputElement} input */
export function attach(input) {
  const list = document.getElementById('search-results');
  const count = document.getElementById('search-count');
  const form = input.form;
  if (!list || !count || !form) return;
  /** @type {Found[]} */
  let shown = [];
  let at = -1;

  const close = () => {
    list.hidden = true;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
    at = -1;
  };
  /** @param {number} index */
  const select = (index) => {
    at = index;
    [...list.children].forEach((option, position) => option.setAttribute('aria-selected', String(position === at)));
    const option = list.children[at];
    if (option && shown.length > 0) {
      input.setAttribute('aria-activedescendant', option.id);
      option.scrollIntoView({ block: 'nearest' });
    }
  };
  /** @param {Found|undefined} person */
  const go = (person) => {
    if (!person) return;
    location.assign(`/board/${encodeURIComponent(person.unit_code)}#p-${person.id}`);
    close();
  };
  const show = async () => {
    const typed = input.value;
    if (typed.trim() === '') {
      close();
      return;
    }
    /** @type {Found[]} */
    let everybody;
    try {
      everybody = await people();
    } catch {
      list.replaceChildren(element('li', { class: 'none', role: 'option', 'aria-selected': 'false' }, [text('frame.search_failed')]));
      list.hidden = false;
      return;
    }
    if (typed !== input.value) return;
    const matches = matcher(typed);
    const found = ordered(everybody.filter((person) => matches(person.keys)), input.dataset.ownUnit ?? '');
    shown = found.slice(0, SHOWN);
    count.textContent = text('frame.search_count', { count: found.length });
    list.replaceChildren(...shown.map((person, index) =>
      element('li', { role: 'option', id: `search-${index}`, 'aria-selected': 'false', 'data-index': String(index) }, [
        element('span', {}, [person.name]), element('span', { class: 'numbers' }, [person.extension]),
        element('small', {}, [`${person.unit} ${person.title}`]),
      ])));
    if (shown.length === 0) list.append(element('li', { class: 'none', role: 'option', 'aria-selected': 'false' }, [text('frame.search_none', { query: typed })]));
    list.hidden = false;
    input.setAttribute('aria-expanded', 'true');
    select(shown.length > 0 ? 0 : -1);
  };

  input.addEventListener('input', () => void show());
  input.addEventListener('focus', () => { people().catch(() => { /* said when somebody types */ }); });
  input.addEventListener('keydown', (event) => {
    if (event.isComposing) return;
    if (event.key === 'Escape') {
      event.stopPropagation();
      input.value = '';
      close();
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (shown.length > 0) select((at + (event.key === 'ArrowDown' ? 1 : shown.length - 1)) % shown.length);
    }
  });
  form.addEventListener('submit', (event) => {
    if (list.hidden || shown.length === 0) return;
    event.preventDefault();
    go(shown[Math.max(at, 0)]);
  });
  list.addEventListener('mousedown', (event) => {
    const option = event.target instanceof Element ? event.target.closest('[data-index]') : null;
    if (!(option instanceof HTMLElement)) return;
    event.preventDefault();
    go(shown[Number(option.dataset.index)]);
  });
  input.addEventListener('blur', close);
}
