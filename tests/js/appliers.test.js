import 'fake-indexeddb/auto';

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { beforeEach, test } from 'node:test';

import { IDBFactory } from 'fake-indexeddb';

import { awayThreshold } from '../../extension/appliers/away_threshold.js';
import { appliers } from '../../extension/appliers/index.js';
import { portalLinks } from '../../extension/appliers/portal_links.js';
import { END_ALARM, nextEndNotice, showEndNotice, startEndNotices } from '../../extension/appliers/start_end_notices.js';
import { startTabs } from '../../extension/appliers/start_tabs.js';
import { textSize } from '../../extension/appliers/text_size.js';
import { openDatabase } from '../../extension/storage.js';
import { FakeBrowser } from './fake_browser.js';

const LINKS = [{ title: '文書管理', url: 'https://bunsho.example' }, { title: '勤怠', url: 'https://kintai.example/in' }];

/** @type {FakeBrowser} */
let browser;

/** @param {FakeBrowser} next */
const use = (next) => {
  browser = next;
  Object.assign(globalThis, { chrome: next.chrome });
};

beforeEach(() => {
  Object.assign(globalThis, {
    indexedDB: new IDBFactory(),
    fetch: async (/** @type {URL} */ url) => new Response(readFileSync(url)),
  });
  use(new FakeBrowser());
});

/** @param {Record<string, unknown>} values */
const links = (values) => portalLinks.apply(values);

/** The folder that stands first on the bar. */
const folder = () => browser.childrenOf('1')[0]?.id ?? '';

test('links become a folder at the front of the bar, in order', async () => {
  browser.put('1', '自分のリンク', 'https://own.example/');
  assert.deepEqual(await links({ 'portal.links': LINKS }), [{ key: 'portal.links', state: 'applied' }]);
  assert.deepEqual(browser.childrenOf('1').map(({ title }) => title), ['部署リンク', '自分のリンク']);
  assert.deepEqual(browser.linksIn(folder()), ['文書管理 https://bunsho.example/', '勤怠 https://kintai.example/in']);
});

test('applying the same links again writes nothing', async () => {
  await links({ 'portal.links': LINKS });
  browser.writes.length = 0;
  await links({ 'portal.links': LINKS });
  assert.deepEqual(browser.writes, []);
});

test('changed links change in place: order, titles, additions, removals', async () => {
  await links({ 'portal.links': LINKS });
  await links({ 'portal.links': [{ title: '勤怠管理', url: 'https://kintai.example/in' }] });
  assert.deepEqual(browser.linksIn(folder()), ['勤怠管理 https://kintai.example/in']);
  await links({ 'portal.links': [{ title: '新', url: 'https://a.example/' }, ...LINKS] });
  assert.deepEqual(browser.linksIn(folder()), ['新 https://a.example/', '文書管理 https://bunsho.example/', '勤怠 https://kintai.example/in']);
});

test('what the person keeps in our folder stays, behind ours', async () => {
  await links({ 'portal.links': LINKS });
  const own = browser.put(folder(), '私の', 'https://mine.example/');
  await links({ 'portal.links': [LINKS[0]] });
  await links({ 'portal.links': [...LINKS, { title: '議会', url: 'https://gikai.example/' }] });
  assert.deepEqual(browser.childrenOf(folder()).map(({ title }) => title), ['文書管理', '勤怠', '議会', '私の']);
  await links({});
  assert.equal(browser.node(own).title, '私の');
  assert.deepEqual(browser.childrenOf(browser.node(own).parentId ?? '').map(({ title }) => title), ['私の']);
});

test('a folder of the same name that the person made is left alone', async () => {
  const theirs = browser.put('1', '部署リンク');
  browser.put(theirs, '私の', 'https://mine.example/');
  await links({ 'portal.links': LINKS });
  await links({});
  assert.deepEqual(browser.linksIn(theirs), ['私の https://mine.example/']);
  assert.deepEqual(browser.childrenOf('1').map(({ id }) => id), [theirs]);
});

test('without the setting our folder is gone and nothing is reported', async () => {
  await links({ 'portal.links': LINKS });
  assert.deepEqual(await links({}), []);
  assert.deepEqual(browser.childrenOf('1'), []);
});

test('a folder that the person deleted is made again', async () => {
  await links({ 'portal.links': LINKS });
  await browser.chrome.bookmarks.removeTree(folder());
  await links({ 'portal.links': LINKS });
  assert.equal(browser.linksIn(folder()).length, 2);
});

test('killed after any single write, the next run ends with one folder and no doubles', async () => {
  for (let survived = 0; survived < 4; survived += 1) {
    Object.assign(globalThis, { indexedDB: new IDBFactory() });
    const next = new FakeBrowser();
    const whole = next.chrome;
    let left = survived;
    const dying = async (/** @type {any} */ details) => {
      if (left === 0) throw new Error('killed');
      left -= 1;
      return whole.bookmarks.create(details);
    };
    use(next);
    Object.assign(globalThis, { chrome: { ...whole, bookmarks: { ...whole.bookmarks, create: dying } } });
    await links({ 'portal.links': LINKS }).catch(() => 'killed');
    Object.assign(globalThis, { chrome: whole });
    await links({ 'portal.links': LINKS });
    assert.deepEqual(browser.childrenOf('1').map(({ title }) => title), ['部署リンク'], `${survived} writes survived`);
    assert.deepEqual(browser.linksIn(folder()), ['文書管理 https://bunsho.example/', '勤怠 https://kintai.example/in']);
  }
});

test('only https links are made; the others are said', async () => {
  const [result] = await links({ 'portal.links': [...LINKS, { title: '悪', url: 'javascript:alert(1)' }, { title: '旧', url: 'http://old.example/' }] });
  assert.deepEqual(result, { key: 'portal.links', state: 'failed', detail: '2 of 4 links are not https' });
  assert.equal(browser.linksIn(folder()).length, 2);
});

test('a link to this machine itself may be http, one to a host that only looks like it may not', async () => {
  const local = { title: 'デモ', url: 'http://127.0.0.1:8000/today' };
  assert.equal((await links({ 'portal.links': [local] }))[0]?.state, 'applied');
  assert.equal((await links({ 'portal.links': [{ title: '偽', url: 'http://127.0.0.1.evil.example/' }] }))[0]?.state, 'failed');
});

test('a value of the wrong form fails and changes nothing', async () => {
  assert.equal((await links({ 'portal.links': 'https://a.example' }))[0]?.state, 'failed');
  assert.equal((await links({ 'portal.links': [{ title: 1, url: 'https://a.example' }] }))[0]?.state, 'failed');
  assert.deepEqual(browser.writes, []);
});

test('a browser without bookmarks says unsupported', async () => {
  Object.assign(globalThis, { chrome: { ...browser.chrome, bookmarks: undefined } });
  assert.equal((await links({ 'portal.links': LINKS }))[0]?.state, 'unsupported');
  assert.deepEqual(await links({}), []);
});

test('start tabs open once in a browser session, in the background', async () => {
  const values = { 'start.tabs': ['https://portal.example/', 'https://mail.example/'] };
  assert.deepEqual(await startTabs.apply(values), [{ key: 'start.tabs', state: 'applied' }]);
  await startTabs.apply(values);
  await startTabs.apply({ 'start.tabs': ['https://new.example/'] });
  assert.deepEqual(browser.tabsOpen, [{ url: 'https://portal.example/', active: false }, { url: 'https://mail.example/', active: false }]);
  browser.session.clear();
  await startTabs.apply({ 'start.tabs': ['https://new.example/', 'https://mail.example'] });
  assert.deepEqual(browser.tabsOpen.map(({ url }) => url), ['https://portal.example/', 'https://mail.example/', 'https://new.example/']);
});

test('start tabs are https alone', async () => {
  const [result] = await startTabs.apply({ 'start.tabs': ['file:///etc/passwd', 'https://portal.example/'] });
  assert.equal(result?.state, 'failed');
  assert.deepEqual(browser.tabsOpen.map(({ url }) => url), ['https://portal.example/']);
  assert.deepEqual(await startTabs.apply({}), []);
});

test('the text size is set once and given back when the setting is gone', async () => {
  assert.deepEqual(await textSize.apply({ 'display.text_size': 20 }), [{ key: 'display.text_size', state: 'applied' }]);
  await textSize.apply({ 'display.text_size': 20 });
  assert.deepEqual(browser.writes, ['fontSettings.setDefaultFontSize']);
  assert.deepEqual(await textSize.apply({}), []);
  await textSize.apply({});
  assert.equal(browser.font.pixelSize, 16);
  assert.deepEqual(browser.writes, ['fontSettings.setDefaultFontSize', 'fontSettings.clearDefaultFontSize']);
});

test('a size that we never set is never cleared', async () => {
  await textSize.apply({});
  assert.deepEqual(browser.writes, []);
});

test('where policy or another extension decides, the text size is overruled', async () => {
  for (const levelOfControl of ['not_controllable', 'controlled_by_other_extensions']) {
    browser.font = { pixelSize: 18, levelOfControl };
    assert.deepEqual(await textSize.apply({ 'display.text_size': 20 }), [{ key: 'display.text_size', state: 'overruled', detail: levelOfControl }]);
  }
  assert.deepEqual(browser.writes, []);
});

test('a text size out of bounds fails; a browser without fonts says unsupported', async () => {
  for (const size of [8, 73, 16.5, '20', null]) assert.equal((await textSize.apply({ 'display.text_size': size }))[0]?.state, 'failed');
  Object.assign(globalThis, { chrome: { ...browser.chrome, fontSettings: undefined } });
  assert.equal((await textSize.apply({ 'display.text_size': 20 }))[0]?.state, 'unsupported');
});

test('the away threshold is told to the browser in seconds, ten minutes without a value', async () => {
  assert.equal((await awayThreshold.apply({ 'activity.away_after_minutes': 15 }))[0]?.state, 'applied');
  assert.equal(browser.detection, 900);
  assert.equal((await awayThreshold.apply({ 'activity.away_after_minutes': 0 }))[0]?.state, 'failed');
  assert.equal(browser.detection, 900);
  assert.deepEqual(await awayThreshold.apply({}), []);
  assert.equal(browser.detection, 600);
});

/** A session that began at `started_at`. @param {number} started_at */
const working = async (started_at) => {
  const db = openDatabase();
  await db.change((t) => t.put('meta', { open: true, started_at }, 'activity'), ['meta']);
  await db.close();
};

const NOTICES = { 'notices.start_end': true, 'hours.end': '17:15', 'city.timezone': 'Asia/Tokyo' };

test('the start is noticed once in a browser session', async () => {
  await working(Date.now());
  assert.deepEqual(await startEndNotices.apply(NOTICES), [{ key: 'notices.start_end', state: 'applied' }]);
  await startEndNotices.apply(NOTICES);
  assert.deepEqual(browser.notices.map(({ id }) => id), ['notices.start']);
  assert.match(browser.notices[0]?.message ?? '', /^\d{1,2}:\d{2} 開始。/);
});

test('switched on during the day it says nothing of the morning', async () => {
  await working(Date.now() - 3 * 60 * 60_000);
  await startEndNotices.apply(NOTICES);
  assert.deepEqual(browser.notices, []);
});

test('the end is noticed ten minutes before, today or tomorrow, in the city\'s zone', () => {
  /** @type {import('../../extension/appliers/start_end_notices.js').Hours} */
  const hours = { ends: '17:15', zone: 'Asia/Tokyo', lang: 'ja' };
  const at = (/** @type {string} */ text) => Date.parse(`${text}+09:00`);
  assert.equal(nextEndNotice(hours, at('2026-11-24T08:30:00')), at('2026-11-24T17:05:00'));
  assert.equal(nextEndNotice(hours, at('2026-11-24T17:05:00')), at('2026-11-25T17:05:00'));
});

test('the alarm shows the end and sets the next; slept over, it only sets the next', async () => {
  await startEndNotices.apply({ ...NOTICES, 'ui.language': 'en' });
  const rings = Date.parse('2026-11-24T17:05:00+09:00');
  await showEndNotice(rings);
  assert.deepEqual(browser.notices, [{ id: END_ALARM, title: 'Your hours end soon (17:15)', message: 'When you leave, press “End work” with the Dokodemo button' }]);
  assert.equal(browser.alarmsSet.get(END_ALARM), Date.parse('2026-11-25T17:05:00+09:00'));
  await showEndNotice(rings + 3 * 60 * 60_000);
  assert.equal(browser.notices.length, 1);
});

test('switched off, no alarm is left', async () => {
  await startEndNotices.apply(NOTICES);
  assert.ok(browser.alarmsSet.has(END_ALARM));
  assert.deepEqual(await startEndNotices.apply({ 'notices.start_end': false }), [{ key: 'notices.start_end', state: 'applied' }]);
  assert.equal(browser.alarmsSet.size, 0);
  await showEndNotice(Date.now());
  assert.deepEqual(browser.notices, []);
});

test('a person who switched notices off is not overruled by us', async () => {
  browser.permission = 'denied';
  assert.equal((await startEndNotices.apply(NOTICES))[0]?.state, 'overruled');
});

test('all appliers together, twice: the second time changes nothing', async () => {
  const values = { 'portal.links': LINKS, 'start.tabs': ['https://portal.example/'], 'display.text_size': 20, 'activity.away_after_minutes': 12, ...NOTICES };
  const run = async () => {
    for (const { keys, apply } of appliers) await apply(Object.fromEntries(Object.entries(values).filter(([key]) => keys.includes(key))));
  };
  await run();
  browser.writes.length = 0;
  await run();
  assert.deepEqual(browser.writes, []);
});
