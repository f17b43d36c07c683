/** The elements of popup.html by their ids: one that is missing is a mistake of ours, not of the person. */

/** @param {string} id */
export const element = (id) => {
  const found = document.getElementById(id);
  if (!found) throw new Error(`popup.html has no #${id}`);
  return found;
};

/** @param {string} id */
export const input = (id) => {
  const found = element(id);
  if (!(found instanceof HTMLInputElement)) throw new Error(`#${id} is no input`);
  return found;
};

/**
 * Fills every element that names its words: `data-say` its text, `data-say-label` its aria-label, `data-say-hint` its placeholder.
 * @param {ParentNode} root
 * @param {import('../words.js').Say} say
 */
export const fillWords = (root, say) => {
  for (const element of root.querySelectorAll('[data-say]')) element.textContent = say(element.getAttribute('data-say') ?? '');
  for (const element of root.querySelectorAll('[data-say-label]')) element.setAttribute('aria-label', say(element.getAttribute('data-say-label') ?? ''));
  for (const element of root.querySelectorAll('[data-say-hint]')) element.setAttribute('placeholder', say(element.getAttribute('data-say-hint') ?? ''));
};
