import assert from 'node:assert/strict';
import { test } from 'node:test';

import { declaration } from '../../extension/declare.js';
import { record } from '../../extension/outbox.js';
import { MORNING, Rig } from './rig.js';

/** Minutes after 9:00 as h:mm. @param {string} at */
const clock = (at) => {
  const minutes = Math.round((Date.parse(at) - MORNING) / 60_000) + 9 * 60;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`;
};

test('a day without a network, told in the evening as it was', async () => {
  const rig = await new Rig().configure();
  await rig.device.woke();
  rig.server.up = false;
  let n = 0;
  const declare = (/** @type {any} */ declared) => {
    n += 1;
    return record(rig.db, rig.now(), (facts) => declaration(facts, { id: `w${n}`, now: rig.now(), ...declared }));
  };

  await rig.pass(10);
  await declare({ status: 'at_desk' }); // 9:10
  await rig.pass(20);
  await rig.device.idle('idle', null); // 9:30, no input since 9:20
  await rig.pass(5);
  await rig.device.idle('active', null);
  await rig.pass(25);
  await declare({ status: 'meeting', back_at: new Date(rig.now() + 30 * 60_000).toISOString() }); // 10:00 to 10:30
  await rig.pass(45); // 10:45
  await rig.device.idle('locked', null);
  rig.sleep(120); // the lid is closed from 10:45 to 12:45
  await rig.device.idle('active', null);
  await rig.pass(15);
  await declare({ status: 'field', destination: '県庁' }); // 13:00
  for (let i = 0; i < 10; i += 1) { // locked and unlocked at each door
    await rig.device.idle('locked', null);
    await rig.pass(2);
    await rig.device.idle('active', null);
    await rig.pass(2);
  }
  rig.closeBrowser(); // 13:40: the browser is killed, and started a minute later
  rig.sleep(1);
  await rig.device.startup();
  await rig.pass(19);
  rig.sleep(300); // from 14:00 to 19:00
  await rig.device.alarm();
  await declare({ status: 'home' });
  assert.equal((await rig.logged()).length, 1);

  rig.server.up = true;
  await rig.pass(7);
  const log = await rig.logged();
  assert.deepEqual(log, await rig.recorded());
  const doors = Array.from({ length: 10 }, (_, i) => [`locked 13:${String(i * 4).padStart(2, '0')}`, `unlocked 13:${String(i * 4 + 2).padStart(2, '0')}`]).flat();
  assert.deepEqual(log.map(({ kind, at, since, from, place }) => [kind, clock(at), ...[since, from].filter(Boolean).map(clock), place].filter(Boolean).join(' ')), [
    'started 9:00',
    'place_declared 9:10 desk',
    'away 9:30 9:20', 'back 9:35',
    'meeting_began 10:00', 'meeting_ended 10:30',
    'locked 10:45', 'slept 12:45 10:45', 'unlocked 12:45',
    'place_declared 13:00 field',
    ...doors,
    'ended 13:40', 'started 13:41',
    'slept 19:00 14:00',
    'place_declared 19:00 home',
  ]);
  assert.deepEqual(rig.server.whereabouts.map(({ status }) => status), ['at_desk', 'meeting', 'field', 'home']);
});
