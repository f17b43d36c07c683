/**
 * What stands in the way, as one code. The badge shows `!` only for trouble that the person must act upon; the popup
 * says every one in a sentence.
 */

/**
 * @typedef {object} Trouble
 * @property {string} code
 * @property {boolean} act the person must do something
 * @property {string} [detail]
 * @property {string} [email] the identity that was seen, where that matters
 */

/** Codes that a person must act upon, of the ones that exist. */
const ACT = new Set(['sign_in_needed', 'not_in_roster', 'identity_conflict', 'key_taken', 'revoked']);

/**
 * The most important trouble:
 * `not_configured` (no server address from IT), `revoked`, `retired`, `not_in_roster`, `identity_conflict`, `key_taken`,
 * `sign_in_needed`, `sign_in_failed`, `refused` (the server says no to what this device sends), `offline` (something
 * waits and the server cannot be reached), `busy` (it answers that it cannot now).
 *
 * @param {object} facts
 * @param {import('./shapes.js').Managed} facts.managed
 * @param {import('./shapes.js').Sender | undefined} facts.sender
 * @param {import('./shapes.js').Identity | undefined} facts.identity
 * @param {boolean} facts.bound
 * @param {number} facts.unsent
 * @param {string | null} facts.trust
 * @returns {Trouble | null}
 */
export const troubleOf = ({ managed, sender, identity, bound, unsent }) => {
  if (!managed.server_url) return { code: 'not_configured', act: false };
  const blocked = sender?.blocked;
  if (blocked) {
    const known = ['revoked', 'retired'].includes(blocked.code);
    return { code: known ? blocked.code : 'refused', act: ACT.has(blocked.code), detail: known ? blocked.detail : blocked.code };
  }
  if (!bound && identity?.trouble) {
    const { code, ...rest } = identity.trouble;
    return { code, act: ACT.has(code), ...rest };
  }
  if (sender?.failing && unsent > 0) {
    return { code: sender.failing === 'network' ? 'offline' : 'busy', act: false, detail: sender.failing };
  }
  return null;
};
