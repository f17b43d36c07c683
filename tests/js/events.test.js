import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { InvalidEventError, MOST_EVENT_BYTES, base64url, canonical, digestOf, fitting, formed, headAfter, textOf, utf8 } from '../../extension/events.js';

const vectors = JSON.parse(readFileSync(new URL('../vectors/journal.json', import.meta.url), 'utf-8'));
const AT = '2026-11-24T00:31:01.870Z';

test('texts, digests and heads are those of the vectors', async () => {
  let head = vectors.thumbprint;
  for (const { event, jcs, digest, head: expected } of vectors.events) {
    assert.equal(textOf(event), jcs);
    const raw = await digestOf(jcs);
    assert.equal(base64url(raw), digest);
    head = await headAfter(head, raw);
    assert.equal(head, expected);
  }
  assert.ok(vectors.events.length >= 20);
});

test('a lone surrogate becomes U+FFFD before the head is computed', () => {
  for (const { given, stored } of vectors.repaired) {
    assert.equal(formed({ seq: 1, at: AT, kind: 'x', note: given }).note, stored);
  }
});

test('U+0000 is kept', () => {
  assert.equal(canonical(formed({ seq: 1, at: AT, kind: 'x', note: 'a\u0000b' })), `{"at":"${AT}","kind":"x","note":"a\\u0000b","seq":1}`);
});

for (const [why, event] of /** @type {[string, any][]} */ ([
  ['a fraction', { seq: 1, at: AT, kind: 'x', n: 0.5 }],
  ['an integer of 2^53', { seq: 1, at: AT, kind: 'x', n: 2 ** 53 }],
  ['a list', { seq: 1, at: AT, kind: 'x', n: [] }],
  ['nothing', { seq: 1, at: AT, kind: 'x', n: null }],
  ['a name that is not ASCII', { seq: 1, at: AT, kind: 'x', 名: 'x' }],
  ['a kind with a digit', { seq: 1, at: AT, kind: 'x1' }],
  ['a kind of 41 letters', { seq: 1, at: AT, kind: 'a'.repeat(41) }],
  ['a time without milliseconds', { seq: 1, at: '2026-11-24T00:31:01Z', kind: 'x' }],
  ['no number', { at: AT, kind: 'x' }],
  ['the number 0', { seq: 0, at: AT, kind: 'x' }],
])) {
  test(`an event with ${why} has no form`, () => assert.throws(() => formed(event), InvalidEventError));
}

test('an event above 60 KB is never appended', () => {
  const empty = utf8(textOf({ seq: 1, at: AT, kind: 'x', note: '' })).length;
  const at = (/** @type {number} */ bytes) => textOf({ seq: 1, at: AT, kind: 'x', note: 'n'.repeat(bytes - empty) });
  assert.equal(utf8(at(MOST_EVENT_BYTES)).length, 61_440);
  assert.throws(() => at(MOST_EVENT_BYTES + 1), InvalidEventError);
});

test('a batch ends at 200 events', () => {
  assert.equal(fitting(Array.from({ length: 201 }, () => ({ text: '{}' }))), 200);
});

test('a batch ends at 65,536 bytes of texts, counted in UTF-8', () => {
  const of = (/** @type {number[]} */ ...bytes) => fitting(bytes.map((n) => ({ text: 'x'.repeat(n) })));
  assert.equal(of(65_536), 1);
  assert.equal(of(65_537), 0);
  assert.equal(of(60_000, 5_536), 2);
  assert.equal(of(60_000, 5_537), 1);
  assert.equal(fitting([{ text: 'あ'.repeat(21_845) }, { text: 'x' }]), 2);
  assert.equal(fitting([{ text: 'あ'.repeat(21_845) }, { text: 'あ' }]), 1);
});
