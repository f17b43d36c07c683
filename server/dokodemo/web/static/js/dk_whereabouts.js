/**
 * `<dk-whereabouts>`: the whereabouts editor in place. Status by shape and word, destination with suggestions, times by
 * one press, a note; Enter saves, Esc leaves. What a status does not take is not asked for.
 *
 * @typedef {import('./shared/presence.js').Whereabouts} Whereabouts
 *
 * @typedef {{status: string, destination?: string|null, back_at?: string|null, note?: string|null}} Version
 *
 * @typedef {object} About
 * @property {{id: string, name: string, own: boolean}} person
 * @property {import('./shared/presence.js').Policy} policy
 * @property {() => number} now
 * @property {Whereabouts|null} entry
 * @property {string[]} [destinations]
 * @property {(entry: Whereabouts) => void} done
 * @property {() => void} cancel
 */

import './shared/status_mark.js';
import { DESTINATION_MAX, NOTE_MAX, STATUSES, TILES, WITHOUT_NOTE, statusRow, statusWord } from './shared/status.js';
import { atTime, clock } from './shared/times.js';
import { NOTHING, momentText } from './board_cells.js';
import { element, language, text } from './words.js';

const NEVER_DECLARED = new Set(['not_in', 'unknown', 'lunch', 'away']);
const BACK_TIMES = ['12:00', '13:00', '15:00', '17:15'];
const MINUTE = 60_000;

export class WhereaboutsEditor extends HTMLElement {
  /** @type {About|null} */
  about = null;
  #status = '';
  /** @type {string|undefined} */
  #seen = undefined;

  connectedCallback() {
    if (!this.about || this.childElementCount > 0) return;
    const { entry } = this.about;
    this.#draw();
    this.#choose(entry && statusRow(entry.status) && !NEVER_DECLARED.has(entry.status) ? entry.status : '');
  }

  focusFirst() {
    const first = this.querySelector('button[aria-pressed="true"]') ?? this.querySelector('button.tile');
    if (first instanceof HTMLElement) first.focus();
  }

  /** @param {string} name @returns {HTMLInputElement} */
  #input(name) {
    return /** @type {HTMLInputElement} */ (this.querySelector(`[name="${name}"]`));
  }

  #draw() {
    const { about } = this;
    if (!about) return;
    const lang = language();
    const { entry, person } = about;
    /** @param {string} code */
    const tile = (code) => {
      const button = element('button', { type: 'button', class: 'tile', 'data-status': code, 'aria-pressed': 'false' }, [element('dk-status', { status: code })]);
      button.addEventListener('click', () => this.#choose(code));
      return button;
    };
    const others = [...STATUSES.keys()].filter((code) => !TILES.includes(code) && !NEVER_DECLARED.has(code));
    const more = /** @type {HTMLSelectElement} */ (element('select', { name: 'other', 'aria-label': text('editor.other') }, [
      element('option', { value: '' }, [text('editor.other')]), ...others.map((code) => element('option', { value: code }, [statusWord(code, lang, 'full')])),
    ]));
    more.addEventListener('change', () => { if (more.value) this.#choose(more.value); });
    /** @param {string} name @param {string} label @param {Record<string, string>} attributes @param {Node[]} [extra] */
    const field = (name, label, attributes, extra = []) =>
      element('div', { class: 'field', 'data-field': name }, [
        element('label', {}, [element('span', {}, [label]), element('input', { name, autocomplete: 'off', ...attributes })]), ...extra,
      ]);
    /** @param {string} label @param {() => void} press */
    const chip = (label, press) => {
      const button = element('button', { type: 'button', class: 'chip' }, [label]);
      button.addEventListener('click', press);
      return button;
    };
    const zone = about.policy.utc_offset_minutes;
    /** @param {number} minutes */
    const later = (minutes) => () => { this.#input('back').value = padded(clock(Math.ceil((about.now() + minutes * MINUTE) / (5 * MINUTE)) * 5 * MINUTE, zone, 'en')); };
    const times = element('div', { class: 'chips', role: 'group', 'aria-label': text('editor.back_choices') }, [
      chip(text('editor.half_hour'), later(30)), chip(text('editor.hour'), later(60)),
      ...BACK_TIMES.map((time) => chip(time, () => { this.#input('back').value = time; })),
      chip(statusWord('direct_return', lang), () => this.#choose('direct_return')),
    ]);
    const list = element('datalist', { id: `destinations-${person.id}` }, (about.destinations ?? []).map((value) => element('option', { value })));
    const save = element('button', { class: 'button primary small', type: 'submit' }, [text('editor.save')]);
    const cancel = element('button', { class: 'button quiet small', type: 'button' }, [text('editor.cancel')]);
    cancel.addEventListener('click', () => about.cancel());
    const form = element('form', { 'aria-label': text('editor.title', { name: person.name }) }, [
      element('p', { class: 'editor-title' }, [text('editor.title', { name: person.name }), ...(person.own ? [] : [element('span', { class: 'tag' }, [text('cell.proxy')])])]),
      element('div', { class: 'tiles', role: 'group', 'aria-label': text('editor.status') }, [...TILES.map(tile), more]),
      element('div', { class: 'fields' }, [
        field('destination', text('editor.destination'), { maxlength: String(DESTINATION_MAX), list: `destinations-${person.id}`, value: entry?.destination ?? '' }, [list]),
        field('back', text('editor.back'), { type: 'time', step: '300', value: entry?.back_at && Date.parse(entry.back_at) > about.now() ? padded(clock(entry.back_at, zone, 'en')) : '' }, [times]),
        field('date', text('editor.date'), { type: 'date' }),
        field('note', text('editor.note'), { maxlength: String(NOTE_MAX), value: entry?.note ?? '' }),
      ]),
      element('p', { class: 'editor-error', role: 'alert', hidden: '' }),
      element('div', { class: 'versions', hidden: '' }),
      element('div', { class: 'editor-buttons' }, [save, cancel]),
    ]);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#save();
    });
    this.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || event.isComposing) return;
      event.stopPropagation();
      about.cancel();
    });
    this.replaceChildren(form);
  }

  /** @param {string} code */
  #choose(code) {
    this.#status = code;
    for (const button of this.querySelectorAll('.tile')) button.setAttribute('aria-pressed', String(button.getAttribute('data-status') === code));
    const more = /** @type {HTMLSelectElement} */ (this.querySelector('select[name="other"]'));
    more.value = code && !TILES.includes(code) ? code : '';
    const row = code ? statusRow(code) : null;
    /** @param {string} name @param {boolean} wanted */
    const show = (name, wanted) => this.querySelector(`[data-field="${name}"]`)?.toggleAttribute('hidden', !wanted);
    show('destination', row !== null && row.dest !== 'no');
    show('back', row !== null && row.back !== 'no' && row.back_is !== 'date');
    show('date', row !== null && row.back !== 'no' && row.back_is === 'date');
    show('note', row !== null && !WITHOUT_NOTE.has(code));
    this.#say('');
  }

  /** @param {string} sentence */
  #say(sentence) {
    const place = /** @type {HTMLElement} */ (this.querySelector('.editor-error'));
    place.textContent = sentence;
    place.hidden = sentence === '';
    this.querySelector('.versions')?.setAttribute('hidden', '');
  }

  /**
   * Somebody else was first: both versions beside each other, and a choice.
   * @param {Whereabouts} theirs @param {string} author @param {Version} mine @param {About} about
   */
  #compare(theirs, author, mine, about) {
    const zone = about.policy.utc_offset_minutes;
    const time = clock(theirs.made_at, zone, language());
    this.#say(text('editor.conflict', { name: author, time }));
    /** @param {string} who @param {Version} entry */
    const line = (who, entry) => element('tr', {}, [
      element('th', { scope: 'row' }, [who]), element('td', {}, [element('dk-status', { status: entry.status })]),
      ...[entry.destination, entry.back_at ? momentText(entry.back_at, about.now(), zone) : '', entry.note].map((part) => element('td', {}, [part || NOTHING])),
    ]);
    const keep = element('button', { class: 'button quiet small', type: 'button' }, [text('editor.keep_theirs')]);
    keep.addEventListener('click', () => about.done(theirs));
    const over = element('button', { class: 'button quiet small', type: 'submit' }, [text('editor.keep_mine')]);
    const heads = ['editor.version', 'editor.status_head', 'editor.destination', 'editor.back', 'editor.note'];
    const place = this.querySelector('.versions');
    place?.replaceChildren(
      element('table', { class: 'dk-table' }, [
        element('thead', {}, [element('tr', {}, heads.map((key) => element('th', { scope: 'col' }, [text(key)])))]),
        element('tbody', {}, [line(text('editor.theirs', { name: author, time }), theirs), line(text('editor.mine'), mine)]),
      ]),
      element('p', { class: 'editor-buttons' }, [keep, over]),
    );
    place?.removeAttribute('hidden');
    keep.focus();
  }

  async #save() {
    const { about } = this;
    if (!about) return;
    if (!this.#status) {
      this.#say(text('editor.choose'));
      return;
    }
    const row = statusRow(this.#status);
    const zone = about.policy.utc_offset_minutes;
    const now = about.now();
    const destination = this.#input('destination').value.trim();
    let back = null;
    if (row.back !== 'no' && row.back_is === 'date') {
      const { value } = this.#input('date');
      back = value ? Date.parse(`${value}T00:00:00Z`) - zone * MINUTE : null;
    } else if (row.back !== 'no') {
      const { value } = this.#input('back');
      back = value ? atTime(value, now, zone) : null;
    }
    if (row.dest === 'must' && !destination) return this.#missing('destination', 'editor.destination_missing');
    if (row.back === 'must' && back === null) return this.#missing(row.back_is === 'date' ? 'date' : 'back', 'editor.back_missing');
    if (back !== null && back <= now) return this.#missing(row.back_is === 'date' ? 'date' : 'back', 'editor.back_past');
    const body = {
      id: crypto.randomUUID(), status: this.#status, made_at: new Date(now).toISOString(),
      ...(row.dest !== 'no' && destination ? { destination } : {}),
      ...(back !== null ? { back_at: new Date(back).toISOString() } : {}),
      ...(!WITHOUT_NOTE.has(this.#status) && this.#input('note').value.trim() ? { note: this.#input('note').value.trim() } : {}),
      ...(about.person.own ? {} : { for_person: about.person.id }),
      ...(this.#seen ? { over: this.#seen } : {}),
    };
    await this.#send(body, about);
  }

  /** @param {string} name @param {string} key */
  #missing(name, key) {
    this.#say(text(key));
    this.#input(name).focus();
  }

  /** @param {object} body @param {About} about */
  async #send(body, about) {
    /** @type {Response} */
    let answer;
    try {
      answer = await fetch('/api/v1/whereabouts', { method: 'PUT', headers: { 'Content-Type': 'application/json', Accept: 'application/json' }, body: JSON.stringify(body) });
    } catch {
      this.#say(text('editor.offline'));
      return;
    }
    const result = await answer.json();
    if (answer.ok) {
      about.done(result);
    } else if (answer.status === 409 && result.current) {
      this.#seen = result.current.id;
      this.#compare(result.current, result.author ?? '', /** @type {Version} */ (body), about);
    } else {
      this.#say(text(answer.status === 403 ? 'editor.forbidden' : 'editor.refused'));
    }
  }
}

/** @param {string} time "8:30" as a time input wants it */
const padded = (time) => time.padStart(5, '0');

if (!customElements.get('dk-whereabouts')) customElements.define('dk-whereabouts', WhereaboutsEditor);
