/** `<dk-status>`: shape and word of a status. The word is text, so that nothing depends on shape or colour. */

import { languageOf } from './languages.js';
import { shape } from './shapes.js';
import { statusRow, statusWord } from './status.js';

const WAITING = { ja: '（送信待ち）', en: '(waiting to be sent)' };

/**
 * Attributes: `status` (a code; without it nothing is drawn), `word` ("short", "full" or "none"; "none" keeps the
 * word for screen readers), `waiting` (shows ◔ until a declaration is acknowledged), `stale` (grey outline: the connection is old),
 * `size` (px of the shape), `label` (another word for the same status, where a tile is too narrow).
 */
export class StatusMark extends HTMLElement {
  static observedAttributes = ['status', 'word', 'waiting', 'stale', 'size', 'label', 'lang'];

  connectedCallback() {
    this.draw();
  }

  attributeChangedCallback() {
    if (this.isConnected) this.draw();
  }

  draw() {
    const code = this.getAttribute('status');
    if (!code) {
      this.replaceChildren();
      return;
    }
    const lang = languageOf(this);
    const { shape: name, tone } = statusRow(code);
    const size = Number(this.getAttribute('size') ?? '16');
    const length = this.getAttribute('word') ?? 'short';
    this.dataset.tone = tone;
    const word = document.createElement('span');
    word.className = length === 'none' ? 'dk-unseen' : 'dk-status-word';
    word.textContent = this.getAttribute('label') ?? statusWord(code, lang, length === 'full' ? 'full' : 'short');
    /** @type {Node[]} */
    const parts = [shape(name, size), word];
    if (this.hasAttribute('waiting')) {
      const mark = document.createElement('span');
      mark.className = 'dk-waiting';
      const said = document.createElement('span');
      said.className = 'dk-unseen';
      said.textContent = WAITING[lang];
      mark.append(shape('waiting', 12), said);
      parts.push(mark);
    }
    this.replaceChildren(...parts);
  }
}

if (!customElements.get('dk-status')) customElements.define('dk-status', StatusMark);
