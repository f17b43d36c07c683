import assert from 'node:assert/strict';
import { test } from 'node:test';

import { layoutOf, rowsOf } from '../../extension/shared/ribbon_layout.js';

/** @param {string} time @param {number} [day] */
const t = (time, day = 24) => Date.parse(`2026-11-${day}T${time}:00+09:00`);

/** @param {Partial<import('../../extension/shared/ribbon_layout.js').RibbonDay>} more @returns {import('../../extension/shared/ribbon_layout.js').RibbonDay} */
const dayWith = (more) => ({ day: t('12:00'), zone: 540, now: null, sessions: [], ...more });

/** @param {string|number} from @param {string|number|null} to @returns {import('../../extension/shared/ribbon_layout.js').RibbonSession} */
const session = (from, to) => ({
  start: { at: from, known: 'reported' }, end: to === null ? null : { at: to, known: 'silent' }, segments: [{ from, to, place: 'desk' }],
});

test('the axis shows 7 to 20', () => {
  const { from, to, ticks } = layoutOf(dayWith({}), 1300);
  assert.deepEqual([from, to], [t('07:00'), t('20:00')]);
  assert.deepEqual(ticks.map(({ hour }) => hour), [7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
  assert.deepEqual(ticks.map(({ x }) => x), Array.from({ length: 14 }, (_, index) => index * 100));
});

test('the axis widens to what the day holds, past midnight too', () => {
  const { from, to, ticks } = layoutOf(dayWith({ sessions: [session(t('05:40'), t('01:30', 25))] }), 1300);
  assert.deepEqual([from, to], [t('05:00'), t('02:00', 25)]);
  assert.deepEqual([ticks.at(0)?.hour, ticks.at(-1)?.hour], [5, 2]);
});

test('a segment lies where its times are', () => {
  const { bars, edges } = layoutOf(dayWith({ sessions: [session(t('08:00'), t('09:30'))] }), 1300);
  assert.deepEqual(bars, [{ x: 100, width: 150, place: 'desk', from: t('08:00'), to: t('09:30') }]);
  assert.deepEqual(edges.map(({ x, side, known }) => [x, side, known]), [[100, 'start', 'reported'], [250, 'end', 'silent']]);
});

test('an open session ends now and has no end edge', () => {
  const { bars, edges, now } = layoutOf(dayWith({ now: t('10:30'), sessions: [session(t('08:00'), null)] }), 1300);
  assert.equal(bars[0]?.to, t('10:30'));
  assert.deepEqual(edges.map(({ side }) => side), ['start']);
  assert.equal(now, 350);
});

test('a moment of work is still to be seen', () => {
  assert.equal(layoutOf(dayWith({ sessions: [session(t('08:00'), t('08:00'))] }), 1300).bars[0]?.width, 2);
});

test('now is not drawn on another day', () => {
  assert.equal(layoutOf(dayWith({ now: t('10:30', 25) }), 1300).now, null);
});

test('hours are labelled as the width allows', () => {
  const labels = layoutOf(dayWith({}), 300).ticks.filter(({ labelled }) => labelled).map(({ hour }) => hour);
  assert.deepEqual(labels, [8, 10, 12, 14, 16, 18, 20]);
});

test('regular hours and lunch lie in the city\'s zone', () => {
  const { regular, lunch } = layoutOf(dayWith({ regular: { from: '08:30', to: '17:15' }, lunch: { from: '12:00', to: '13:00' } }), 1300);
  assert.deepEqual(regular, { x: 150, width: 875 });
  assert.deepEqual(lunch, { x: 500, width: 100 });
});

test('the table has a row for each segment, with how its edges are known', () => {
  /** @type {import('../../extension/shared/ribbon_layout.js').RibbonSession} */
  const two = {
    start: { at: t('08:00'), known: 'recovered' }, end: { at: t('12:00'), known: 'google' },
    segments: [{ from: t('08:00'), to: t('10:00'), place: 'home' }, { from: t('10:00'), to: t('11:00'), place: 'office' }, { from: t('11:00'), to: null, place: 'desk' }],
  };
  assert.deepEqual(rowsOf(dayWith({ sessions: [two] })), [
    { from: t('08:00'), to: t('10:00'), place: 'home', known: ['recovered'] },
    { from: t('10:00'), to: t('11:00'), place: 'office', known: ['reported'] },
    { from: t('11:00'), to: t('12:00'), place: 'desk', known: ['google'] },
  ]);
});
