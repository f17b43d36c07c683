/** The form: eight tiles, destination with recent ones, the return, a note. It holds a draft and says when it is sent. */

import { statusRow, TILES } from '../shared/status.js';
import { atTime, clock, dayNumber } from '../shared/times.js';
import { declaredBy, lacking, takesNote } from './draft.js';
import { element, input } from './elements.js';
import { backAt, backOn, offered } from './returns.js';

/**
 * @typedef {object} Surroundings what the form needs to know of the person's settings
 * @property {import('../words.js').Say} say
 * @property {'ja' | 'en'} lang
 * @property {import('../shared/times.js').Zone} zone
 * @property {string} starts beginning of the person's hours, HH:MM
 * @property {readonly string[]} choices of return
 * @property {readonly string[]} destinations of the person, then of the unit
 *
 * @typedef {(declared: import('../declare.js').Declared) => void} Send
 * @typedef {import('./draft.js').Field} Field
 */

/** A meeting asks for a return and nearly always lasts an hour: that choice is made beforehand, and can be changed. */
const PRESUMED = { meeting: '+60' };
const RECENT_SHOWN = 2;
/** @type {readonly Field[]} in the order of the form */
const FIELDS = ['status', 'destination', 'return', 'note'];

export class WhereaboutsForm {
  /** @type {string | null} */
  #status = null;
  /** @type {number | null} */
  #back = null;
  /** @type {string | null} the chip that was pressed */
  #choice = null;

  /**
   * @param {Surroundings} surroundings
   * @param {Send} send
   */
  constructor(surroundings, send) {
    this.surroundings = surroundings;
    this.send = send;
    this.#drawTiles();
    this.#drawDestinations();
    element('whereabouts').addEventListener('submit', (event) => {
      event.preventDefault();
      this.submit();
    });
    input('return-time').addEventListener('input', () => this.#timeTyped());
    input('return-day').addEventListener('input', () => this.#dayTyped());
    for (const field of /** @type {const} */ (['destination', 'note'])) input(field).addEventListener('input', () => this.#forgive(field));
    document.addEventListener('keydown', (event) => this.#key(event));
    this.choose(null);
  }

  #drawTiles() {
    const { say, lang } = this.surroundings;
    const tiles = TILES.map((code, index) => {
      const tile = document.createElement('div');
      tile.className = 'tile';
      const radio = document.createElement('input');
      Object.assign(radio, { type: 'radio', name: 'status', value: code, id: `tile-${code}` });
      radio.setAttribute('aria-keyshortcuts', String(index + 1));
      radio.addEventListener('change', () => this.choose(code));
      radio.addEventListener('keydown', (event) => {
        if (event.key === 'Enter') {
          event.preventDefault();
          this.submit();
        }
      });
      const label = document.createElement('label');
      label.htmlFor = radio.id;
      const mark = document.createElement('dk-status');
      mark.setAttribute('status', code);
      mark.setAttribute('label', say(`tile_${code}`));
      const key = document.createElement('span');
      key.className = 'key';
      key.setAttribute('aria-hidden', 'true');
      key.textContent = String(index + 1);
      label.append(mark, key);
      tile.append(radio, label);
      tile.lang = lang;
      return tile;
    });
    const legend = document.createElement('legend');
    legend.className = 'dk-unseen';
    legend.textContent = say('popup_status');
    element('tiles').replaceChildren(legend, ...tiles);
  }

  #drawDestinations() {
    const { destinations, say } = this.surroundings;
    element('destinations').replaceChildren(...destinations.map((value) => Object.assign(document.createElement('option'), { value })));
    const chips = destinations.slice(0, RECENT_SHOWN).map((destination) => {
      const chip = document.createElement('button');
      Object.assign(chip, { type: 'button', className: 'chip', textContent: destination, title: destination });
      chip.addEventListener('click', () => {
        input('destination').value = destination;
        this.#forgive('destination');
      });
      return chip;
    });
    const name = document.createElement('span');
    name.textContent = say('popup_recent');
    element('recent').replaceChildren(...(chips.length > 0 ? [name, ...chips] : []));
  }

  /** @param {string | null} status */
  choose(status) {
    this.#status = status;
    for (const field of FIELDS) this.#forgive(field);
    const row = status === null ? null : statusRow(status);
    const byDate = row?.back_is === 'date';
    element('destination-row').toggleAttribute('disabled', row?.dest === 'no' || row === null);
    element('return-row').toggleAttribute('disabled', row?.back === 'no' || row === null);
    element('note-row').toggleAttribute('disabled', !takesNote(status));
    this.#require('destination-row', row?.dest === 'must');
    this.#require('return-row', row?.back === 'must');
    element('return-name').textContent = this.surroundings.say(byDate ? 'popup_return_day' : 'popup_return');
    element('choices').hidden = byDate;
    input('return-time').hidden = byDate;
    input('return-day').hidden = !byDate;
    this.#setBack(null, null);
    const presumed = status === 'meeting' ? PRESUMED.meeting : null;
    if (presumed) this.#setBack(backAt(presumed, Date.now(), this.surroundings.zone), presumed);
    const radio = status === null ? null : input(`tile-${status}`);
    if (radio) radio.checked = true;
  }

  /**
   * The draft of what holds now: the form begins there, with a return that still lies ahead. A note is of its day, and
   * is not said again on the next one.
   * @param {{status: string, destination?: string, back_at?: string, note?: string, made_at: string} | null} declared
   */
  beginWith(declared) {
    if (!declared || !TILES.includes(declared.status)) return;
    this.choose(declared.status);
    input('destination').value = declared.destination ?? '';
    const { zone } = this.surroundings;
    const now = Date.now();
    const today = dayNumber(now, zone);
    input('note').value = dayNumber(declared.made_at, zone) === today ? declared.note ?? '' : '';
    const back = declared.back_at === undefined ? 0 : Date.parse(declared.back_at);
    if (statusRow(declared.status).back_is === 'date' || back <= now || dayNumber(back, zone) !== today) return;
    this.#setBack(back, null);
    input('return-time').value = clock(back, zone, 'en');
  }

  /** @param {number | null} at @param {string | null} choice */
  #setBack(at, choice) {
    const { zone } = this.surroundings;
    this.#back = at;
    this.#choice = choice;
    if (at === null) {
      input('return-time').value = '';
      input('return-day').value = '';
    } else if (choice !== null) {
      input('return-time').value = clock(at, zone, 'en');
    }
    this.#drawChoices();
    this.#forgive('return');
  }

  #drawChoices() {
    const { say, lang, zone, choices } = this.surroundings;
    const words = new Map([['+30', 'popup_in_30_minutes'], ['+60', 'popup_in_1_hour'], ['direct_return', 'popup_not_back']]);
    const now = Date.now();
    const shown = offered(choices, this.#status, now, zone);
    const kept = new Map([...element('choices').querySelectorAll('button')].map((chip) => [chip.dataset.choice ?? '', chip]));
    element('choices').replaceChildren(...shown.map((choice) => {
      const chip = kept.get(choice) ?? this.#newChip(choice);
      const known = words.get(choice);
      chip.textContent = known ? say(known) : choice.startsWith('+') ? `${choice}${lang === 'ja' ? '分' : ' min'}` : clock(backAt(choice, now, zone), zone, lang);
      chip.setAttribute('aria-pressed', String(choice === this.#choice));
      return chip;
    }));
  }

  /** @param {string} choice */
  #newChip(choice) {
    const chip = document.createElement('button');
    Object.assign(chip, { type: 'button', className: 'chip' });
    chip.dataset.choice = choice;
    chip.addEventListener('click', () => {
      if (choice === 'direct_return') return this.choose('direct_return');
      if (choice === this.#choice) return this.#setBack(null, null);
      return this.#setBack(backAt(choice, Date.now(), this.surroundings.zone), choice);
    });
    return chip;
  }

  #timeTyped() {
    const { value } = input('return-time');
    this.#back = value === '' ? null : atTime(value, Date.now(), this.surroundings.zone);
    this.#choice = null;
    this.#drawChoices();
    this.#forgive('return');
  }

  #dayTyped() {
    const { value } = input('return-day');
    this.#back = value === '' ? null : backOn(value, this.surroundings.starts, this.surroundings.zone);
    this.#forgive('return');
  }

  /** Sends the draft, or says what is missing and goes there. */
  submit() {
    const draft = { status: this.#status, destination: input('destination').value, back_at: this.#back, note: input('note').value };
    const lacks = lacking(draft, Date.now());
    for (const lack of lacks) this.#complain(lack);
    const first = lacks[0];
    if (!first) {
      this.send(declaredBy(draft));
      return;
    }
    const where = { status: `tile-${TILES[0]}`, destination: 'destination', return: input('return-day').hidden ? 'return-time' : 'return-day', note: 'note' };
    const chip = first.field === 'return' ? element('choices').querySelector('button') : null;
    (input('return-day').hidden && chip instanceof HTMLElement ? chip : element(where[first.field])).focus();
  }

  /** @param {import('./draft.js').Lack} lack */
  #complain({ field, words, values = [] }) {
    const error = element(`${field}-error`);
    error.textContent = this.surroundings.say(words, ...values);
    error.hidden = false;
    for (const control of this.#controls(field)) control.setAttribute('aria-invalid', 'true');
  }

  /** @param {Field} field */
  #forgive(field) {
    element(`${field}-error`).hidden = true;
    for (const control of this.#controls(field)) control.removeAttribute('aria-invalid');
  }

  /** @param {Field} field */
  #controls(field) {
    if (field === 'status') return [];
    return field === 'return' ? [input('return-time'), input('return-day')] : [input(field)];
  }

  /** @param {string} row @param {boolean} must */
  #require(row, must) {
    for (const word of element(row).querySelectorAll('.required')) word.toggleAttribute('hidden', !must);
  }

  /** Keys 1 to 8 choose a tile, except while something is typed. @param {KeyboardEvent} event */
  #key(event) {
    const { target, key } = event;
    const typing = target instanceof HTMLInputElement && target.type !== 'radio';
    const code = TILES[Number(key) - 1];
    if (typing || event.ctrlKey || event.metaKey || event.altKey || code === undefined || element('main').hidden) return;
    event.preventDefault();
    this.choose(code);
    element(statusRow(code).dest === 'must' ? 'destination' : `tile-${code}`).focus();
  }
}

