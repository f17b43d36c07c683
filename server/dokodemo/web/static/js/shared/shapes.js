/**
 * The shapes of the 22 statuses and a few marks, drawn by us on a 16 × 16 grid with a 2 px stroke in `currentColor`:
 * fonts draw ⌂ ▣ ☾ differently. A shape is the first sign of a status; its word always stands beside it.
 */

const SVG = 'http://www.w3.org/2000/svg';

/** @typedef {[tag: string, attributes: Record<string, string>]} Part */

/** @param {string} d @returns {Part} */
const line = (d) => ['path', { d, fill: 'none' }];
/** @param {string} d @returns {Part} */
const area = (d) => ['path', { d, fill: 'currentColor' }];
/** @param {number} r @param {Record<string, string>} more @returns {Part} */
const circle = (r, more) => ['circle', { cx: '8', cy: '8', r: String(r), ...more }];

/** @type {Readonly<Record<string, readonly Part[]>>} */
export const SHAPES = {
  filled_circle: [circle(6, { fill: 'currentColor' })],
  half_circle: [circle(6, { fill: 'none' }), area('M8 2a6 6 0 0 0 0 12z')],
  square: [area('M3 3h10v10H3z')],
  framed_square: [line('M2 2h12v12H2z'), ['path', { d: 'M5.5 5.5h5v5h-5z', fill: 'currentColor', stroke: 'none' }]],
  diamond: [area('M8 2l6 6-6 6-6-6z')],
  open_diamond: [line('M8 2l6 6-6 6-6-6z')],
  triangle: [area('M8 3l6 10H2z')],
  right_triangle: [area('M3 2l10 6-10 6z')],
  house: [line('M1.5 8L8 2l6.5 6'), line('M3.5 7v7h9V7'), line('M8 14v-4')],
  arrow_up: [line('M3 13L13 3'), line('M6 3h7v7')],
  arrow_down: [line('M3 3l10 10'), line('M13 6v7H6')],
  dotted_circle: [circle(6, { fill: 'none', 'stroke-dasharray': '0.1 3.67', 'stroke-linecap': 'round' })],
  open_circle: [circle(6, { fill: 'none' })],
  lined_square: [line('M2 2h12v12H2z'), line('M5 6h6M5 10h6')],
  cross: [line('M3 3l10 10M13 3L3 13')],
  barred_cross: [line('M3 5l10 9M13 5L3 14'), line('M2 2h12')],
  crescent: [area('M10.5 2A6.5 6.5 0 1 0 14 11 5.5 5.5 0 0 1 10.5 2z')],
  star: [['path', { d: 'M8 1l2.1 4.8 5.2.5-3.9 3.5 1.1 5.1L8 12.2l-4.5 2.7 1.1-5.1L.7 6.3l5.2-.5z', fill: 'currentColor', stroke: 'none' }]],
  dash: [line('M2 8h12')],
  dot: [['circle', { cx: '8', cy: '8', r: '2', fill: 'currentColor', stroke: 'none' }]],
  arrows: [line('M2 5h11M10 2l3 3-3 3'), line('M14 11H3M6 8l-3 3 3 3')],
  question: [line('M4.5 5.5A3.5 3.5 0 1 1 9.6 8.6C8.4 9.2 8 9.6 8 11'), ['circle', { cx: '8', cy: '14', r: '1.3', fill: 'currentColor', stroke: 'none' }]],

  waiting: [circle(6, { fill: 'none' }), area('M8 2a6 6 0 0 1 6 6H8z')],
  check: [line('M2.5 8.5L6.5 12.5 13.5 4')],
  warning: [line('M8 2l6.5 12h-13z'), line('M8 6.5v3.5'), ['circle', { cx: '8', cy: '12', r: '1', fill: 'currentColor', stroke: 'none' }]],
  pencil: [line('M3 13l.8-3L11 2.8l2.2 2.2L6 12.2z')],
  info: [circle(6, { fill: 'none' }), line('M8 7.5V11'), ['circle', { cx: '8', cy: '5', r: '1', fill: 'currentColor', stroke: 'none' }]],
};

/**
 * @param {string} tag
 * @param {Record<string, string>} [attributes]
 * @param {readonly (Node|string)[]} [children]
 * @returns {SVGElement}
 */
export function svg(tag, attributes = {}, children = []) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/**
 * One shape, hidden from screen readers: its word is read instead. An unknown name is drawn as a question mark.
 * @param {string} name
 * @param {number} [size] in px
 * @returns {SVGElement}
 */
export function shape(name, size = 16) {
  const parts = SHAPES[name] ?? SHAPES.question ?? [];
  return svg('svg', {
    class: 'dk-shape', viewBox: '0 0 16 16', width: String(size), height: String(size), stroke: 'currentColor',
    'stroke-width': '2', 'stroke-linejoin': 'miter', 'aria-hidden': 'true', focusable: 'false', 'data-shape': name,
  }, parts.map(([tag, attributes]) => svg(tag, attributes)));
}
