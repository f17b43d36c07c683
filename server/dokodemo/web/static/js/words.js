/** The texts of this page, which the server puts into it in the person's language, and its other data. */

/**
 * The value of a JSON block of the page.
 * @param {string} id
 * @returns {any}
 */
export function dataOf(id) {
  const block = document.getElementById(id);
  return block ? JSON.parse(block.textContent ?? 'null') : null;
}

/** @type {Readonly<Record<string, string>>} */
const texts = dataOf('words') ?? {};

/**
 * The text of a key; names in braces are filled in.
 * @param {string} key
 * @param {Record<string, string|number>} [values]
 */
export function text(key, values = {}) {
  return (texts[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ''));
}

/** @returns {'ja'|'en'} */
export const language = () => (document.documentElement.lang === 'en' ? 'en' : 'ja');

/**
 * An element with attributes and children; texts are texts.
 * @param {string} tag
 * @param {Record<string, string>} [attributes]
 * @param {readonly (Node|string)[]} [children]
 * @returns {HTMLElement}
 */
export function element(tag, attributes = {}, children = []) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}
