/** 今日: the ribbon drawn, one's own status kept live, the whereabouts editor. */

import './dk_whereabouts.js';
import './shared/ribbon.js';
import { NOTHING, cellsOf, momentText } from './board_cells.js';
import { watch } from './live.js';
import { isTyping, singleKeys } from './page.js';
import { people } from './person_search.js';
import { presenceOf } from './shared/presence.js';
import { statusRow, statusWord } from './shared/status.js';
import { clock } from './shared/times.js';
import { dataOf, language, text } from './words.js';

const data = dataOf('today-data');
const behind = Date.parse(data.server_time) - Date.now();
const now = () => Date.now() + behind;
/** @type {import('./shared/presence.js').Facts} */
let facts = data.facts;

const ribbon = /** @type {import('./shared/ribbon.js').Ribbon|null} */ (document.getElementById('ribbon'));
if (ribbon) ribbon.day = data.ribbon;

const place = /** @type {HTMLElement} */ (document.getElementById('now'));
/** @param {string} name @param {string} words */
function put(name, words) {
  const cell = place.querySelector(`[data-cell="${name}"]`);
  if (cell && cell.textContent !== words) cell.textContent = words;
}

function draw() {
  const presence = presenceOf(facts, now(), data.policy);
  const cells = cellsOf(presence, facts, now(), data.policy);
  const status = place.querySelector('dk-status');
  if (cells.status) status?.setAttribute('status', cells.status);
  else status?.removeAttribute('status');
  put('where', cells.where === NOTHING ? '' : cells.where);
  put('qualifier', cells.qualifier);
  put('since', presence.since ? text('cell.since', { time: momentText(presence.since, now(), data.policy.utc_offset_minutes) }) : '');
  place.querySelector('[data-cell="overdue"]')?.toggleAttribute('hidden', !cells.overdue);
}

const shown = facts.whereabouts?.id ?? null;

/** A colleague entered something while the page stood open: said at once, with the way to see it and to replace it. */
async function tell() {
  const entry = facts.whereabouts;
  const notice = document.getElementById('set-by-other');
  if (!notice) return;
  const told = entry !== null && entry.id !== shown && entry.author_id !== data.me;
  notice.hidden = !told;
  if (!told) return;
  const everybody = await people().catch(() => []);
  const name = everybody.find((one) => one.id === entry.author_id)?.name;
  const status = statusWord(entry.status, language(), 'full');
  const sentence = notice.querySelector('span');
  if (sentence) sentence.textContent = name ? text('editor.set_by_other', { name, status }) : text('editor.set_by_somebody', { status });
}

const mark = document.getElementById('connection');
const line = watch(null, null, {
  onFacts(found, serverTime) {
    mark?.setAttribute('at', serverTime);
    const own = found.find((one) => one.person_id === data.me);
    if (own) facts = own;
    draw();
    void tell();
  },
  onState(state) {
    mark?.setAttribute('connection', state);
    document.getElementById('stale')?.toggleAttribute('hidden', state !== 'offline');
  },
  onRefused() {
    line.close();
    location.reload();
  },
}, data.live_url);

const box = document.getElementById('editor');
const button = document.getElementById('change');

function edit() {
  if (!box) return;
  if (!box.hidden) {
    box.hidden = true;
    button?.focus();
    return;
  }
  const editor = /** @type {import('./dk_whereabouts.js').WhereaboutsEditor} */ (document.createElement('dk-whereabouts'));
  editor.about = {
    person: { id: data.me, name: data.name, own: true }, policy: data.policy, now, entry: facts.whereabouts, destinations: data.destinations,
    done() {
      location.reload();
    },
    cancel() {
      box.hidden = true;
      button?.focus();
    },
  };
  box.hidden = false;
  box.replaceChildren(editor);
  editor.focusFirst();
}

if (button) {
  button.hidden = false;
  button.addEventListener('click', edit);
}
document.addEventListener('keydown', (event) => {
  if (event.key !== 'w' || isTyping(event) || !singleKeys()) return;
  event.preventDefault();
  edit();
});
/**
 * One press: later by minutes, or another status. What was declared stays as it is otherwise.
 * @param {string} what
 */
async function quick(what) {
  const entry = facts.whereabouts;
  const minutes = Number(what);
  const made = { id: crypto.randomUUID(), made_at: new Date(now()).toISOString() };
  const from = Math.max(now(), entry?.back_at ? Date.parse(entry.back_at) : 0);
  const body = Number.isNaN(minutes)
    ? { ...made, status: what }
    : {
      ...made, status: entry?.status, back_at: new Date(from + minutes * 60_000).toISOString(),
      ...(entry?.destination ? { destination: entry.destination } : {}), ...(entry?.note ? { note: entry.note } : {}),
    };
  const failed = document.getElementById('quick-error');
  try {
    const answer = await fetch('/api/v1/whereabouts', {
      method: 'PUT', headers: { 'Content-Type': 'application/json', Accept: 'application/json' }, body: JSON.stringify({ over: entry?.id, ...body }),
    });
    if (answer.ok) {
      location.reload();
      return;
    }
    const result = answer.status === 409 ? await answer.json() : {};
    if (result.current) { // somebody else was first: their entry and one's own beside each other
      facts = { ...facts, whereabouts: result.current };
      const time = clock(result.current.made_at, data.policy.utc_offset_minutes, language());
      if (failed) failed.textContent = text('editor.conflict_quick', { name: result.author ?? '', time, status: statusWord(result.current.status, language(), 'full') });
    } else if (failed) {
      failed.textContent = text('editor.refused');
    }
  } catch {
    if (failed) failed.textContent = text('editor.offline');
  }
  if (failed) failed.hidden = false;
}

const choices = document.getElementById('quick');
if (choices && facts.whereabouts) {
  choices.hidden = false;
  const row = statusRow(facts.whereabouts.status);
  for (const chip of choices.querySelectorAll('[data-quick]')) {
    if (!(chip instanceof HTMLElement)) continue;
    const what = chip.dataset.quick ?? '';
    chip.hidden = /^\d+$/.test(what) ? row.back === 'no' || row.back_is === 'date' : what === facts.whereabouts.status;
    chip.addEventListener('click', () => void quick(what));
  }
}

window.setInterval(() => {
  draw();
  if (ribbon && ribbon.day && ribbon.day.now !== null) ribbon.day = { ...ribbon.day, now: now() };
  if (mark?.getAttribute('connection') === 'live') mark.setAttribute('at', new Date(now()).toISOString());
}, 30_000);
