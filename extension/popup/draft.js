/** What the form holds before it is sent: which fields a status asks for, and what is still missing. Pure. */

import { DESTINATION_MAX, NOTE_MAX, WITHOUT_NOTE, statusRow } from '../shared/status.js';

/**
 * @typedef {object} Draft
 * @property {string | null} status
 * @property {string} destination
 * @property {number | null} back_at epoch milliseconds
 * @property {string} note
 *
 * @typedef {'status' | 'destination' | 'return' | 'note'} Field
 * @typedef {{field: Field, words: string, values?: number[]}} Lack
 */

/** What the server refuses in a text: control and format characters, lone surrogates, characters of no standard. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/u;

/** The text as it is sent: a space of full width, or several, is one space. @param {string} text */
const tidy = (text) => text.replace(/\p{Zs}+/gu, ' ').trim();

/** Whether an entry of this status may have a note. @param {string | null} status */
export const takesNote = (status) => status !== null && !WITHOUT_NOTE.has(status);

/**
 * What the server would refuse in this text, counted as it counts: by characters, not by code units.
 * @param {'destination' | 'note'} field
 * @param {string} text
 * @param {number} most
 * @returns {Lack[]}
 */
const wrongIn = (field, text, most) => {
  const length = [...text].length;
  if (length > most) return [{ field, words: 'popup_text_long', values: [most, length] }];
  return UNPRINTABLE.test(text) ? [{ field, words: 'popup_text_unprintable' }] : [];
};

/**
 * What has to be given or put right before the draft can be sent, in the order of the form.
 * @param {Draft} draft
 * @param {number} now
 * @returns {Lack[]}
 */
export const lacking = ({ status, destination, back_at, note }, now) => {
  if (status === null) return [{ field: 'status', words: 'popup_choose_status' }];
  const row = statusRow(status);
  /** @type {Lack[]} */
  const lacks = [];
  if (row.dest === 'must' && tidy(destination) === '') lacks.push({ field: 'destination', words: 'popup_destination_missing' });
  if (row.dest !== 'no') lacks.push(...wrongIn('destination', tidy(destination), DESTINATION_MAX));
  if (row.back === 'must' && back_at === null) lacks.push({ field: 'return', words: 'popup_return_missing' });
  if (row.back !== 'no' && back_at !== null && back_at <= now) lacks.push({ field: 'return', words: 'popup_return_past' });
  if (takesNote(status)) lacks.push(...wrongIn('note', tidy(note), NOTE_MAX));
  return lacks;
};

/**
 * The declaration of a complete draft: only what its status asks for.
 * @param {Draft} draft
 * @returns {import('../declare.js').Declared}
 */
export const declaredBy = ({ status, destination, back_at, note }) => {
  if (status === null) throw new Error('a draft without a status declares nothing');
  const row = statusRow(status);
  return {
    status,
    ...(row.dest !== 'no' && tidy(destination) !== '' ? { destination: tidy(destination) } : {}),
    ...(row.back !== 'no' && back_at !== null ? { back_at: new Date(back_at).toISOString() } : {}),
    ...(takesNote(status) && tidy(note) !== '' ? { note: tidy(note) } : {}),
  };
};
