/** Every applier, one file per concern. */

/** @type {readonly import('../settings.js').Applier[]} */
export const appliers = [];
