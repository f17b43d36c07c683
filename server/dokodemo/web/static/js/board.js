/** The live board: rows computed from facts and the clock. Rows never move; only what a cell says changes. */

import './dk_whereabouts.js';
import { attachFilter } from './board_filter.js';
import { attachKeys } from './board_keys.js';
import { NOTHING, asColleague, cellsOf } from './board_cells.js';
import { watch } from './live.js';
import { toast } from './page.js';
import { people } from './person_search.js';
import { presenceOf } from './shared/presence.js';
import { statusRow, statusWord } from './shared/status.js';
import { showCounts } from './unit_counts.js';
import { dataOf, element, language, text } from './words.js';

/**
 * @typedef {import('./shared/presence.js').Facts} Facts
 * @typedef {object} Row
 * @property {HTMLTableRowElement} tr
 * @property {string} id of the person
 * @property {string} drawn what the cells say now, to leave alone what has not changed
 */

const data = dataOf('board-data');
const lang = language();
const board = /** @type {HTMLElement} */ (document.getElementById('board'));
const behind = Date.parse(data.server_time) - Date.now();
const now = () => Date.now() + behind;
const TICK = 5_000;
const ANNOUNCE_EVERY = 30_000;

/** @type {Map<string, Facts>} */
const known = new Map(data.facts.map((/** @type {Facts} */ facts) => [facts.person_id, facts]));
/** @type {Map<string, Row[]>} */
const rows = new Map();
for (const tr of board.querySelectorAll('tr[data-person]')) {
  if (!(tr instanceof HTMLTableRowElement)) continue;
  const id = tr.dataset.person ?? '';
  rows.set(id, [...(rows.get(id) ?? []), { tr, id, drawn: '' }]);
}

/** @param {string} id @returns {Facts} */
const factsOf = (id) => known.get(id) ?? { person_id: id, state: 'none', place: null, meeting: null, since: null, until: null, whereabouts: null };
/** @param {string} id */
const policyOf = (id) => (data.hours[id] ? { ...data.policy, ...data.hours[id] } : data.policy);

/** Names of colleagues who entered for somebody else: those of the first paint, then whoever stands on this board. @type {Map<string, string>} */
const authors = new Map(Object.entries(data.authors));
let asked = false;

/** Who made an entry of somebody else's; empty while that is not known. @param {string} id */
function authorOf(id) {
  const name = authors.get(id) ?? rows.get(id)?.[0].tr.dataset.name ?? '';
  if (name || asked) return name;
  asked = true;
  people().then((everybody) => {
    for (const one of everybody) authors.set(one.id, one.name);
    drawAll(rows.keys(), false);
  }, () => { asked = false; });
  return name;
}

/** @param {HTMLElement} tr @param {string} name */
const cell = (tr, name) => /** @type {HTMLElement} */ (tr.querySelector(`[data-cell="${name}"]`));

/**
 * @param {Row} row
 * @param {boolean} live whether the change came just now and may be shown as one
 */
function draw(row, live) {
  const facts = factsOf(row.id);
  const policy = policyOf(row.id);
  const cells = cellsOf(presenceOf(facts, now(), policy), facts, now(), policy);
  const by = cells.proxy ? authorOf(facts.whereabouts?.author_id ?? '') : '';
  const words = JSON.stringify([cells, by]);
  if (words === row.drawn) return false;
  const first = row.drawn === '';
  row.drawn = words;
  const { tr } = row;
  const status = cell(tr, 'status').querySelector('dk-status');
  if (cells.status) status?.setAttribute('status', cells.status);
  else status?.removeAttribute('status');
  put(cell(tr, 'qualifier'), cells.qualifier);
  put(cell(tr, 'where'), cells.where);
  put(cell(tr, 'back'), cells.back);
  put(cell(tr, 'note-text'), cells.note);
  cell(tr, 'overdue').hidden = !cells.overdue;
  const tag = cell(tr, 'proxy');
  tag.hidden = !cells.proxy;
  tag.title = by;
  put(tag, by ? text('cell.proxy_by', { name: by.split(/\s+/u)[0] }) : text('cell.proxy'));
  const reported = tr.querySelector('[data-cell="reported"]');
  if (reported) put(reported, cells.reported);
  tr.dataset.status = cells.status;
  if (live && !first) {
    tr.classList.remove('changed');
    requestAnimationFrame(() => tr.classList.add('changed'));
    window.setTimeout(() => tr.classList.remove('changed'), 2000);
  }
  return !first;
}

/** @param {Element} place @param {string} words */
function put(place, words) {
  if (place.textContent !== words) place.textContent = words;
}

let changes = 0;
/** @param {Iterable<string>} ids @param {boolean} live */
function drawAll(ids, live) {
  for (const id of ids) for (const row of rows.get(id) ?? []) if (draw(row, live) && live) changes += 1;
  count();
}

const PRESENT = new Set(['here', 'busy', 'elsewhere', 'home']);

/** How many are in which status, everybody once: a person with two posts counts in the main unit. */
function count() {
  /** @type {Map<string, number>} */
  const totals = new Map();
  for (const block of board.querySelectorAll('tbody[data-unit]')) {
    let present = 0;
    for (const tr of block.querySelectorAll('tr[data-person]:not([data-concurrent])')) {
      const status = tr instanceof HTMLElement ? tr.dataset.status ?? '' : '';
      if (!status) continue;
      totals.set(status, (totals.get(status) ?? 0) + 1);
      if (PRESENT.has(statusRow(status).tone)) present += 1;
    }
    const mark = block.querySelector('[data-present]');
    if (mark) put(mark, String(present));
  }
  for (const item of document.querySelectorAll('#totals [data-status]')) {
    const total = totals.get(item instanceof HTMLElement ? item.dataset.status ?? '' : '') ?? 0;
    item.toggleAttribute('hidden', total === 0);
    const number = item.querySelector('b');
    if (number) put(number, String(total));
  }
}

const mark = document.getElementById('connection');
const strip = document.getElementById('stale');
let heardAt = data.server_time;

/** @param {'live'|'reconnecting'|'offline'} state */
function connection(state) {
  mark?.setAttribute('connection', state);
  mark?.setAttribute('at', heardAt);
  board.toggleAttribute('data-stale', state === 'offline');
  for (const status of board.querySelectorAll('dk-status')) status.toggleAttribute('stale', state === 'offline');
  if (strip) strip.hidden = state !== 'offline';
}

/** @param {string} id @param {Facts} facts */
export function learn(id, facts) {
  known.set(id, facts);
  drawAll([id], true);
}

const line = watch(data.unit, data.cursor, {
  onFacts(facts, serverTime, full) {
    heardAt = serverTime;
    mark?.setAttribute('at', serverTime);
    if (full) known.clear();
    const told = full ? facts : facts.filter((one) => one.person_id !== data.me); // one's own come whole, by onOwn
    for (const one of told) known.set(one.person_id, one);
    if (full && facts.some((one) => !rows.has(one.person_id))) reloadBar();
    drawAll(full ? rows.keys() : told.map((one) => one.person_id), true);
  },
  onOwn(facts, serverTime) {
    heardAt = serverTime;
    for (const one of facts) known.set(one.person_id, one);
    drawAll(facts.map((one) => one.person_id), true);
  },
  onState: connection,
  onCounts: showCounts,
  onMoved: moved,
  onRefused() {
    line.close();
    connection('offline');
    location.reload();
  },
}, data.live_url);

const RELOAD_WITHIN = 1_000;

/** Whether somebody reads or types in the list: then nothing moves under the finger, the page only offers it. */
function inUse() {
  const filtered = /** @type {HTMLInputElement|null} */ (document.getElementById('filter-text'))?.value || document.querySelector('.kana[aria-label][aria-pressed="true"]');
  return Boolean(filtered || board.matches(':hover, :focus-within') || board.querySelector('tr.editor') || document.querySelector('dialog[open]'));
}

/** The roster, the hours or the day are others: the page is fetched anew, each one a little later than the other. */
function moved() {
  if (inUse()) reloadBar();
  else if (document.visibilityState === 'visible') window.setTimeout(() => location.reload(), Math.random() * RELOAD_WITHIN);
  else document.addEventListener('visibilitychange', () => location.reload(), { once: true });
}

function reloadBar() {
  const bar = document.getElementById('moved');
  if (bar) bar.hidden = false;
}

window.setInterval(() => {
  drawAll(rows.keys(), false);
  if (mark?.getAttribute('connection') === 'live') mark.setAttribute('at', new Date(now()).toISOString());
}, TICK);
window.setInterval(() => {
  const said = document.getElementById('changes');
  if (changes > 0 && said) said.textContent = text('board.changes', { count: changes });
  changes = 0;
}, ANNOUNCE_EVERY);

/** @param {HTMLTableRowElement} tr */
function edit(tr) {
  const open = board.querySelector('tr.editor');
  const before = open?.previousElementSibling;
  open?.remove();
  if (before === tr) {
    tr.focus();
    return;
  }
  const editor = /** @type {import('./dk_whereabouts.js').WhereaboutsEditor} */ (document.createElement('dk-whereabouts'));
  const id = tr.dataset.person ?? '';
  const close = () => {
    holder.remove();
    tr.focus();
  };
  editor.about = {
    person: { id, name: tr.dataset.name ?? '', own: id === data.me }, policy: policyOf(id), now, entry: factsOf(id).whereabouts,
    done(entry) {
      close();
      learn(id, { ...factsOf(id), whereabouts: entry, cleared_at: null });
      toast(text('editor.saved', { name: tr.dataset.name ?? '' }));
    },
    cancel: close,
  };
  const place = element('td', { colspan: String(tr.cells.length) }, [editor]);
  const holder = element('tr', { class: 'editor' }, [place]);
  tr.after(holder);
  editor.focusFirst();
}

/** @param {HTMLTableRowElement} tr */
function explain(tr) {
  const dialog = document.getElementById('seen-as');
  const body = document.getElementById('seen-as-rows');
  if (!(dialog instanceof HTMLDialogElement) || !body) return;
  const id = tr.dataset.person ?? '';
  const facts = factsOf(id);
  /** @param {string} who @param {Facts} seen @param {boolean} reported */
  const lineOf = (who, seen, reported) => {
    const cells = cellsOf(presenceOf(seen, now(), policyOf(id)), seen, now(), policyOf(id));
    const words = [cells.status ? statusWord(cells.status, lang, 'full') : NOTHING, cells.qualifier].filter(Boolean).join(' ');
    return element('tr', {}, [element('th', { scope: 'row' }, [text(`seen_as.${who}`)]), ...[words, cells.where, cells.back, cells.note || NOTHING, reported ? cells.reported : NOTHING].map((part) => element('td', {}, [part]))]);
  };
  const name = document.getElementById('seen-as-name');
  if (name) name.textContent = tr.dataset.name ?? '';
  body.replaceChildren(lineOf('self', facts, true), lineOf('head', facts, true), lineOf('colleague', asColleague(facts), false));
  dialog.showModal();
}

if (window.innerWidth < 900) document.querySelector('.units-fold')?.removeAttribute('open');
attachFilter(board);
attachKeys(board, { edit, explain });
board.addEventListener('click', (event) => {
  const button = event.target instanceof Element ? event.target.closest('button[data-do]') : null;
  const tr = button?.closest('tr');
  if (!(button instanceof HTMLElement) || !(tr instanceof HTMLTableRowElement)) return;
  if (button.dataset.do === 'edit') edit(tr);
  else explain(tr);
});
drawAll(rows.keys(), false);
board.dataset.ready = 'yes';
