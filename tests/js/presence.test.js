import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { presenceOf } from '../../extension/shared/presence.js';

const vectors = JSON.parse(readFileSync(new URL('../vectors/presence.json', import.meta.url), 'utf-8'));

const EMPTY_FACTS = { place: null, meeting: null, since: null, until: null, whereabouts: null, cleared_at: null };
const EMPTY_CELL = {
  qualifier: null, at: null, since: null, place: null, destination: null, back_at: null, note: null,
  overdue: false, by_proxy: false,
};

for (const { name, now, facts, policy, expected } of vectors.cases) {
  test(name, () => {
    const actual = presenceOf({ ...EMPTY_FACTS, ...facts }, Date.parse(now), { ...vectors.policy, ...policy });
    assert.deepEqual(actual, { ...EMPTY_CELL, ...expected });
  });
}

test('members that a server leaves out are read like null', () => {
  for (const { now, facts, policy, expected } of vectors.cases) {
    const actual = presenceOf(facts, Date.parse(now), { ...vectors.policy, ...policy });
    assert.equal(actual.status, expected.status);
  }
});

test('there are at least sixty cases, and each row has some', () => {
  assert.ok(vectors.cases.length >= 60);
  const rows = new Set(vectors.cases.map((/** @type {any} */ one) => one.expected.row));
  assert.equal(rows.size, 16);
});
