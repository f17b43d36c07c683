/** What the popup says in its lines and notices, from the state alone: pure. */

import { placeWord } from '../shared/presence_words.js';
import { clockWithSeconds } from '../shared/times.js';

/**
 * @typedef {import('../state.js').State} State
 * @typedef {import('../words.js').Say} Say
 * @typedef {'good' | 'warn' | 'plain'} Weight
 * @typedef {{words: string, weight: Weight}} Piece
 * @typedef {{words: string, weight: 'info' | 'warning' | 'error', connect: boolean}} Notice
 */

const SERIOUS = new Set(['revoked', 'identity_conflict', 'key_taken', 'not_in_roster', 'refused']);

/**
 * What is reported of the person at this moment.
 * @param {State} state
 * @param {'ja' | 'en'} lang
 * @param {Say} say
 * @returns {Piece[]}
 */
export const reportingLine = (state, lang, say) => {
  if (state.pause !== null || state.mode === null) return [{ words: say('popup_reporting_nothing'), weight: 'plain' }];
  const place = placeWord(state.place ?? state.network_place, lang);
  return [{ words: say(state.mode === 'active' ? 'popup_reporting_now' : 'popup_reporting_away', place), weight: 'plain' }];
};

/**
 * @param {State} state
 * @param {import('../shared/times.js').Zone} zone
 * @param {'ja' | 'en'} lang
 * @param {Say} say
 * @returns {Piece[]}
 */
export const sendingLine = (state, zone, lang, say) => {
  const count = { words: say(state.unsent > 0 ? 'popup_unsent_saved' : 'popup_unsent', state.unsent), weight: /** @type {Weight} */ (state.unsent > 0 ? 'warn' : 'plain') };
  const sent = state.last_sent_at
    ? { words: say('popup_sent', clockWithSeconds(state.last_sent_at, zone, lang)), weight: /** @type {Weight} */ (state.unsent > 0 ? 'plain' : 'good') }
    : { words: say('popup_sent_never'), weight: /** @type {Weight} */ ('plain') };
  const refused = state.refused > 0 ? [{ words: say('popup_refused_events', state.refused), weight: /** @type {Weight} */ ('warn') }] : [];
  return [sent, count, ...refused];
};

/**
 * @param {State} state
 * @param {Say} say
 * @returns {Piece[]}
 */
export const settingsLine = (state, say) => {
  if (state.results.length === 0) return [{ words: say('popup_settings_none'), weight: 'plain' }];
  /** @type {Piece[]} */
  const pieces = [];
  for (const kind of /** @type {const} */ (['applied', 'unsupported', 'overruled', 'failed'])) {
    const count = state.results.filter((result) => result.state === kind).length;
    if (count > 0) pieces.push({ words: say(`popup_settings_${kind}`, count), weight: kind === 'applied' ? 'good' : 'warn' });
  }
  return pieces;
};

/**
 * Each result with the name of its setting; a setting without a name of its own is called by its key.
 * @param {State} state
 * @param {Say} say
 * @param {(key: string) => string | null} nameOf
 */
export const resultLines = (state, say, nameOf) =>
  state.results.map(({ key, state: became }) => `${nameOf(key) ?? key}: ${say(`popup_state_${became}`)}`);

/**
 * What stands in the way, why nothing is recorded, what kind of device this is: at most three calm sentences.
 * @param {State} state
 * @param {Say} say
 * @returns {Notice[]}
 */
export const notices = (state, say) => {
  /** @type {Notice[]} */
  const found = [];
  const { trouble } = state;
  if (trouble) {
    const counted = trouble.code === 'offline' || trouble.code === 'busy';
    const value = counted ? state.unsent : trouble.email ?? trouble.detail ?? '';
    found.push({
      words: say(`trouble_${trouble.code}`, value),
      weight: SERIOUS.has(trouble.code) ? 'error' : trouble.code === 'not_configured' ? 'info' : 'warning',
      connect: trouble.code === 'sign_in_needed' || trouble.code === 'sign_in_failed',
    });
  }
  if (state.whereabouts?.refused) {
    found.push({ words: say('popup_whereabouts_refused', state.whereabouts.refused.detail || state.whereabouts.refused.code), weight: 'warning', connect: false });
  }
  if (state.pause) found.push({ words: say(`pause_${state.pause}`), weight: state.pause === 'lost' ? 'error' : 'info', connect: false });
  if (state.trust === 'unmanaged' && !trouble) found.push({ words: say('trust_unmanaged'), weight: 'info', connect: false });
  return found;
};
