/**
 * In which language an element speaks: that of the nearest `lang` attribute; Japanese where there is none.
 * @param {Element} element
 * @returns {'ja'|'en'}
 */
export function languageOf(element) {
  return element.closest('[lang]')?.getAttribute('lang')?.startsWith('en') ? 'en' : 'ja';
}
