import assert from 'node:assert/strict';
import { test } from 'node:test';

import { changedKeys, isOlder, keep } from '../../extension/settings.js';
import { Rig } from './rig.js';

const value = (/** @type {any} */ of) => ({ value: of, layer: 'unit', locked: false });

/** A device with two appliers that write down what they were given. */
const applying = async () => {
  const rig = await new Rig().configure();
  /** @type {any[]} */
  const applied = [];
  rig.appliers = [
    {
      keys: ['a', 'b'],
      apply: async (values) => {
        applied.push(values);
        return Object.keys(values).map((key) => ({ key, state: /** @type {const} */ ('applied') }));
      },
    },
    {
      keys: ['c'],
      apply: async (values) => {
        if (values.c === 'throw') throw new Error('a mistake');
        applied.push(values);
        return [{ key: 'c', state: /** @type {const} */ ('overruled'), detail: 'policy' }];
      },
    },
  ];
  rig.server.settings = { revision: [1, 3], etag: 'e3', values: { a: value(1), c: value(2) } };
  rig.restart();
  return { rig, applied };
};

test('settings come with the first sign-in, are applied and told', async () => {
  const { rig, applied } = await applying();
  await rig.device.woke();
  assert.deepEqual(applied, [{ a: 1 }, { c: 2 }]);
  assert.deepEqual(rig.server.results, [{
    revision: [1, 3], results: [{ key: 'a', state: 'applied' }, { key: 'c', state: 'overruled', detail: 'policy' }],
  }]);
});

test('another etag in an answer brings new values, and only changed keys are applied', async () => {
  const { rig, applied } = await applying();
  await rig.device.woke();
  rig.server.settings = { revision: [1, 4], etag: 'e4', values: { a: value(1), c: value(9) } };
  await rig.pass(1);
  assert.deepEqual(applied.slice(2), [{ c: 9 }]);
});

test('a key that is gone reaches its applier as a value that is not there', async () => {
  const { rig, applied } = await applying();
  await rig.device.woke();
  rig.server.settings = { revision: [1, 4], etag: 'e4', values: { c: value(2) } };
  await rig.pass(1);
  assert.deepEqual(applied.slice(2), [{}]);
});

test('last good values are applied at the start of a browser session without a network', async () => {
  const { rig, applied } = await applying();
  await rig.device.woke();
  rig.server.up = false;
  rig.closeBrowser();
  await rig.device.startup();
  assert.deepEqual(applied.slice(2), [{ a: 1 }, { c: 2 }]);
});

test('a worker that starts again runs no applier', async () => {
  const { rig, applied } = await applying();
  await rig.device.woke();
  for (let i = 0; i < 3; i += 1) {
    rig.restart();
    await rig.device.woke();
    await rig.pass(1);
  }
  assert.equal(applied.length, 2);
});

test('in a new browser session settings are asked for within ten seconds, and once', async () => {
  const { rig } = await applying();
  await rig.device.woke();
  rig.closeBrowser();
  let asked = 0;
  rig.server.instead = ({ path }) => {
    asked += path === '/api/v1/settings' ? 1 : 0;
    return null;
  };
  await rig.device.startup();
  const [wait] = rig.timers.slice(-1);
  assert.ok(asked === 0 && wait > 0 && wait <= 10_000);
  await rig.pass(3);
  assert.equal(asked, 1);
});

test('the first values ever are not waited for', async () => {
  const { rig, applied } = await applying();
  await rig.device.woke();
  assert.equal(rig.timers.length, 0);
  assert.equal(applied.length, 2);
});

test('an older revision is never taken', async () => {
  const { rig, applied } = await applying();
  await rig.device.woke();
  rig.server.settings = { revision: [1, 2], etag: 'e2', values: { a: value('old') } };
  await rig.pass(1);
  assert.deepEqual((await rig.db.read((t) => t.get('settings', 'last_good'))).revision, [1, 3]);
  assert.equal(applied.length, 2);
});

test('revisions are compared by epoch first', () => {
  assert.equal(isOlder([1, 9], [2, 1]), true);
  assert.equal(isOlder([2, 1], [1, 9]), false);
  assert.equal(isOlder([1, 1], [1, 2]), true);
  assert.equal(isOlder([1, 2], [1, 2]), false);
});

test('changed are keys that are new, different or gone', () => {
  assert.deepEqual(changedKeys({ a: value(1), b: value([1]), c: value(3) }, { a: value(1), b: value([2]), d: value(4) }), ['b', 'c', 'd']);
});

test('an applier that throws has failed, and the others run', async () => {
  const { rig, applied } = await applying();
  Object.assign(rig.server.settings.values, { c: value('throw') });
  await rig.device.woke();
  assert.deepEqual(applied, [{ a: 1 }]);
  assert.deepEqual(rig.server.results[0].results[1], { key: 'c', state: 'failed', detail: 'Error: a mistake' });
});

test('a worker that dies while applying applies again', async () => {
  const { rig, applied } = await applying();
  await rig.device.woke();
  for (let step = 1; step < 60; step += 1) {
    rig.server.settings = { revision: [1, 4 + step], etag: `s${step}`, values: { a: value(`v${step}`), c: value(2) } };
    await rig.killedAt({ step, mode: 'after' }, () => rig.pass(1));
    await rig.device.woke();
    await rig.pass(1);
    assert.deepEqual(applied.at(-1), { a: `v${step}` });
    assert.deepEqual(rig.server.results.at(-1).revision, [1, 4 + step]);
  }
});

test('values that were kept twice wait for their appliers once', async () => {
  const { rig } = await applying();
  await rig.device.woke();
  await keep(rig.db, { revision: [1, 4], etag: 'x', values: { a: value(5), c: value(2) } });
  await keep(rig.db, { revision: [1, 5], etag: 'y', values: { a: value(6), b: value(1), c: value(2) } });
  assert.deepEqual((await rig.meta('to_apply')).keys, ['a', 'b']);
});

test('values that come while others are applied are applied too', async () => {
  const { rig, applied } = await applying();
  await rig.device.woke();
  const [first] = rig.appliers;
  const { apply } = first;
  let once = true;
  first.apply = async (values) => {
    if (once) await keep(rig.db, { revision: [1, 9], etag: 'e9', values: { a: value('late'), c: value(2) } });
    once = false;
    return apply(values);
  };
  rig.server.settings = { revision: [1, 8], etag: 'e8', values: { a: value('early'), c: value(2) } };
  await rig.pass(1);
  rig.server.settings = { revision: [1, 9], etag: 'e9', values: { a: value('late'), c: value(2) } };
  await rig.pass(1);
  assert.deepEqual(applied.slice(2), [{ a: 'early' }, { a: 'late' }]);
});

test('results that the server does not take stop nothing', async () => {
  const { rig } = await applying();
  rig.server.instead = ({ path }) => (path.endsWith('/results') ? { status: 422, code: 'invalid' } : null);
  await rig.device.woke();
  assert.equal(await rig.meta('results_waiting'), undefined);
  assert.equal((await rig.meta('sender')).blocked, null);
});
