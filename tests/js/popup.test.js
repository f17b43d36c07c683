import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { declaredBy, lacking } from '../../extension/popup/draft.js';
import { notices, reportingLine, resultLines, sendingLine, settingsLine } from '../../extension/popup/lines.js';
import { hoursOf, ownPresence, zoneOf } from '../../extension/popup/own_presence.js';
import { BACK_CHOICES, backAt, backOn, offered } from '../../extension/popup/returns.js';
import { sayingFrom } from '../../extension/words.js';

const say = sayingFrom(JSON.parse(readFileSync(new URL('../../extension/_locales/ja/messages.json', import.meta.url), 'utf-8')));

/** An instant of 24 November 2026 in Tokyo. @param {string} time */
const at = (time) => Date.parse(`2026-11-24T${time}:00+09:00`);
const NOW = at('10:42');

/** @param {Partial<import('../../extension/state.js').State>} [more] @returns {import('../../extension/state.js').State} */
const state = (more = {}) => ({
  person: { id: 'p', name: '前田 聡', email: 'm@city.example' }, bound: true, trust: 'managed', configured: true, trouble: null, pause: null,
  unsent: 0, refused: 0, last_sent_at: '2026-11-24T01:41:58.000Z', settings: null, results: [], whereabouts: null, recent: [],
  session_started_at: '2026-11-23T23:24:00.000Z', mode: 'active', place: 'desk', network_place: null, meeting: null, first_run: null,
  language: 'ja', server_url: 'https://dokodemo.example', ...more,
});

/** @param {Record<string, unknown>} values */
const settings = (values) => ({ revision: /** @type {[number, number]} */ ([1, 1]), etag: 'e', values: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, { value, layer: 'organisation', locked: false }])) });

test('a draft is complete when it has what its status asks for', () => {
  const fields = (/** @type {import('../../extension/popup/draft.js').Draft} */ draft) => lacking(draft, NOW).map(({ field }) => field);
  assert.deepEqual(fields({ status: null, destination: '', back_at: null, note: '' }), ['status']);
  assert.deepEqual(fields({ status: 'at_desk', destination: '', back_at: null, note: '' }), []);
  assert.deepEqual(fields({ status: 'field', destination: ' ', back_at: null, note: '' }), ['destination', 'return']);
  assert.deepEqual(fields({ status: 'field', destination: '県庁', back_at: at('15:00'), note: '' }), []);
  assert.deepEqual(fields({ status: 'branch', destination: '', back_at: null, note: '' }), ['destination']);
  assert.deepEqual(fields({ status: 'leave', destination: '', back_at: null, note: '' }), []);
});

test('a return that has passed is asked for again', () => {
  assert.deepEqual(lacking({ status: 'field', destination: '県庁', back_at: at('10:30'), note: '' }, NOW), [{ field: 'return', words: 'popup_return_past' }]);
});

test('only what a status asks for is declared, with spaces as the server takes them', () => {
  assert.deepEqual(declaredBy({ status: 'field', destination: ' 県庁 ', back_at: at('15:00'), note: '' }), { status: 'field', destination: '県庁', back_at: '2026-11-24T06:00:00.000Z' });
  assert.deepEqual(declaredBy({ status: 'at_desk', destination: '県庁', back_at: at('15:00'), note: '' }), { status: 'at_desk' });
  assert.deepEqual(declaredBy({ status: 'direct_return', destination: '現場', back_at: at('15:00'), note: '' }), { status: 'direct_return', destination: '現場' });
  assert.deepEqual(declaredBy({ status: 'home', destination: '', back_at: null, note: ' チャット　　可 ' }), { status: 'home', note: 'チャット 可' });
  assert.deepEqual(declaredBy({ status: 'field', destination: '県庁　本館', back_at: null, note: '　' }), { status: 'field', destination: '県庁 本館' });
  assert.deepEqual(declaredBy({ status: 'leave', destination: '', back_at: null, note: '通院' }), { status: 'leave' });
});

test('texts that the server would refuse are said at their field', () => {
  const lacks = (/** @type {Partial<import('../../extension/popup/draft.js').Draft>} */ draft) =>
    lacking({ status: 'in_office', destination: '', back_at: null, note: '', ...draft }, NOW);
  assert.deepEqual(lacks({ note: '字'.repeat(40) }), []);
  assert.deepEqual(lacks({ note: '𠮷'.repeat(40), destination: '𠮷'.repeat(30) }), []);
  assert.deepEqual(lacks({ note: '字'.repeat(41) }), [{ field: 'note', words: 'popup_text_long', values: [40, 41] }]);
  assert.deepEqual(lacks({ destination: '字'.repeat(31) }), [{ field: 'destination', words: 'popup_text_long', values: [30, 31] }]);
  for (const odd of ['\ue000', 'a\u200bb', 'a\u0007', '\ud800']) assert.deepEqual(lacks({ note: odd }), [{ field: 'note', words: 'popup_text_unprintable' }]);
  assert.deepEqual(lacks({ status: 'leave', note: '字'.repeat(41) }), []);
});

test('returns that lie ahead are offered, and 直帰 only to somebody who goes out', () => {
  assert.deepEqual(offered(BACK_CHOICES, 'field', NOW, 'Asia/Tokyo'), ['+30', '+60', '12:00', '13:00', 'direct_return']);
  assert.deepEqual(offered(BACK_CHOICES, 'meeting', at('14:50'), 'Asia/Tokyo'), ['+30', '+60', '15:00', '17:15']);
  assert.deepEqual(offered(BACK_CHOICES, 'in_office', at('18:00'), 'Asia/Tokyo'), ['+30', '+60']);
});

test('minutes from now are rounded up to five; clock times are the city\'s', () => {
  assert.equal(backAt('+30', NOW, 'Asia/Tokyo'), at('11:15'));
  assert.equal(backAt('+60', at('10:45'), 'Asia/Tokyo'), at('11:45'));
  assert.equal(backAt('15:00', NOW, 'Asia/Tokyo'), at('15:00'));
  assert.equal(backOn('2026-11-26', '08:30', 'Asia/Tokyo'), Date.parse('2026-11-26T08:30:00+09:00'));
});

test('zone and hours come from the settings, else from the product', () => {
  assert.deepEqual([zoneOf(state()), hoursOf(state())], ['Asia/Tokyo', { starts: '08:30', ends: '17:15' }]);
  const own = state({ settings: settings({ 'city.timezone': 'Etc/GMT-9', 'hours.start': '07:30' }) });
  assert.deepEqual([zoneOf(own), hoursOf(own).starts], ['Etc/GMT-9', '07:30']);
});

test('the person is shown as the board shows them', () => {
  assert.equal(ownPresence(state(), NOW).status, 'at_desk');
  assert.equal(ownPresence(state({ place: null, network_place: 'branch' }), NOW).status, 'branch');
  assert.equal(ownPresence(state({ meeting: { since: '2026-11-24T00:30:00Z', until: null } }), NOW).status, 'meeting');
  assert.equal(ownPresence(state({ meeting: { since: '2026-11-24T00:30:00Z', until: '2026-11-24T01:30:00Z' } }), NOW).status, 'at_desk');
  assert.equal(ownPresence(state({ mode: null, session_started_at: null }), NOW).status, 'not_in');
  const out = ownPresence(state({ place: 'field', whereabouts: { id: 'w', status: 'field', destination: '県庁', back_at: '2026-11-24T06:00:00Z', made_at: '2026-11-24T01:00:00Z', waiting: true } }), NOW);
  assert.deepEqual([out.status, out.qualifier, out.destination, out.by_proxy], ['field', 'working', '県庁', false]);
});

test('what is reported now is said in one line', () => {
  const words = (/** @type {Partial<import('../../extension/state.js').State>} */ more) => reportingLine(state(more), 'ja', say).map((piece) => piece.words);
  assert.deepEqual(words({}), ['業務中・自席']);
  assert.deepEqual(words({ mode: 'locked', place: null }), ['離席・場所 不明']);
  assert.deepEqual(words({ pause: 'outside_hours' }), ['記録していません']);
  assert.deepEqual(words({ mode: null }), ['記録していません']);
});

test('the sending state has the time of the last answer and what waits', () => {
  assert.deepEqual(sendingLine(state(), 540, 'ja', say), [{ words: '済（10:41:58）', weight: 'good' }, { words: '未送信 0件', weight: 'plain' }]);
  assert.deepEqual(sendingLine(state({ unsent: 12, last_sent_at: null, refused: 1 }), 540, 'ja', say).map(({ words, weight }) => [words, weight]), [
    ['まだ送っていません', 'plain'], ['未送信 12件（保存済み）', 'warn'], ['サーバーが読めなかった記録 1件（保存済み）', 'warn'],
  ]);
});

test('settings are counted by what became of them, and each is named', () => {
  /** @type {import('../../extension/shapes.js').SettingResult[]} */
  const results = [{ key: 'portal.links', state: 'applied' }, { key: 'start.tabs', state: 'applied' }, { key: 'wallpaper', state: 'unsupported' }];
  assert.deepEqual(settingsLine(state({ results }), say), [{ words: '2件適用', weight: 'good' }, { words: '1件 未対応', weight: 'warn' }]);
  assert.deepEqual(settingsLine(state(), say), [{ words: 'まだ届いていません', weight: 'plain' }]);
  assert.deepEqual(resultLines(state({ results }), say, (key) => (key === 'portal.links' ? '部署リンク' : null))[0], '部署リンク: 適用済');
  assert.match(resultLines(state({ results }), say, () => null)[2] ?? '', /^wallpaper: 未対応/);
});

test('every trouble is one calm sentence; connecting is offered where it helps', () => {
  const offline = notices(state({ trouble: { code: 'offline', act: false, detail: 'network' }, unsent: 12 }), say);
  assert.deepEqual(offline, [{ words: '通信できません。記録は端末に保存されています（12件）', weight: 'warning', connect: false }]);
  assert.deepEqual(notices(state({ trouble: { code: 'sign_in_needed', act: true } }), say).map(({ connect }) => connect), [true]);
  assert.match(notices(state({ trouble: { code: 'not_in_roster', act: true, email: 'x@city.example' } }), say)[0]?.words ?? '', /x@city\.example/);
  assert.deepEqual(notices(state({ trouble: { code: 'not_configured', act: false } }), say).map(({ weight }) => weight), ['info']);
  assert.deepEqual(notices(state({ trust: 'unmanaged' }), say).length, 1);
  assert.deepEqual(notices(state({ pause: 'outside_hours' }), say)[0]?.words, '勤務時間外のため記録していません');
  assert.deepEqual(notices(state(), say), []);
});

test('whereabouts that the server refused are said, with its reason', () => {
  const refused = state({ whereabouts: { id: 'w', status: 'field', made_at: '2026-11-24T01:00:00Z', waiting: false, refused: { code: 'invalid', detail: 'destination: at most 30 characters' } } });
  assert.match(notices(refused, say)[0]?.words ?? '', /at most 30 characters/);
});
