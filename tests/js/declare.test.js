import assert from 'node:assert/strict';
import { test } from 'node:test';

import { declaration } from '../../extension/declare.js';
import { record } from '../../extension/outbox.js';
import { readState } from '../../extension/state.js';
import { badgeText } from '../../extension/badge.js';
import { troubleOf } from '../../extension/trouble.js';
import { newSender } from '../../extension/outbox.js';
import { newIdentity } from '../../extension/identity.js';
import { CONFIGURED, MORNING, Rig } from './rig.js';

const bound = async () => {
  const rig = await new Rig().configure();
  await rig.device.woke();
  return rig;
};

let n = 0;
/** @param {Rig} rig @param {any} declared */
const declare = (rig, declared) => {
  n += 1;
  const id = `w${String(9999 - n)}`; // later ones sort first: the order is that of the making
  return record(rig.db, rig.now(), (facts) => declaration(facts, { id, now: rig.now(), ...declared })).then(() => id);
};

/** @param {Rig} rig */
const story = async (rig) => (await rig.recorded()).slice(1).map(({ kind, place }) => (place ? `${kind} ${place}` : kind));

test('each tile writes whereabouts, and those that say a place also the place', async () => {
  /** @type {[string, string[]][]} */
  const tiles = [
    ['at_desk', ['place_declared desk']], ['in_office', ['place_declared office']], ['meeting', ['meeting_began']],
    ['field', ['place_declared field']], ['home', ['place_declared home']], ['branch', ['place_declared branch']],
    ['satellite', ['place_declared satellite']], ['direct_return', []], ['leave', []], ['left', []],
  ];
  for (const [status, events] of tiles) {
    const rig = await bound();
    const id = await declare(rig, { status });
    assert.deepEqual(await story(rig), events, status);
    await rig.device.work();
    assert.deepEqual(rig.server.whereabouts, [{ id, status, made_at: new Date(MORNING).toISOString() }]);
    assert.deepEqual(await rig.logged(), await rig.recorded());
  }
});

test('whereabouts and their events are one transaction', async () => {
  const rig = await bound();
  await assert.rejects(record(rig.db, rig.now(), (facts) => {
    const decision = declaration(facts, { id: 'w', now: rig.now(), status: 'home' });
    return { ...decision, events: [...(decision.events ?? []), { at: 'no time', kind: 'x' }] };
  }));
  assert.deepEqual(await story(rig), []);
  assert.deepEqual(await rig.db.read((t) => t.all('waiting')), []);
});

test('a meeting ends when another status is declared, and is not begun twice', async () => {
  const rig = await bound();
  await declare(rig, { status: 'meeting', back_at: '2026-11-24T01:00:00.000Z' });
  await declare(rig, { status: 'meeting', back_at: '2026-11-24T02:00:00.000Z' });
  assert.equal((await readState(rig.db)).meeting?.until, '2026-11-24T02:00:00.000Z');
  await declare(rig, { status: 'at_desk' });
  assert.deepEqual(await story(rig), ['meeting_began', 'meeting_ended', 'place_declared desk']);
  assert.equal((await readState(rig.db)).meeting, null);
});

test('made offline they wait, are shown as waiting, and go in the order they were made', async () => {
  const rig = await bound();
  rig.server.up = false;
  const first = await declare(rig, { status: 'field', destination: '県庁', back_at: '2026-11-24T06:00:00.000Z' });
  rig.time += 1000;
  const second = await declare(rig, { status: 'home', note: '' });
  await rig.device.work();
  const state = await readState(rig.db, rig.now());
  assert.deepEqual([state.whereabouts?.id, state.whereabouts?.waiting, state.unsent], [second, true, 4]);
  assert.deepEqual(state.recent, ['県庁']);
  assert.deepEqual([state.trouble?.code, state.trouble?.act], ['offline', false]);
  rig.server.up = true;
  rig.time += 600_000;
  await rig.device.alarm();
  assert.deepEqual(rig.server.whereabouts.map(({ id }) => id), [first, second]);
  const after = await readState(rig.db, rig.now());
  assert.deepEqual([after.whereabouts?.waiting, after.unsent, after.trouble], [false, 0, null]);
});

test('a repeat after a lost answer changes nothing', async () => {
  const rig = await bound();
  await declare(rig, { status: 'leave' });
  rig.server.tamper = (request, outcome) => (request.method === 'PUT' ? { ...outcome, status: 0, body: null } : outcome);
  await rig.device.work();
  rig.server.tamper = null;
  rig.time += 600_000;
  await rig.device.alarm();
  assert.equal(rig.server.whereabouts.length, 1);
});

test('one that the server refuses is told to its author and does not block the next', async () => {
  const rig = await bound();
  const bad = await declare(rig, { status: 'nonsense' });
  await rig.device.work();
  assert.deepEqual((await readState(rig.db)).whereabouts?.refused, { code: 'invalid', detail: '' });
  assert.equal((await readState(rig.db)).whereabouts?.id, bad);
  const good = await declare(rig, { status: 'leave' });
  await rig.device.work();
  assert.deepEqual(rig.server.whereabouts.map(({ id }) => id), [good]);
  assert.equal((await readState(rig.db)).whereabouts?.refused, undefined);
});

test('a server without this door drops nothing', async () => {
  const rig = await bound();
  const id = await declare(rig, { status: 'leave' });
  rig.server.instead = ({ path }) => (path === '/api/v1/whereabouts' ? { status: 404, code: 'not_found' } : null);
  await rig.device.work();
  await rig.pass(2);
  rig.server.instead = null;
  await rig.pass(1);
  assert.deepEqual(rig.server.whereabouts.map((row) => row.id), [id]);
});

test('the confirmed notice is kept here and reaches the server', async () => {
  const rig = await bound();
  const at = new Date(rig.now()).toISOString();
  const body = { document: 'recording_notice', version: 1, at };
  await rig.db.change(async (t) => {
    await t.put('meta', { version: 1, at }, 'first_run');
    await t.put('waiting', { id: 'a', kind: 'acknowledgement', made_at: rig.now(), body });
  });
  await rig.device.work();
  assert.deepEqual(rig.server.acknowledgements, [body]);
  assert.deepEqual((await readState(rig.db)).first_run, { version: 1, at });
});

test('outside recording whereabouts are still declared, without events', async () => {
  const rig = await bound();
  await rig.db.change((t) => t.put('meta', { recording: true, appliers: false }, 'paused'));
  await declare(rig, { status: 'home' });
  await rig.device.work();
  assert.deepEqual(await story(rig), []);
  assert.equal(rig.server.whereabouts.length, 1);
});

test('lone surrogates in a note do not reach the wire', async () => {
  const rig = await bound();
  await declare(rig, { status: 'leave', note: 'a\ud800' });
  await rig.device.work();
  assert.equal(rig.server.whereabouts[0].note, 'a\ufffd');
});

test('the state before anything is known', async () => {
  const rig = new Rig();
  const state = await readState(rig.db, rig.now());
  assert.deepEqual([state.bound, state.configured, state.trouble?.code, state.unsent, state.language], [false, false, 'not_configured', 0, 'ja']);
});

test('the badge shows for what the person must act upon, and for nothing else', () => {
  const facts = { managed: CONFIGURED, sender: newSender(), identity: newIdentity(), bound: false, unsent: 0, trust: null };
  const badge = (/** @type {any} */ change) => badgeText(troubleOf({ ...facts, ...change }));
  const inIdentity = (/** @type {string} */ code) => badge({ identity: { ...newIdentity(), trouble: { code, detail: '' } } });
  assert.equal(badge({}), '');
  for (const code of ['sign_in_needed', 'not_in_roster', 'identity_conflict', 'key_taken']) assert.equal(inIdentity(code), '!', code);
  for (const code of ['offline', 'busy', 'retired', 'refused', 'sign_in_failed']) assert.equal(inIdentity(code), '', code);
  assert.equal(badge({ managed: {} }), '');
  assert.equal(badge({ bound: true, sender: { ...newSender(), failing: 'network' }, unsent: 12 }), '');
  assert.equal(badge({ bound: true, sender: { ...newSender(), blocked: { code: 'revoked', detail: '', at: 0 } } }), '!');
  assert.equal(badge({ bound: true, sender: { ...newSender(), blocked: { code: 'bad_sequence', detail: '', at: 0 } } }), '');
});
