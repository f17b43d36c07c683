import assert from 'node:assert/strict';
import { test } from 'node:test';

import { LEASE_MS, signalOf, signalOfSession } from '../../extension/activity.js';
import { MORNING, Rig } from './rig.js';

/** What was recorded, short: kind, and what it says beside its time. @param {Rig} rig */
const story = async (rig) =>
  (await rig.recorded()).map(({ seq: _seq, at, kind, ...rest }) => [kind, Math.round((Date.parse(at) - MORNING) / 1000), ...Object.values(rest)]);

const at = (/** @type {number} */ seconds) => new Date(MORNING + seconds * 1000).toISOString();

const started = async () => {
  const rig = new Rig();
  await rig.device.woke();
  return rig;
};

test('recording starts with the key, before anything is configured', async () => {
  const rig = await started();
  assert.deepEqual(await story(rig), [['started', 0, 'first_install']]);
  assert.equal(rig.server.requests, 0);
});

test('a worker’s death and its new start append nothing', async () => {
  const rig = await started();
  for (let i = 0; i < 5; i += 1) {
    rig.restart();
    await rig.device.woke();
    await rig.pass(1);
  }
  assert.deepEqual(await story(rig), [['started', 0, 'first_install']]);
});

test('a new browser session after the lease ends the old one at the alive mark', async () => {
  const rig = await started();
  await rig.pass(10);
  rig.closeBrowser();
  rig.time += LEASE_MS + 1;
  await rig.device.woke();
  assert.deepEqual((await story(rig)).slice(1), [['ended', 600, 'recovered'], ['started', 900, 'login']]);
});

test('the start of the profile ends the old session whatever the alive mark says', async () => {
  const rig = await started();
  await rig.pass(2);
  rig.closeBrowser();
  rig.time += 30_000;
  await rig.device.startup();
  assert.deepEqual((await story(rig)).slice(1), [['ended', 120, 'recovered'], ['started', 150, 'login']]);
});

test('an update or a reload of the extension, which clears the mark, appends nothing', async () => {
  const rig = await started();
  await rig.pass(2);
  rig.closeBrowser();
  rig.version = '1.1';
  rig.time += 5000;
  await rig.device.woke();
  assert.deepEqual(await story(rig), [['started', 0, 'first_install']]);
});

test('what the browser said while the extension was updated is asked for once', async () => {
  const rig = await started();
  await rig.device.idle('locked', null);
  rig.closeBrowser();
  rig.time += 5000;
  await rig.device.woke();
  assert.deepEqual((await story(rig)).slice(1), [['locked', 0], ['unlocked', 5]]);
  rig.presence = { idle: 'locked', session: null };
  await rig.pass(2);
  assert.equal((await rig.recorded()).length, 3);
  rig.closeBrowser();
  await rig.device.woke();
  assert.deepEqual((await story(rig)).at(-1), ['locked', 125]);
});

test('onStartup that comes after the first look still begins the session, once, at the old alive mark', async () => {
  const rig = await started();
  await rig.pass(2);
  rig.closeBrowser();
  rig.time += 30_000;
  await rig.device.woke();
  rig.time += 10_000;
  await rig.device.alarm();
  await rig.device.startup();
  await rig.device.startup();
  rig.restart();
  await rig.device.woke();
  assert.deepEqual((await story(rig)).slice(1), [['ended', 120, 'recovered'], ['started', 160, 'login']]);
});

test('listeners that the browser calls together begin one session', async () => {
  const rig = new Rig();
  await Promise.all([rig.device.woke(), rig.device.woke(), rig.device.startup(), rig.device.alarm()]);
  const { session_id } = await rig.meta('activity');
  assert.equal(rig.marks.get('session'), session_id);
  await rig.pass(3);
  rig.closeBrowser();
  rig.time += 20_000;
  await Promise.all([rig.device.woke(), rig.device.alarm(), rig.device.startup(), rig.device.woke()]);
  rig.restart();
  await rig.device.woke();
  assert.deepEqual((await story(rig)), [['started', 0, 'first_install'], ['ended', 180, 'recovered'], ['started', 200, 'login']]);
  assert.equal((await rig.meta('activity')).session_id, rig.marks.get('session'));
});

test('a browser that is closed and started twice makes two sessions', async () => {
  const rig = await started();
  for (let i = 0; i < 2; i += 1) {
    rig.closeBrowser();
    rig.time += 1000;
    await rig.device.startup();
  }
  assert.deepEqual(Rig.kinds(await rig.recorded()), ['started', 'ended', 'started', 'ended', 'started']);
});

test('away is dated back to the last input', async () => {
  const rig = await started();
  await rig.pass(20);
  await rig.device.idle('idle', null);
  await rig.pass(1);
  await rig.device.idle('active', null);
  assert.deepEqual((await story(rig)).slice(1), [['away', 1200, at(600)], ['back', 1260]]);
});

test('away is never dated back before the last unlock', async () => {
  const rig = await started();
  await rig.device.idle('locked', null);
  await rig.pass(4);
  await rig.device.idle('active', null);
  rig.time += 60_000;
  await rig.device.idle('idle', null);
  assert.deepEqual((await story(rig)).at(-1), ['away', 300, at(240)]);
});

test('the threshold of away is the setting', async () => {
  const rig = await started();
  await rig.db.change((t) => t.put('settings', { revision: [1, 1], etag: 'e', values: { 'activity.away_after_minutes': { value: 3, layer: 'unit', locked: false } } }, 'last_good'));
  await rig.pass(20);
  await rig.device.idle('idle', null);
  assert.deepEqual((await story(rig)).at(-1), ['away', 1200, at(1020)]);
});

test('every signal in every mode is one event or none', async () => {
  /** @type {[string[], string[]][]} */
  const cases = [
    [['locked', 'locked', 'active', 'active'], ['locked', 'unlocked']],
    [['idle', 'idle', 'locked', 'active'], ['away', 'locked', 'unlocked']],
    [['idle', 'active', 'idle', 'active'], ['away', 'back', 'away', 'back']],
    [['locked', 'idle', 'active'], ['locked', 'unlocked']],
    [['active'], []],
  ];
  for (const [states, kinds] of cases) {
    const rig = await started();
    for (const state of states) {
      rig.time += 1000;
      await rig.device.idle(state, null);
    }
    assert.deepEqual(Rig.kinds(await rig.recorded()).slice(1), kinds, states.join());
  }
});

test('lock and idle that both tell of one lock are one event', async () => {
  const rig = await started();
  await Promise.all([rig.device.session('IN_LOCK_SCREEN'), rig.device.idle('locked', 'IN_LOCK_SCREEN')]);
  await Promise.all([rig.device.session('IN_SESSION'), rig.device.idle('active', 'IN_SESSION')]);
  assert.deepEqual(Rig.kinds(await rig.recorded()), ['started', 'locked', 'unlocked']);
});

test('where the lock screen is known, a screensaver is no lock, and is away only after the threshold', async () => {
  const rig = await started();
  await rig.device.idle('locked', 'IN_SESSION');
  await rig.pass(9);
  assert.deepEqual(Rig.kinds(await rig.recorded()), ['started']);
  await rig.pass(2);
  assert.deepEqual((await story(rig)).slice(1), [['away', 600, at(0)]]);
});

test('a short screensaver is never recorded', async () => {
  const rig = await started();
  await rig.device.idle('locked', 'IN_SESSION');
  await rig.pass(5);
  await rig.device.idle('active', 'IN_SESSION');
  await rig.pass(20);
  assert.deepEqual(Rig.kinds(await rig.recorded()), ['started']);
});

test('what idle and the lock screen say together', () => {
  assert.equal(signalOf('locked', null), 'lock');
  assert.equal(signalOf('locked', 'IN_SESSION'), 'screensaver');
  assert.equal(signalOf('locked', 'IN_LOCK_SCREEN'), 'lock');
  assert.equal(signalOf('idle', 'IN_SESSION'), 'idle');
  assert.equal(signalOf('active', null), 'active');
  assert.equal(signalOfSession('IN_LOCK_SCREEN'), 'lock');
  assert.equal(signalOfSession('IN_SESSION'), 'unlock');
  assert.equal(signalOfSession('UNKNOWN'), null);
});

test('time that jumps by more than the lease is sleep, told before what woke the device', async () => {
  const rig = await started();
  await rig.pass(3);
  rig.sleep(120);
  await rig.device.idle('locked', null);
  assert.deepEqual((await story(rig)).slice(1), [['slept', 7380, at(180)], ['locked', 7380]]);
  await rig.pass(1);
  assert.equal((await rig.recorded()).length, 3);
});

test('a jump of just the lease is no sleep', async () => {
  const rig = await started();
  rig.time += LEASE_MS;
  await rig.device.alarm();
  rig.time += LEASE_MS + 1;
  await rig.device.alarm();
  assert.deepEqual((await story(rig)).slice(1), [['slept', 600, at(300)]]);
});

test('a clock that is set back is no sleep and stops nothing', async () => {
  const rig = await started();
  await rig.pass(3);
  rig.skew = -86_400_000;
  await rig.pass(3);
  assert.deepEqual(Rig.kinds(await rig.recorded()), ['started']);
  await rig.device.idle('locked', null);
  assert.deepEqual(Rig.kinds(await rig.recorded()), ['started', 'locked']);
});

test('a declared meeting ends by itself at the time that was declared', async () => {
  const rig = await started();
  await rig.db.change(async (t) => {
    const activity = await t.get('meta', 'activity');
    await t.put('meta', { ...activity, meeting: { since: MORNING, until: MORNING + 150_000 } }, 'activity');
  });
  await rig.pass(5);
  assert.deepEqual((await story(rig)).slice(1), [['meeting_ended', 180]]);
});

test('outside the hours nothing is recorded, not even the alive mark, and no beat says alive', async () => {
  const rig = await new Rig().configure({ server_url: 'https://hq.example.jp', oidc_client_id: 'c', oidc_authorize_url: 'https://id.example.jp/a', working_hours_only: true });
  await rig.db.change((t) => t.put('settings', { revision: [0, 0], etag: 'x', values: { 'city.timezone': { value: 'Asia/Tokyo' }, 'hours.start': { value: '08:30' }, 'hours.end': { value: '17:15' } } }, 'last_good'));
  rig.server.settings = { revision: [1, 1], etag: 'e', values: { 'city.timezone': { value: 'Asia/Tokyo' }, 'hours.end': { value: '10:00' } } };
  await rig.device.woke(); // 9:00 in Tokyo
  await rig.pass(59);
  const mark = (await rig.meta('activity')).alive_at;
  await rig.pass(1);
  await rig.device.idle('locked', null);
  await rig.device.idle('active', null);
  assert.deepEqual(Rig.kinds(await rig.recorded()), ['started']);
  assert.equal((await rig.meta('activity')).alive_at, mark);
  await rig.pass(1);
  assert.equal(rig.server.beats.at(-1).alive, false);
  rig.sleep(23 * 60);
  await rig.device.alarm();
  assert.deepEqual((await story(rig)).slice(1), [['ended', 59 * 60, 'recovered'], ['started', 61 * 60 + 23 * 3600, 'login']]);
});

test('the device’s own network becomes a place, recorded when it differs, and no address is stored', async () => {
  const rig = await started();
  await rig.db.change((t) => t.put('settings', {
    revision: [1, 1], etag: 'e', values: { 'networks.table': { value: [{ network: '10.0.0.0/8', place: 'office' }, { network: '10.9.0.0/16', place: 'branch' }] } },
  }, 'last_good'));
  rig.addresses = ['10.1.2.3', undefined];
  await rig.pass(2);
  rig.addresses = ['10.9.2.3', undefined];
  await rig.pass(2);
  rig.addresses = ['192.0.2.1', undefined];
  await rig.pass(1);
  assert.deepEqual((await story(rig)).slice(1), [['network_place', 60, 'office'], ['network_place', 180, 'branch']]);
  const all = JSON.stringify(await rig.db.read(async (t) => [await t.all('meta'), await t.all('events')]));
  assert.equal(/10\.[19]\.2\.3/.test(all), false);
});
