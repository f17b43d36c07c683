/**
 * The popup. It opens without a request and reads the device's database alone, so that everything in it but links
 * works without a network. A change shows at once, with ◔ until the server has acknowledged it.
 */

import '../shared/status_mark.js';

import { confirmFirstRun, connect, declareWhereabouts, endMeeting } from '../declare.js';
import { backWords, besideWords, placeWord } from '../shared/presence_words.js';
import { shape } from '../shared/shapes.js';
import { statusWord } from '../shared/status.js';
import { clock } from '../shared/times.js';
import { readState } from '../state.js';
import { catalogueIn, sayingFrom } from '../words.js';
import { element, fillWords } from './elements.js';
import { drawCard, mustConfirm, NOTICE_VERSION } from './first_run.js';
import { WhereaboutsForm } from './form.js';
import { notices, reportingLine, resultLines, sendingLine, settingsLine } from './lines.js';
import { hoursOf, ownPresence, zoneOf } from './own_presence.js';
import { BACK_CHOICES } from './returns.js';

/** @typedef {import('../state.js').State} State */

const REFRESH_MS = 1000;
const MINUTE = 60_000;

/** @param {State} state @returns {'ja' | 'en'} */
const langOf = (state) => (state.language === 'en' ? 'en' : 'ja');

/**
 * Everything that may change while the popup is open. The form is left alone: nothing moves under the finger.
 * @param {State} state
 * @param {import('../words.js').Say} say
 * @param {(key: string) => string | null} nameOf what a setting is called
 */
const draw = (state, say, nameOf) => {
  const [lang, zone, now] = [langOf(state), zoneOf(state), Date.now()];
  drawSeen(state, say, lang, zone, now);
  element('notices').replaceChildren(...notices(state, say).map((notice) => noticeElement(notice, say)));
  drawLine('reporting', reportingLine(state, lang, say));
  drawLine('sending', sendingLine(state, zone, lang, say));
  drawLine('settings', settingsLine(state, say));
  if (state.results.some((result) => result.state !== 'applied')) element('settings').append(showResults(say));
  element('results').replaceChildren(...resultLines(state, say, nameOf).map((words) => Object.assign(document.createElement('li'), { textContent: words })));
  const { meeting } = state;
  const on = meeting !== null && !(meeting.until && Date.parse(meeting.until) <= now);
  element('meeting').hidden = !on;
  if (on) {
    const until = meeting.until ? `、${say('popup_meeting_until', clock(meeting.until, zone, lang))}` : '';
    element('meeting-words').textContent = `${say('popup_meeting_on', clock(meeting.since, zone, lang))}${lang === 'ja' ? until : until.replace('、', ', ')}`;
  }
  const today = element('today');
  today.hidden = state.server_url === null;
  if (state.server_url !== null) today.setAttribute('href', `${state.server_url.replace(/\/$/, '')}/today`);
};

/**
 * @param {State} state
 * @param {import('../words.js').Say} say
 * @param {'ja' | 'en'} lang
 * @param {import('../shared/times.js').Zone} zone
 * @param {number} now
 */
const drawSeen = (state, say, lang, zone, now) => {
  const presence = ownPresence(state, now);
  const mark = element('seen-status');
  mark.toggleAttribute('waiting', state.whereabouts?.waiting === true);
  if (presence.status === null) mark.removeAttribute('status');
  else mark.setAttribute('status', presence.status);
  const place = presence.status === 'at_desk' && presence.place === 'desk' ? placeWord('desk', lang) : '';
  element('seen-since').textContent = [
    place === '' ? '' : lang === 'ja' ? `（${place}）` : `(${place}) `,
    presence.since ? say('popup_since', clock(presence.since, zone, lang)) : presence.status === null ? say('popup_not_started') : '',
  ].join('');
  element('seen-person').textContent = state.person?.name ?? '';
  const back = backWords(presence, now, zone, lang);
  const beside = besideWords(presence, zone, lang);
  const more = [presence.destination, back === '' ? '' : presence.status === 'direct_return' ? back : say('popup_back', back)].filter(Boolean).join('　');
  const words = document.createElement('span');
  words.textContent = [more, beside].filter(Boolean).join('　');
  if (presence.overdue) words.className = 'overdue';
  element('seen-more').replaceChildren(...(presence.overdue ? [shape('warning', 14), ' ', words] : [words]));
};

/** @param {string} id @param {import('./lines.js').Piece[]} pieces */
const drawLine = (id, pieces) => {
  element(id).replaceChildren(...pieces.map(({ words, weight }) => {
    const piece = document.createElement('span');
    piece.className = `mark ${weight}`;
    if (weight === 'good') piece.append(shape('check', 12));
    if (weight === 'warn') piece.append(shape('warning', 12));
    piece.append(words);
    return piece;
  }));
};

/** @param {import('../words.js').Say} say */
const showResults = (say) => {
  const button = document.createElement('button');
  Object.assign(button, { type: 'button', className: 'link', textContent: say('popup_settings_show') });
  button.setAttribute('aria-controls', 'results');
  button.setAttribute('aria-expanded', String(!element('results').hidden));
  button.addEventListener('click', () => {
    element('results').hidden = !element('results').hidden;
    button.setAttribute('aria-expanded', String(!element('results').hidden));
  });
  return button;
};

/** @param {import('./lines.js').Notice} notice @param {import('../words.js').Say} say */
const noticeElement = ({ words, weight, connect: connects }, say) => {
  const box = document.createElement('p');
  box.className = `notice ${weight}`;
  const text = document.createElement('span');
  text.textContent = words;
  box.append(shape(weight === 'info' ? 'info' : weight === 'error' ? 'cross' : 'warning', 14), text);
  if (connects) {
    const button = document.createElement('button');
    Object.assign(button, { type: 'button', className: 'small', textContent: say('trouble_connect') });
    button.addEventListener('click', () => void connect());
    box.append(button);
  }
  return box;
};

/** @param {State} state @param {string} key @returns {string[]} */
const list = (state, key) => {
  const value = state.settings?.values[key]?.value;
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
};

const open = async () => {
  let state = await readState();
  const lang = langOf(state);
  const catalogue = await catalogueIn(lang);
  const say = sayingFrom(catalogue);
  const nameOf = (/** @type {string} */ key) => catalogue[`setting_${key.replaceAll('.', '_')}`]?.message ?? null;
  document.documentElement.lang = lang;
  document.title = say('app_name');
  fillWords(document, say);

  /** @param {boolean} card */
  const show = (card) => {
    if (card) drawCard(state, say, lang, zoneOf(state));
    element('first-run').hidden = !card;
    element('main').hidden = card;
  };
  let drawn = '';
  const redraw = () => {
    const shows = JSON.stringify([state, Math.floor(Date.now() / MINUTE)]); // times pass over: overdue, the end of a meeting
    if (shows === drawn) return;
    drawn = shows;
    draw(state, say, nameOf);
  };
  const refresh = async () => {
    state = await readState();
    redraw();
  };

  const declare = async (/** @type {import('../declare.js').Declared} */ declared) => {
    const made_at = new Date().toISOString();
    state = { ...state, whereabouts: { id: '', ...declared, made_at, waiting: true } };
    redraw();
    await declareWhereabouts(declared);
    element('told').textContent = say('popup_saved', statusWord(declared.status, lang, 'short'));
    await refresh();
  };
  const choices = list(state, 'whereabouts.back_choices');
  const form = new WhereaboutsForm({
    say, lang, zone: zoneOf(state), starts: hoursOf(state).starts, choices: choices.length > 0 ? choices : BACK_CHOICES,
    destinations: [...new Set([...state.recent, ...list(state, 'whereabouts.unit_choices')])],
  }, (declared) => void declare(declared));
  form.beginWith(state.whereabouts);

  element('end-duty').addEventListener('click', () => void declare({ status: 'left' }));
  element('meeting-end').addEventListener('click', () => void endMeeting().then(refresh));
  element('about').addEventListener('click', () => show(true));
  element('close').addEventListener('click', () => show(false));
  element('confirm').addEventListener('click', () => void confirmFirstRun(NOTICE_VERSION).then(refresh).then(() => show(false)));
  redraw();
  show(mustConfirm(state));
  setInterval(() => void refresh(), REFRESH_MS);
};

open().catch(async (error) => {
  console.error('the popup could not be opened', error);
  const say = sayingFrom(await catalogueIn('ja'));
  element('unreadable').textContent = say('popup_unreadable');
  element('unreadable').hidden = false;
});
