/**
 * `<dk-ribbon>`: one day of one person as a band. Segments by place (fill and pattern), edges by how they are known,
 * regular hours as a bracket, lunch as a notch. No idleness and no locked time is drawn, because none is given.
 * A table with the same content follows it in the document, collapsed.
 */

import { languageOf } from './languages.js';
import { layoutOf, rowsOf } from './ribbon_layout.js';
import { shape, svg } from './shapes.js';
import { clockFrom, dateLong } from './times.js';

const BAND = { top: 30, height: 26 };
const HEIGHT = 82;

const WORDS = {
  ja: {
    band: '今日の帯', table: '表で見る', columns: ['開始', '終了', '場所', '記録のもと'], now: '今', regular: '終業', meeting: '会議',
    places: { desk: '自席', office: '庁内', branch: '支所・出先', field: '外出', home: '在宅', satellite: 'サテライト', unknown: '不明' },
    known: { reported: '報告', google: 'Googleの記録', recovered: '復元', silent: '自動終了', corrected: '修正済' },
    empty: 'まだ記録がありません。端末にログインすると始まります',
  },
  en: {
    band: 'Day ribbon', table: 'Show as a table', columns: ['Start', 'End', 'Place', 'How it is known'], now: 'now', regular: 'end', meeting: 'Meeting',
    places: { desk: 'Desk', office: 'In the building', branch: 'Branch', field: 'Out', home: 'Home', satellite: 'Satellite', unknown: 'Unknown' },
    known: { reported: 'Reported', google: 'Google’s log', recovered: 'Recovered', silent: 'Ended by silence', corrected: 'Corrected' },
    empty: 'No record yet. It begins when you log in to a device',
  },
};

let instances = 0;

/** Give it a day by the property `day` (see `RibbonDay`). Attribute `compact`: no table (the popup). */
export class Ribbon extends HTMLElement {
  /** @type {import('./ribbon_layout.js').RibbonDay|null} */
  #day = null;
  /** @type {ResizeObserver|null} */
  #observer = null;
  #width = 0;
  #id = `dk-ribbon-${(instances += 1)}`;

  get day() {
    return this.#day;
  }

  set day(day) {
    this.#day = day;
    if (this.isConnected) this.draw();
  }

  connectedCallback() {
    this.draw();
    this.#observer = new ResizeObserver(() => {
      if (Math.round(this.clientWidth) !== this.#width) this.draw();
    });
    this.#observer.observe(this);
  }

  disconnectedCallback() {
    this.#observer?.disconnect();
  }

  draw() {
    const day = this.#day;
    const lang = languageOf(this);
    this.#width = Math.round(this.clientWidth);
    if (!day) {
      this.replaceChildren();
      return;
    }
    if (day.sessions.length === 0) {
      const empty = document.createElement('p');
      empty.className = 'dk-ribbon-empty';
      empty.textContent = WORDS[lang].empty;
      this.replaceChildren(empty);
      return;
    }
    const opened = this.querySelector('details')?.open ?? false;
    const parts = [this.#drawing(day, lang)];
    if (!this.hasAttribute('compact')) parts.push(this.#table(day, lang, opened));
    this.replaceChildren(...parts);
  }

  /**
   * @param {import('./ribbon_layout.js').RibbonDay} day
   * @param {'ja'|'en'} lang
   * @returns {Element}
   */
  #drawing(day, lang) {
    const margin = 10;
    const width = Math.max(this.#width, 200) - 2 * margin;
    const layout = layoutOf(day, width);
    const words = WORDS[lang];
    const { top, height } = BAND;
    const bottom = top + height;
    /** @type {SVGElement[]} */
    const drawn = [];
    for (const tick of layout.ticks) {
      drawn.push(svg('line', { x1: String(tick.x), x2: String(tick.x), y1: String(tick.labelled ? 16 : 20), y2: String(bottom), class: 'dk-ribbon-tick' }));
      if (tick.labelled) drawn.push(svg('text', { x: String(tick.x), y: '12', 'text-anchor': 'middle', class: 'dk-ribbon-hour' }, [String(tick.hour)]));
    }
    drawn.push(svg('rect', { x: '0', y: String(top), width: String(width), height: String(height), class: 'dk-ribbon-ground' }));
    for (const bar of layout.bars) {
      drawn.push(svg('rect', {
        x: String(bar.x), y: String(top), width: String(bar.width), height: String(height), class: `dk-place dk-place-${bar.place}`,
        fill: bar.place === 'desk' ? 'currentColor' : `url(#${this.#id}-${bar.place in words.places ? bar.place : 'unknown'})`,
      }));
    }
    for (const meeting of layout.meetings) {
      drawn.push(svg('rect', { x: String(meeting.x), y: String(top), width: String(meeting.width), height: '6', class: 'dk-ribbon-meeting' }, [svg('title', {}, [words.meeting])]));
    }
    if (layout.lunch) {
      const { x, width: wide } = layout.lunch;
      drawn.push(svg('path', { d: `M${x} ${bottom + 1}v-7h${wide}v7z`, class: 'dk-ribbon-lunch' }));
    }
    if (layout.regular) {
      const { x, width: wide } = layout.regular;
      drawn.push(svg('path', { d: `M${x + 1} ${bottom + 2}v6h${wide - 2}v-6`, class: 'dk-ribbon-regular' }));
      drawn.push(svg('text', { x: String(x + wide), y: String(HEIGHT - 4), 'text-anchor': 'end', class: 'dk-ribbon-small' }, [`${day.regular?.to} ${words.regular}`]));
    }
    for (const edge of layout.edges) drawn.push(...this.#edge(edge, top, height));
    if (layout.now !== null) {
      drawn.push(svg('path', { d: `M${layout.now} ${bottom}l-5 8h10z`, class: 'dk-ribbon-now' }));
      drawn.push(svg('text', { x: String(layout.now), y: String(HEIGHT - 4), 'text-anchor': 'middle', class: 'dk-ribbon-small' }, [words.now]));
    }
    const sentence = rowsOf(day).map((row) => this.#sentence(row, day, lang)).join(lang === 'ja' ? '、' : '; ');
    return svg('svg', { class: 'dk-ribbon-band', width: String(width + 2 * margin), height: String(HEIGHT), role: 'img', 'aria-label': `${words.band} ${dateLong(day.day, day.zone, lang)}: ${sentence}` }, [
      svg('defs', {}, this.#patterns()),
      svg('g', { transform: `translate(${margin} 0)` }, drawn),
    ]);
  }

  /**
   * @param {import('./ribbon_layout.js').Edge} edge
   * @param {number} top
   * @param {number} height
   */
  #edge(edge, top, height) {
    const { x, known } = edge;
    const bottom = top + height;
    const inward = edge.side === 'start' ? 1 : -1;
    /** @param {number} at @param {string} [more] */
    const straight = (at, more = '') => svg('line', { x1: String(at), x2: String(at), y1: String(top - 3), y2: String(bottom + 3), class: `dk-edge ${more}` });
    if (known === 'silent') {
      const reach = Math.min(18, edge.room * 0.6);
      const from = inward > 0 ? x : x - reach;
      const veil = svg('rect', { x: String(from), y: String(top - 1), width: String(reach), height: String(height + 2), fill: `url(#${this.#id}-fade-${edge.side})`, class: 'dk-edge-fade' });
      const hatch = svg('rect', { x: String(from), y: String(top), width: String(reach), height: String(height), fill: `url(#${this.#id}-hatch)`, class: 'dk-edge-hatch' });
      return [veil, hatch];
    }
    if (known === 'recovered') {
      const step = (height + 6) / 6;
      const points = Array.from({ length: 7 }, (_, index) => `${x + (index % 2 ? 6 * inward : 0)},${top - 3 + index * step}`).join(' ');
      return [svg('polyline', { points, class: 'dk-edge dk-edge-zigzag' })];
    }
    if (known === 'google') {
      return [straight(x), svg('text', { x: String(x), y: String(top - 5), 'text-anchor': 'middle', class: 'dk-ribbon-g' }, ['G'])];
    }
    if (known === 'corrected') {
      const pencil = shape('pencil', 12);
      pencil.setAttribute('x', String(x - 6));
      pencil.setAttribute('y', String(top - 15));
      return [straight(x), straight(x + 4 * inward), pencil];
    }
    return [straight(x)];
  }

  /** Patterns by place, so that the band reads in black and white. */
  #patterns() {
    /** @param {string} place @param {number} size @param {SVGElement[]} marks */
    const pattern = (place, size, marks) =>
      svg('pattern', { id: `${this.#id}-${place}`, width: String(size), height: String(size), patternUnits: 'userSpaceOnUse', class: `dk-place-${place}` }, [
        svg('rect', { width: String(size), height: String(size), class: 'dk-place-ground' }), ...marks,
      ]);
    /** @param {string} d */
    const strokes = (d) => svg('path', { d, class: 'dk-place-strokes' });
    /** @param {string} side @param {string} from @param {string} to */
    const fade = (side, from, to) =>
      svg('linearGradient', { id: `${this.#id}-fade-${side}` }, [
        svg('stop', { offset: '0', class: `dk-fade-${from}` }), svg('stop', { offset: '1', class: `dk-fade-${to}` }),
      ]);
    return [
      pattern('office', 6, [svg('circle', { cx: '3', cy: '3', r: '1.6', fill: 'currentColor' })]),
      pattern('branch', 8, [strokes('M-2 2l4-4M0 8l8-8M6 10l4-4')]),
      pattern('home', 6, [strokes('M0 3h6')]),
      pattern('satellite', 6, [strokes('M3 0v6')]),
      pattern('field', 8, [strokes('M0 0l8 8M8 0L0 8')]),
      pattern('unknown', 8, []),
      svg('pattern', { id: `${this.#id}-hatch`, width: '4', height: '4', patternUnits: 'userSpaceOnUse' }, [svg('path', { d: 'M-1 1l2-2M0 4l4-4M3 5l2-2', class: 'dk-edge-strokes' })]),
      fade('start', 'away', 'here'), fade('end', 'here', 'away'),
    ];
  }

  /**
   * @param {ReturnType<typeof rowsOf>[number]} row
   * @param {import('./ribbon_layout.js').RibbonDay} day
   * @param {'ja'|'en'} lang
   */
  #cells(row, day, lang) {
    const words = WORDS[lang];
    /** @type {Record<string, string>} */
    const places = words.places;
    const separator = lang === 'ja' ? '・' : ', ';
    return [
      clockFrom(row.from, day.day, day.zone, lang),
      row.to === null ? '' : clockFrom(row.to, day.day, day.zone, lang),
      places[row.place] ?? words.places.unknown,
      row.known.map((known) => words.known[known]).join(separator),
    ];
  }

  /**
   * @param {ReturnType<typeof rowsOf>[number]} row
   * @param {import('./ribbon_layout.js').RibbonDay} day
   * @param {'ja'|'en'} lang
   */
  #sentence(row, day, lang) {
    const [from, to, place, known] = this.#cells(row, day, lang);
    return `${from}–${to} ${place}${lang === 'ja' ? `（${known}）` : ` (${known})`}`;
  }

  /**
   * @param {import('./ribbon_layout.js').RibbonDay} day
   * @param {'ja'|'en'} lang
   * @param {boolean} opened
   */
  #table(day, lang, opened) {
    const words = WORDS[lang];
    /** @param {string} tag @param {readonly (Node|string)[]} children @param {Record<string, string>} [attributes] */
    const element = (tag, children, attributes = {}) => {
      const made = document.createElement(tag);
      for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
      made.append(...children);
      return made;
    };
    const table = element('table', [
      element('caption', [`${words.band} ${dateLong(day.day, day.zone, lang)}`], { class: 'dk-unseen' }),
      element('thead', [element('tr', words.columns.map((column) => element('th', [column], { scope: 'col' })))]),
      element('tbody', rowsOf(day).map((row) => element('tr', this.#cells(row, day, lang).map((cell) => element('td', [cell || '―']))))),
    ], { class: 'dk-table' });
    const details = element('details', [element('summary', [words.table]), table], { class: 'dk-ribbon-table' });
    if (opened) details.setAttribute('open', '');
    return details;
  }
}

if (!customElements.get('dk-ribbon')) customElements.define('dk-ribbon', Ribbon);
