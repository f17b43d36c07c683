/** The words of popup and notices in the language of the person's choice: chrome.i18n follows the browser's and cannot switch. */

/** @typedef {(key: string, ...values: (string | number)[]) => string} Say */

/** @typedef {Record<string, {message: string}>} Catalogue */

/**
 * @param {'ja' | 'en'} language
 * @returns {Promise<Catalogue>}
 */
export const catalogueIn = async (language) => (await fetch(new URL(`./_locales/${language}/messages.json`, import.meta.url))).json();

/**
 * @param {Catalogue} catalogue
 * @returns {Say} a key that the catalogue lacks is an error: a blank button helps nobody
 */
export const sayingFrom = (catalogue) => (key, ...values) => {
  const found = catalogue[key];
  if (!found) throw new Error(`no words for ${key}`);
  return found.message.replaceAll(/\$(\d)/g, (_, digit) => String(values[Number(digit) - 1] ?? ''));
};
