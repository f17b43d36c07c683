/** The badge: `!` when the person must act, else nothing; never a number. */

/** @param {import('./trouble.js').Trouble | null} trouble */
export const badgeText = (trouble) => (trouble?.act ? '!' : '');

/** @param {import('./trouble.js').Trouble | null} trouble */
export const showBadge = async (trouble) => {
  await chrome.action.setBadgeText({ text: badgeText(trouble) });
  if (trouble?.act) await chrome.action.setBadgeBackgroundColor({ color: '#b00020' });
};
