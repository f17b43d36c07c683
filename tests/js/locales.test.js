import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

import { TILES } from '../../extension/shared/status.js';
import { sayingFrom } from '../../extension/words.js';

const root = new URL('../../extension/', import.meta.url);
/** @param {string} path */
const text = (path) => readFileSync(new URL(path, root), 'utf-8');
/** @type {import('../../extension/words.js').Catalogue} */
const ja = JSON.parse(text('_locales/ja/messages.json'));
/** @type {import('../../extension/words.js').Catalogue} */
const en = JSON.parse(text('_locales/en/messages.json'));

test('Japanese and English have the same keys, in the same order', () => {
  assert.deepEqual(Object.keys(ja), Object.keys(en));
});

test('every message has the same values to fill in, and is not empty', () => {
  for (const key of Object.keys(ja)) {
    const values = (/** @type {import('../../extension/words.js').Catalogue} */ catalogue) =>
      [...new Set(catalogue[key]?.message.match(/\$\d/g) ?? [])].sort();
    assert.deepEqual(values(ja), values(en), key);
    assert.ok(ja[key]?.message.trim() && en[key]?.message.trim(), key);
  }
});

test('lists have as many items in both languages', () => {
  for (const key of Object.keys(ja).filter((name) => name.endsWith('_items'))) {
    assert.equal(ja[key]?.message.split('|').length, en[key]?.message.split('|').length, key);
  }
});

test('nobody is said to be watched', () => {
  for (const { message } of Object.values(ja)) assert.doesNotMatch(message, /監視|サボり/);
});

test('every key that the popup names exists', () => {
  const sources = readdirSync(new URL('popup/', root)).map((name) => text(`popup/${name}`)).join('\n');
  const named = [...sources.matchAll(/data-say(?:-label|-hint)?="(\w+)"|'((?:popup|trouble|pause|trust|first_run|tile|setting)_\w+)'/g)].map((found) => found[1] ?? found[2] ?? '');
  assert.ok(named.length > 40);
  for (const key of named) assert.ok(key in ja, key);
});

test('every trouble, every pause and every tile has its words', () => {
  const troubles = [...text('trouble.js').matchAll(/`(\w+)`[ ,(.]/g)].map((found) => found[1]);
  assert.ok(troubles.length >= 10);
  const keys = [...troubles.map((code) => `trouble_${code}`), ...TILES.map((code) => `tile_${code}`), ...['lost', 'paused', 'outside_hours'].map((code) => `pause_${code}`)];
  for (const key of keys) assert.ok(key in ja, key);
});

test('values are filled in by their numbers, and a missing key is an error', () => {
  const say = sayingFrom({ hello: { message: '$2 / $1' } });
  assert.equal(say('hello', 'a', 3), '3 / a');
  assert.throws(() => say('nothing'), /no words for nothing/);
});
