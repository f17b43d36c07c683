import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ago, atTime, clock, clockFrom, clockWithSeconds, counted, dateLong, dateShort, dayNumber, duration, offsetMinutes, partsOf } from '../../extension/shared/times.js';

const T = '2026-11-23T23:05:07.000Z'; // 08:05:07 on the 24th in Tokyo

test('a time is the city\'s, in its own form for each language', () => {
  assert.equal(clock(T, 540, 'ja'), '8:05');
  assert.equal(clock(T, 'Asia/Tokyo', 'en'), '08:05');
  assert.equal(clockWithSeconds(T, 'Asia/Tokyo', 'ja'), '8:05:07');
});

test('a date is the city\'s', () => {
  assert.equal(dateLong(T, 540, 'ja'), '2026年11月24日（火）');
  assert.equal(dateLong(T, 540, 'en'), 'Tue 24 Nov 2026');
  assert.equal(dateShort(T, 540, 'ja'), '11/24(火)');
  assert.equal(dateShort(T, 540, 'en'), '24 Nov');
  assert.equal(dateShort(T, 0, 'ja'), '11/23(月)');
});

test('a time of the next day says so, one further away has its date', () => {
  assert.equal(clockFrom('2026-11-24T16:30:00Z', T, 540, 'ja'), '翌1:30');
  assert.equal(clockFrom('2026-11-24T16:30:00Z', T, 540, 'en'), '01:30 +1');
  assert.equal(clockFrom('2026-11-26T00:00:00Z', T, 540, 'ja'), '11/26(木) 9:00');
  assert.equal(clockFrom('2026-11-24T06:00:00Z', T, 540, 'ja'), '15:00');
});

test('a span in tables and in sentences', () => {
  const span = (18 * 60 + 30) * 60_000;
  assert.equal(duration(span, 'ja'), '18:30');
  assert.equal(duration(span, 'ja', 'spoken'), '18時間30分');
  assert.equal(duration(span, 'en'), '18 h 30 min');
  assert.equal(duration(0, 'ja'), '0:00');
  assert.equal(duration(0, 'ja', 'spoken'), '0分');
  assert.equal(duration(0, 'en'), '0 min');
  assert.equal(duration(60 * 60_000, 'en'), '1 h');
  assert.equal(duration(-65 * 60_000, 'ja'), '−1:05');
});

test('minutes ago up to sixty, then the clock', () => {
  const now = Date.parse(T);
  assert.equal(ago(now - 20_000, now, 540, 'ja'), 'たった今');
  assert.equal(ago(now - 3 * 60_000, now, 540, 'ja'), '3分前');
  assert.equal(ago(now - 60 * 60_000, now, 540, 'en'), '60 min ago');
  assert.equal(ago(now - 61 * 60_000, now, 540, 'ja'), '7:04');
});

test('counts have separators and units', () => {
  assert.equal(counted(2600, '人', 'ja'), '2,600人');
  assert.equal(counted(2600, 'people', 'en'), '2,600 people');
});

test('a zone with summer time is followed through its changes', () => {
  const zone = 'Europe/Berlin';
  assert.equal(offsetMinutes('2026-03-29T00:59:59Z', zone), 60);
  assert.equal(offsetMinutes('2026-03-29T01:00:00Z', zone), 120);
  assert.equal(new Date(atTime('8:30', '2026-03-29T00:30:00Z', zone)).toISOString(), '2026-03-29T06:30:00.000Z');
  assert.equal(new Date(atTime('0:00', '2026-03-29T20:00:00Z', zone)).toISOString(), '2026-03-28T23:00:00.000Z');
});

test('every minute of two days has the parts of its zone, whatever the browser\'s zone is', () => {
  for (let at = Date.parse('2026-12-30T15:00:00Z'); at < Date.parse('2027-01-01T15:00:00Z'); at += 61_000) {
    const wall = new Date(at + 540 * 60_000);
    const { year, month, day, hour, minute } = partsOf(at, 'Asia/Tokyo');
    assert.deepEqual([year, month, day, hour, minute], [wall.getUTCFullYear(), wall.getUTCMonth() + 1, wall.getUTCDate(), wall.getUTCHours(), wall.getUTCMinutes()]);
    assert.equal(dayNumber(at, 'Asia/Tokyo'), dayNumber(at, 540));
  }
});
