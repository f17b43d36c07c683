/**
 * New versions of the extension. Chrome installs one only when the worker rests; a busy one would put it off until the
 * next start of the browser. So: remembered when it is there, and the extension reloads itself after the round that is
 * under way, never inside one. The journal lies in the database and does not notice.
 */

const MARK = 'update';

/**
 * @param {import('./storage.js').Marks} marks
 * @param {string} version
 */
export const noteUpdate = (marks, version) => marks.set(MARK, version);

/** @param {import('./storage.js').Marks} marks */
export const reloadIfReady = async (marks) => {
  const version = await marks.get(MARK);
  if (!version) return;
  await marks.remove(MARK);
  chrome.runtime.reload();
};
