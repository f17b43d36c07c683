import assert from 'node:assert/strict';
import { test } from 'node:test';

import { MOST_EVENT_BYTES } from '../../extension/events.js';
import { append } from '../../extension/outbox.js';
import { rebind } from '../../extension/rebind.js';
import { makeKey } from '../../extension/signing.js';
import { Rig } from './rig.js';

const bound = async () => {
  const rig = await new Rig().configure();
  await rig.device.woke();
  return rig;
};

/** @param {Rig} rig @param {string[]} states */
const idles = async (rig, ...states) => {
  for (const state of states) {
    rig.time += 1000;
    await rig.device.idle(state, null);
  }
};

/** The server's copy gets another history than the device's, as from a copied profile. @param {Rig} rig */
const forked = async (rig) => {
  const binding = rig.server.bindings.get(await rig.keyid());
  const row = binding.log.at(-1);
  row.head = binding.head = 'A'.repeat(43);
  return binding;
};

test('a fork leads to a new key and journal, and what was not acknowledged is carried over once', async () => {
  const rig = await bound();
  await idles(rig, 'locked', 'active');
  const old = await forked(rig);
  const keyid = await rig.keyid();
  await idles(rig, 'locked');
  assert.notEqual(await rig.keyid(), keyid);
  const log = await rig.logged();
  assert.deepEqual(
    log.map(({ seq, kind, carried_over, how }) => ({ seq, kind, carried_over, how })),
    [
      { seq: 1, kind: 'locked', carried_over: `${old.binding_id}/4`, how: undefined },
      { seq: 2, kind: 'started', carried_over: undefined, how: 'rotated' },
    ],
  );
  assert.deepEqual(await rig.recorded(), log);
  assert.equal(old.evidence, 1);
  assert.equal(old.status, 'retired');
});

test('the order’s result is told with the old key before that key is forgotten', async () => {
  const rig = await bound();
  await idles(rig, 'locked');
  await forked(rig);
  await idles(rig, 'active');
  const [order] = [...rig.server.orders.values()];
  assert.deepEqual(order.result, { state: 'done' });
  assert.equal(await rig.db.read((t) => t.get('keys', 'previous')), undefined);
});

test('the new binding replaces the old one, and does without where that cannot be', async () => {
  const rig = await bound();
  await idles(rig, 'locked');
  const old = await forked(rig);
  rig.server.tamper = (request, outcome) => {
    if (request.path.endsWith('/result')) old.status = 'gone';
    return outcome;
  };
  await idles(rig, 'active');
  assert.deepEqual(Rig.kinds(await rig.logged()), ['unlocked', 'started']);
});

test('a device whose disk was set back makes a new key, since the server knows more than it does', async () => {
  const rig = await bound();
  await idles(rig, 'locked', 'active');
  const keyid = await rig.keyid();
  const binding = rig.server.bindings.get(keyid);
  await rig.db.change(async (t) => {
    const journal = await t.get('meta', 'journal');
    await t.delete('events', IDBKeyRange.lowerBound(2));
    await t.put('meta', { ...journal, last_seq: 1, next_seq: 2 }, 'journal');
  });
  await rig.pass(1);
  assert.notEqual(await rig.keyid(), keyid);
  assert.deepEqual(Rig.kinds(await rig.logged()), ['started']);
  assert.equal(binding.log.length, 3);
});

test('an event carried over twice keeps where it stood first', async () => {
  const rig = await bound();
  rig.server.up = false;
  await idles(rig, 'locked');
  const { binding_id } = await rig.meta('binding');
  await rebind(rig.db, makeKey, { keyid: await rig.keyid(), now: rig.now() });
  await rebind(rig.db, makeKey, { keyid: await rig.keyid(), now: rig.now() });
  assert.equal((await rig.recorded())[0].carried_over, `${binding_id}/2`);
});

test('a journal that was left already is not left again', async () => {
  const rig = await bound();
  const keyid = await rig.keyid();
  assert.equal(await rebind(rig.db, makeKey, { keyid, now: rig.now() }), true);
  const after = await rig.keyid();
  assert.equal(await rebind(rig.db, makeKey, { keyid, now: rig.now() }), false);
  assert.equal(await rig.keyid(), after);
});

test('an event of the full 60 KB can be carried over', async () => {
  const rig = await bound();
  rig.server.up = false;
  await rig.db.change((t) => append(t, [{ at: '2026-11-24T00:00:00.000Z', kind: 'x', note: 'n'.repeat(MOST_EVENT_BYTES - 70) }]));
  await rebind(rig.db, makeKey, { keyid: await rig.keyid(), now: rig.now() });
  assert.equal((await rig.recorded())[0].kind, 'x');
  rig.server.up = true;
  rig.time += 600_000;
  await rig.device.work();
  assert.deepEqual(await rig.logged(), await rig.recorded());
});

test('waiting whereabouts survive a new key', async () => {
  const rig = await bound();
  rig.server.up = false;
  await rig.db.change((t) => t.put('waiting', { id: 'w', kind: 'whereabouts', made_at: 1, body: { id: 'w', status: 'home' } }));
  await rebind(rig.db, makeKey, { keyid: await rig.keyid(), now: rig.now() });
  rig.server.up = true;
  rig.time += 600_000;
  await rig.device.work();
  assert.deepEqual(rig.server.whereabouts, [{ id: 'w', status: 'home' }]);
});

/** A disk set back to `started`, which records on without the server. @param {Rig} rig */
const partedWays = async (rig) => {
  const disk = await rig.disk();
  await idles(rig, 'locked', 'active');
  await rig.setBack(disk);
  rig.server.up = false;
  await rig.device.woke();
  await idles(rig, 'locked', 'active', 'locked');
  rig.server.up = true;
  return (await rig.recorded()).slice(1).map(({ kind, at }) => `${kind} ${at}`);
};

/** @param {Rig} rig @param {string[]} events */
const allTold = (rig, events) => {
  const told = rig.server.told().map(({ kind, at }) => `${kind} ${at}`);
  for (const event of events) assert.ok(told.includes(event), `${event} was told`);
};

test('the cursor of another history acknowledges nothing: all that a set-back disk recorded since is carried over', async () => {
  const rig = await bound();
  const events = await partedWays(rig);
  assert.ok(events.length >= 3, 'the cursor of the server lies among them');
  await rig.pass(10);
  allTold(rig, events);
});

test('a binding of another history acknowledges nothing either', async () => {
  const rig = await bound();
  const events = await partedWays(rig);
  await rig.db.change(async (t) => void (await t.delete('meta', 'binding')));
  await rig.pass(10);
  allTold(rig, events);
});

test('a batch that ends before the histories part is a right repeat to the server; the device sees the fork itself', async () => {
  const rig = await bound();
  const { base_head: keyid } = await rig.meta('journal');
  const events = await partedWays(rig);
  await rig.db.change(async (t) => {
    const journal = await t.get('meta', 'journal');
    await t.put('meta', { ...journal, next_seq: 1, limit: 1 }, 'journal'); // as if nothing had been acknowledged yet
  });
  await rig.pass(10);
  assert.notEqual(await rig.keyid(), keyid);
  allTold(rig, events);
});
