import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { ROWS } from '../../extension/shared/status.js';
import { SHAPES } from '../../extension/shared/shapes.js';

const shared = new URL('../../extension/shared/', import.meta.url);
const vendored = readFileSync(new URL('tokens.css', shared), 'utf-8');
const ours = readFileSync(new URL('tokens-app.css', shared), 'utf-8');
const styles = readFileSync(new URL('pieces.css', shared), 'utf-8') + readFileSync(new URL('../popup/popup.css', shared), 'utf-8');

/** The declarations of the block that follows `selector`. @param {string} css @param {string} selector */
const block = (css, selector) => {
  const start = css.indexOf('{', css.indexOf(selector));
  assert.ok(start > 0, selector);
  return new Map([...css.slice(start, css.indexOf('}', start)).matchAll(/(--[\w-]+):\s*([^;]+);/g)].map((found) => /** @type {[string, string]} */ ([found[1], found[2]?.trim()])));
};

const base = block(vendored, ':root');
const light = block(ours, ':root {');
const darkByChoice = block(ours, ":root[data-theme='dark']");
const darkByBrowser = block(ours, ":root:not([data-theme='light'])");

/** @param {string} value @param {Map<string, string>} theme @returns {string} a hex colour */
const colour = (value, theme) => {
  const name = /^var\((--[\w-]+)\)$/.exec(value)?.[1];
  if (!name) return value;
  const next = theme.get(name) ?? light.get(name) ?? base.get(name);
  assert.ok(next, `${name} is defined`);
  return colour(next, theme);
};

/** @param {string} hex */
const luminance = (hex) => {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};

/** WCAG contrast of two tokens. @param {string} a @param {string} b @param {Map<string, string>} theme */
const contrast = (a, b, theme) => {
  const [high = 0, low = 0] = [a, b].map((name) => luminance(colour(`var(${name})`, theme))).sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
};

test('the design tokens are those of version 1.1.9, unchanged', () => {
  assert.equal(createHash('sha256').update(vendored).digest('hex'), 'ec3fb5b1e881d1bdf076feff29fe15a32269353c7a9cef40194f1eff0c3d7a90');
});

test('dark by the browser and dark by choice are the same', () => {
  assert.deepEqual([...darkByBrowser], [...darkByChoice]);
});

for (const [name, theme] of /** @type {const} */ ([['light', new Map()], ['dark', darkByChoice]])) {
  test(`in ${name}, words can be read: 4.5 at least on page, surface, band and tint`, () => {
    const texts = ['--dk-text', '--dk-text-secondary', '--dk-text-quiet', '--dk-link', '--dk-error', '--dk-success', '--dk-warning', '--dk-action'];
    for (const text of texts) {
      for (const ground of ['--dk-page', '--dk-surface', '--dk-band']) assert.ok(contrast(text, ground, theme) >= 4.5, `${text} on ${ground}: ${contrast(text, ground, theme)}`);
    }
    for (const tone of new Set(ROWS.map((row) => row.tone))) {
      for (const ground of ['--dk-page', '--dk-surface', '--dk-selected', `--dk-tone-${tone}-tint`]) {
        assert.ok(contrast(`--dk-tone-${tone}`, ground, theme) >= 4.5, `${tone} on ${ground}: ${contrast(`--dk-tone-${tone}`, ground, theme)}`);
      }
    }
    assert.ok(contrast('--dk-action-text', '--dk-action', theme) >= 4.5);
    assert.ok(contrast('--dk-control-line', '--dk-surface', theme) >= 3);
  });
}

test('every token that a style uses is defined', () => {
  for (const [, name = ''] of (styles + ours).matchAll(/var\((--[\w-]+)/g)) assert.ok(base.has(name) || light.has(name), name);
});

test('every status has a drawn shape, and no two shapes are drawn alike', () => {
  for (const row of ROWS) assert.ok(SHAPES[row.shape], row.shape);
  const drawn = Object.values(SHAPES).map((parts) => JSON.stringify(parts));
  assert.equal(new Set(drawn).size, drawn.length);
});
