/** What appliers have in common: the four ends of a setting on this device. */

/**
 * @typedef {import('../shapes.js').SettingResult} SettingResult
 * @typedef {import('../shapes.js').AppliedState} AppliedState
 */

/**
 * @param {string} key
 * @param {AppliedState} state
 * @param {string} [detail] for IT, in English; never personal
 * @returns {SettingResult}
 */
export const ended = (key, state, detail) => ({ key, state, ...(detail === undefined ? {} : { detail }) });

/**
 * Whether an address may be opened or stored for somebody: https; http on this machine itself alone, as the server
 * allows it too.
 * @param {unknown} url
 * @returns {url is string}
 */
export const isHttps = (url) => {
  if (typeof url !== 'string' || !URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || (protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(hostname));
};
