/** What the form holds before it is sent: which fields a status asks for, and what is still missing. Pure. */

import { statusRow } from '../shared/status.js';

/**
 * @typedef {object} Draft
 * @property {string | null} status
 * @property {string} destination
 * @property {number | null} back_at epoch milliseconds
 *
 * @typedef {{field: 'status' | 'destination' | 'return', words: string}} Lack
 */

/**
 * What has to be given before the draft can be sent, in the order of the form.
 * @param {Draft} draft
 * @param {number} now
 * @returns {Lack[]}
 */
export const lacking = ({ status, destination, back_at }, now) => {
  if (status === null) return [{ field: 'status', words: 'popup_choose_status' }];
  const row = statusRow(status);
  /** @type {Lack[]} */
  const lacks = [];
  if (row.dest === 'must' && destination.trim() === '') lacks.push({ field: 'destination', words: 'popup_destination_missing' });
  if (row.back === 'must' && back_at === null) lacks.push({ field: 'return', words: 'popup_return_missing' });
  if (row.back !== 'no' && back_at !== null && back_at <= now) lacks.push({ field: 'return', words: 'popup_return_past' });
  return lacks;
};

/**
 * The declaration of a complete draft: only what its status asks for.
 * @param {Draft} draft
 * @returns {import('../declare.js').Declared}
 */
export const declaredBy = ({ status, destination, back_at }) => {
  if (status === null) throw new Error('a draft without a status declares nothing');
  const row = statusRow(status);
  return {
    status,
    ...(row.dest !== 'no' && destination.trim() !== '' ? { destination: destination.trim() } : {}),
    ...(row.back !== 'no' && back_at !== null ? { back_at: new Date(back_at).toISOString() } : {}),
  };
};
