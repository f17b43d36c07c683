/** `<dk-asof>`: as of when, and whether the connection stands. Stale data is never shown as fresh. */

import { languageOf } from './languages.js';
import { shape } from './shapes.js';
import { clockWithSeconds } from './times.js';

/** @type {Readonly<Record<string, {shape: string, ja: string, en: string}>>} */
const CONNECTIONS = {
  live: { shape: 'filled_circle', ja: '接続中', en: 'Live' },
  reconnecting: { shape: 'half_circle', ja: '再接続中…', en: 'Reconnecting…' },
  offline: { shape: 'open_circle', ja: '切断', en: 'Offline' },
};

/**
 * The words of an "as of": 10:42:07 時点 · As of 10:42:07; while cut off 10:38:00 時点のデータ.
 * @param {string|number} at
 * @param {import('./times.js').Zone} zone
 * @param {'ja'|'en'} lang
 * @param {string} [connection]
 */
export function asOfText(at, zone, lang, connection = 'live') {
  const time = clockWithSeconds(at, zone, lang);
  if (lang === 'en') return connection === 'offline' ? `Data as of ${time}` : `As of ${time}`;
  return connection === 'offline' ? `${time} 時点のデータ` : `${time} 時点`;
}

/**
 * Attributes: `at` (RFC 3339), `zone` (IANA name or offset in minutes), `connection` (live, reconnecting, offline;
 * without it only the time is shown).
 */
export class AsOf extends HTMLElement {
  static observedAttributes = ['at', 'zone', 'connection', 'lang'];

  connectedCallback() {
    this.draw();
  }

  attributeChangedCallback() {
    if (this.isConnected) this.draw();
  }

  draw() {
    const lang = languageOf(this);
    const connection = this.getAttribute('connection');
    const known = connection === null ? undefined : CONNECTIONS[connection];
    /** @type {(Node|string)[]} */
    const parts = [];
    if (known) {
      const word = document.createElement('span');
      word.textContent = known[lang];
      parts.push(shape(known.shape, 12), word);
    }
    const at = this.getAttribute('at');
    if (at) {
      const time = document.createElement('time');
      time.dateTime = at;
      const zone = this.getAttribute('zone') ?? 'Asia/Tokyo';
      time.textContent = asOfText(at, /^[-+]?\d+$/.test(zone) ? Number(zone) : zone, lang, connection ?? 'live');
      parts.push(time);
    }
    this.replaceChildren(...parts);
  }
}

if (!customElements.get('dk-asof')) customElements.define('dk-asof', AsOf);
