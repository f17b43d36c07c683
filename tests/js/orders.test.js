import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readState } from '../../extension/state.js';
import { Rig } from './rig.js';

const bound = async () => {
  const rig = await new Rig().configure();
  await rig.device.woke();
  return rig;
};

/** @param {Rig} rig @param {any} order */
const ordered = async (rig, order) => {
  const id = rig.server.order(await rig.keyid(), order);
  await rig.pass(1);
  return rig.server.orders.get(id).result;
};

test('an announcement is shown once and its result told', async () => {
  const rig = await bound();
  assert.deepEqual(await ordered(rig, { kind: 'announce', title: '停電', text: '17時から' }), { state: 'done' });
  await rig.pass(3);
  assert.deepEqual(rig.announced, ['停電: 17時から']);
});

test('an announcement whose result was lost is told again, not shown again', async () => {
  const rig = await bound();
  rig.server.instead = ({ path }) => (path.endsWith('/result') ? { status: 0 } : null);
  const id = rig.server.order(await rig.keyid(), { kind: 'announce', title: 'a', text: 'b' });
  await rig.pass(2);
  rig.server.instead = null;
  await rig.pass(1);
  assert.deepEqual(rig.announced, ['a: b']);
  assert.deepEqual(rig.server.orders.get(id).result, { state: 'done' });
});

test('an order that comes again after its result was told is answered again, not done again', async () => {
  const rig = await bound();
  const id = rig.server.order(await rig.keyid(), { kind: 'announce', title: 'a', text: 'b' });
  await rig.pass(1);
  rig.server.orders.get(id).result = undefined; // a backup was restored
  await rig.pass(1);
  assert.deepEqual(rig.server.orders.get(id).result, { state: 'done' });
  assert.deepEqual(rig.announced, ['a: b']);
});

test('an order of an unknown kind is unsupported, and stops nothing', async () => {
  const rig = await bound();
  assert.deepEqual(await ordered(rig, { kind: 'dance' }), { state: 'unsupported' });
  assert.deepEqual(await ordered(rig, { kind: 'constructor' }), { state: 'unsupported' });
});

test('reload_settings asks for everything again and applies it', async () => {
  const rig = await bound();
  let runs = 0;
  rig.appliers = [{ keys: ['a'], apply: async () => [{ key: 'a', state: /** @type {const} */ ('applied') }].slice(0, (runs += 1)) }];
  rig.restart();
  rig.server.settings = { revision: [1, 2], etag: 'e2', values: { a: { value: 1, layer: 'unit', locked: false } } };
  await rig.pass(1);
  assert.equal(runs, 1);
  let etag = 'nothing asked';
  rig.server.instead = (request) => {
    if (request.path === '/api/v1/settings') etag = request.etag;
    return null;
  };
  await ordered(rig, { kind: 'reload_settings' });
  assert.equal(etag, '');
  await rig.pass(1);
  assert.equal(runs, 2);
});

test('update_extension looks for an update and says what it found', async () => {
  const rig = await bound();
  assert.deepEqual(await ordered(rig, { kind: 'update_extension' }), { state: 'done', detail: 'no_update' });
});

test('pause stops recording, says so, and resume starts a session anew', async () => {
  const rig = await bound();
  await ordered(rig, { kind: 'pause', what: 'recording' });
  await rig.device.idle('locked', null);
  await rig.pass(10);
  assert.deepEqual(Rig.kinds(await rig.recorded()), ['started']);
  assert.equal(rig.server.beats.at(-1).alive, false);
  assert.equal((await readState(rig.db, rig.now())).pause, 'paused');
  await ordered(rig, { kind: 'resume' });
  await rig.pass(1);
  assert.deepEqual(Rig.kinds(await rig.recorded()), ['started', 'ended', 'started']);
  assert.equal((await readState(rig.db, rig.now())).pause, null);
});

test('pause of the appliers keeps what waits to be applied', async () => {
  const rig = await bound();
  let runs = 0;
  rig.appliers = [{ keys: ['a'], apply: async () => [{ key: 'a', state: /** @type {const} */ ('applied') }].slice(0, (runs += 1)) }];
  rig.restart();
  await ordered(rig, { kind: 'pause', what: 'appliers' });
  rig.server.settings = { revision: [1, 2], etag: 'e2', values: { a: { value: 1, layer: 'unit', locked: false } } };
  await rig.pass(2);
  assert.equal(runs, 0);
  await rig.device.idle('locked', null);
  assert.equal((await rig.logged()).length, 2);
  await ordered(rig, { kind: 'resume', what: 'appliers' });
  await rig.pass(1);
  assert.equal(runs, 1);
});

test('a lost device ends its record, says so, drops all but the outbox, and records no more', async () => {
  const rig = await bound();
  /** @type {any[]} */
  const applied = [];
  rig.appliers = [{ keys: ['a'], apply: async (values) => [{ key: 'a', state: /** @type {const} */ ('applied') }].slice(0, applied.push(values)) }];
  rig.restart();
  rig.server.settings = { revision: [1, 2], etag: 'e2', values: { a: { value: 'secret link', layer: 'unit', locked: false } } };
  await rig.pass(1);
  await rig.db.change((t) => t.put('meta', { id: 'w', status: 'home', destination: '県庁' }, 'whereabouts'));
  assert.deepEqual(await ordered(rig, { kind: 'lost' }), { state: 'done' });
  await rig.device.idle('locked', null);
  await rig.pass(2);
  const log = await rig.logged();
  assert.deepEqual(log.at(-1)?.how, 'lost_order');
  assert.deepEqual(log, await rig.recorded());
  assert.deepEqual(rig.announced, ['lost']);
  assert.deepEqual(applied, [{ a: 'secret link' }, {}]);
  assert.equal(JSON.stringify(await rig.db.read((t) => t.all('settings'))).includes('secret'), false);
  const state = await readState(rig.db, rig.now());
  assert.deepEqual([state.pause, state.whereabouts, state.session_started_at], ['lost', null, null]);
});

test('orders are carried out once although the worker dies at any step', async () => {
  for (let step = 1, died = true; died && step < 200; step += 1) {
    const rig = await bound();
    const id = rig.server.order(await rig.keyid(), { kind: 'lost' });
    died = await rig.killedAt({ step, mode: step % 2 ? 'after' : 'inside' }, () => rig.pass(1));
    await rig.device.woke();
    await rig.pass(2);
    assert.deepEqual(rig.server.orders.get(id).result, { state: 'done' });
    assert.equal((await rig.logged()).filter(({ kind }) => kind === 'ended').length, 1);
  }
});
