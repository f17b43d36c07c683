import assert from 'node:assert/strict';
import { test } from 'node:test';

import { LONGEST_MS, SHORTEST_MS, remaining, waitAfter } from '../../extension/backoff.js';
import { periodOf, serves } from '../../extension/beats.js';

test('waits lie between two seconds and a bound that doubles up to five minutes', () => {
  for (let attempt = 0; attempt < 40; attempt += 1) {
    assert.equal(waitAfter(attempt, null, () => 0), SHORTEST_MS);
    assert.ok(waitAfter(attempt, null, () => 0.999) <= LONGEST_MS);
  }
  assert.equal(waitAfter(0, null, () => 1), 4_000);
  assert.equal(waitAfter(3, null, () => 1), 32_000);
  assert.equal(waitAfter(99, null, () => 1), LONGEST_MS);
});

test('Retry-After wins over both bounds', () => {
  assert.equal(waitAfter(0, 3_600_000, () => 0.5), 3_600_000);
  assert.equal(waitAfter(9, 1_000, () => 0.5), 1_000);
});

test('a wait is over when its time has come, or when the clock stands before its beginning', () => {
  assert.equal(remaining({ failed_at: 100, wait_ms: 50 }, 120), 30);
  assert.equal(remaining({ failed_at: 100, wait_ms: 50 }, 150), 0);
  assert.equal(remaining({ failed_at: 100, wait_ms: 50 }, 99), 0);
});

test('the alarm’s period has jitter, is what the browser can keep, and younger than the lease', () => {
  assert.equal(periodOf(60, () => 0.5), 60);
  assert.equal(Math.round(periodOf(60, () => 0)), 54);
  assert.equal(Math.round(periodOf(60, () => 1)), 66);
  assert.equal(periodOf(10, () => 0.5), 30);
  assert.ok(periodOf(300, () => 1) < 150);
});

test('an alarm serves while its period is that of the beat within the jitter', () => {
  assert.equal(serves(undefined, 60), false);
  for (const random of [0, 0.5, 1]) assert.equal(serves(periodOf(60, () => random) / 60, 60), true);
  assert.equal(serves(1, 300), false);
  assert.equal(serves(0.5, 10), true);
});
