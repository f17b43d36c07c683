import assert from 'node:assert/strict';
import { test } from 'node:test';

import { declaration } from '../../extension/declare.js';
import { record } from '../../extension/outbox.js';
import { Rig, seeded } from './rig.js';

/**
 * Whatever the worker dies of, and at whatever step: what was recorded reaches the server once and in order, and one
 * press is one event. A press whose transaction did not complete may be missing; none may be there twice.
 */

/** @param {Rig} rig */
const heal = async (rig) => {
  rig.server.up = true;
  rig.server.tamper = null;
  for (let i = 0; i < 12; i += 1) {
    rig.time += 60_000;
    await rig.device.alarm();
  }
};

/** @param {Rig} rig */
const holds = async (rig) => {
  const recorded = await rig.recorded();
  const log = await rig.logged();
  assert.deepEqual(log, recorded, 'the log is what was recorded');
  assert.deepEqual(log.map(({ seq }) => seq), log.map((_, i) => i + 1), 'numbered from 1 without a hole');
  const journal = await rig.meta('journal');
  assert.equal(journal.next_seq, journal.last_seq + 1, 'all of it acknowledged');
  const binding = rig.server.bindings.get(await rig.keyid());
  assert.deepEqual([binding.evidence, binding.gaps], [0, []]);
  assert.equal(recorded.filter(({ kind }) => kind === 'started').length, 1, 'no false session');
};

/** Lock, unlock, then lock again. @type {Record<string, (rig: Rig) => Promise<unknown>>} */
const ACTIONS = {
  'the first start': (rig) => rig.device.woke(),
  'a lock': (rig) => rig.device.idle('locked', null),
  'a beat': async (rig) => {
    rig.time += 60_000;
    await rig.device.alarm();
  },
  'a new worker': (rig) => {
    rig.restart();
    return rig.device.woke();
  },
};

for (const [name, action] of Object.entries(ACTIONS)) {
  for (const mode of /** @type {const} */ (['before', 'inside', 'after'])) {
    test(`${name}, the worker dying ${mode} every step of it`, async () => {
      for (let step = 1, died = true; died; step += 1) {
        assert.ok(step < 300);
        const rig = await new Rig().configure();
        if (name !== 'the first start') await rig.device.woke();
        died = await rig.killedAt({ step, mode }, () => action(rig));
        await rig.device.woke();
        await heal(rig);
        await holds(rig);
        if (name === 'a lock') {
          const locks = (await rig.recorded()).filter(({ kind }) => kind === 'locked').length;
          assert.ok(locks === 1 || (locks === 0 && died));
          await rig.device.idle('locked', null);
          assert.equal((await rig.recorded()).filter(({ kind }) => kind === 'locked').length, 1);
        }
      }
    });
  }
}

test('a hundred presses, each with a death of the worker at a random step', async () => {
  const rig = await new Rig({ seed: 7 }).configure();
  await rig.device.woke();
  const random = seeded(11);
  let deaths = 0;
  let inside = 0;
  for (let press = 0; press < 100; press += 1) {
    rig.time += 5000;
    rig.server.up = random() > 0.2;
    rig.server.tamper = random() < 0.3 ? (_request, outcome) => ({ ...outcome, status: 0, body: null }) : null;
    await record(rig.db, rig.now(), (facts) => declaration(facts, { id: `w${press}`, now: rig.now(), status: press % 2 ? 'home' : 'field' }));
    const mode = /** @type {const} */ (['before', 'inside', 'after'])[Math.floor(random() * 3)];
    const died = await rig.killedAt({ step: 1 + Math.floor(random() * 14), mode }, () => rig.device.work());
    deaths += died ? 1 : 0;
    inside += died && mode === 'inside' ? 1 : 0;
    await rig.device.woke();
  }
  await heal(rig);
  await holds(rig);
  assert.ok(deaths >= 30 && inside >= 5, `${deaths} deaths, ${inside} inside`);
  const declared = (await rig.logged()).filter(({ kind }) => kind === 'place_declared');
  assert.equal(declared.length, 100);
  assert.deepEqual(rig.server.whereabouts.map(({ id }) => id), Array.from({ length: 100 }, (_, i) => `w${i}`));
});

for (let seed = 1; seed <= 25; seed += 1) {
  test(`a day of trouble, seed ${seed}: nothing lost, nothing doubled`, async () => {
    const random = seeded(seed * 7919);
    const rig = await new Rig({ seed }).configure();
    let locked = 0;
    for (let turn = 0; turn < 60; turn += 1) {
      rig.time += Math.floor(random() * 90_000);
      const fate = random();
      rig.server.up = fate > 0.15;
      rig.server.tamper = fate > 0.15 && fate < 0.3 ? (_request, outcome) => ({ ...outcome, status: 0, body: null }) : null;
      rig.server.instead = fate > 0.3 && fate < 0.4 ? () => ({ status: 503, code: 'unavailable' }) : null;
      if (fate > 0.97) rig.server.restore(Math.floor(random() * ((await rig.logged()).length + 1)));
      if (fate > 0.94 && fate <= 0.97) {
        rig.closeBrowser();
        await rig.device.startup();
      }
      const act = /** @type {(() => Promise<unknown>)[]} */ ([
        () => rig.device.alarm(),
        () => rig.device.idle('locked', null),
        () => rig.device.idle('active', null),
        () => rig.device.idle('idle', null),
        () => rig.device.woke(),
      ])[Math.floor(random() * 5)];
      const mode = /** @type {const} */ (['before', 'inside', 'after'])[Math.floor(random() * 3)];
      await rig.killedAt({ step: 1 + Math.floor(random() * 40), mode }, act);
    }
    rig.server.instead = null;
    await rig.device.woke();
    rig.time += 600_000;
    await heal(rig);
    const recorded = await rig.recorded();
    assert.deepEqual(await rig.logged(), recorded);
    assert.deepEqual(recorded.map(({ seq }) => seq), recorded.map((_, i) => i + 1));
    // the modes that the events tell follow the rules of a lock: no unlock without a lock, none twice
    for (const { kind } of recorded) {
      if (kind === 'locked') assert.equal((locked += 1), 1);
      if (kind === 'unlocked') assert.equal((locked -= 1), 0);
      if (kind === 'started') locked = 0;
    }
    assert.equal(await rig.meta('identity').then((identity) => identity?.wanted ?? false), false);
  });
}

let left = 0;
for (let seed = 1; seed <= 20; seed += 1) {
  test(`a disk set back in a day of trouble, seed ${seed}: what the device still has is told once`, async () => {
    const random = seeded(seed * 104_729);
    const rig = await new Rig({ seed }).configure();
    await rig.device.woke();
    let disk = await rig.disk();
    const back = 20 + Math.floor(random() * 20);
    const saved = Math.floor(random() * back);
    for (let turn = 0; turn < 60; turn += 1) {
      rig.time += 1000 + Math.floor(random() * 90_000);
      rig.server.up = random() > 0.3;
      rig.server.tamper = random() < 0.15 ? (_request, outcome) => ({ ...outcome, status: 0, body: null }) : null;
      if (turn === saved) disk = await rig.disk();
      if (turn === back) {
        await rig.setBack(disk);
        await rig.device.startup();
      }
      const act = /** @type {(() => Promise<unknown>)[]} */ ([
        () => rig.device.alarm(),
        () => rig.device.idle('locked', null),
        () => rig.device.idle('active', null),
      ])[Math.floor(random() * 3)];
      const mode = /** @type {const} */ (['before', 'inside', 'after'])[Math.floor(random() * 3)];
      await rig.killedAt({ step: 1 + Math.floor(random() * 60), mode }, act);
    }
    await rig.device.woke();
    rig.time += 600_000;
    await heal(rig);
    const name = (/** @type {any} */ { kind, at, how }) => `${kind} ${how ?? ''} ${at}`;
    const told = rig.server.told().map(name);
    const once = told.filter((event) => !event.startsWith('ended'));
    assert.equal(new Set(once).size, once.length, 'nothing told twice');
    for (const event of await rig.recorded()) assert.ok(told.includes(name(event)), `${name(event)} was told`);
    assert.deepEqual(await rig.logged(), await rig.recorded());
    const journal = await rig.meta('journal');
    assert.equal(journal.next_seq, journal.last_seq + 1);
    assert.equal([...rig.server.bindings.values()].filter(({ status }) => status === 'live').length, 1);
    left += rig.server.bindings.size > 1 ? 1 : 0;
  });
}

test('most of these disks led to a new key', () => assert.ok(left >= 12, `${left} of 20`));
