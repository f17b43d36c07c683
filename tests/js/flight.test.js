import assert from 'node:assert/strict';
import { test } from 'node:test';

import { rebind } from '../../extension/rebind.js';
import { makeKey } from '../../extension/signing.js';
import { Rig } from './rig.js';

/** A bound device with an empty outbox. */
const bound = async (options = {}) => {
  const rig = await new Rig(options).configure();
  await rig.device.woke();
  assert.equal((await rig.logged()).length, 1);
  return rig;
};

/** @param {Rig} rig */
const drained = async (rig) => {
  const recorded = await rig.recorded();
  assert.deepEqual(await rig.logged(), recorded);
  const journal = await rig.meta('journal');
  assert.equal(journal.next_seq, journal.last_seq + 1);
};

/** Locks and unlocks in turn: one event each. @param {Rig} rig @param {number} times */
const locks = async (rig, times) => {
  for (let i = 0; i < times; i += 1) {
    rig.time += 1000;
    const { mode } = await rig.meta('activity');
    await rig.device.idle(mode === 'locked' ? 'active' : 'locked', null);
  }
};

test('an append starts a flight at once', async () => {
  const rig = await bound();
  await locks(rig, 1);
  assert.deepEqual(Rig.kinds(await rig.logged()), ['started', 'locked']);
});

test('with nothing waiting a beat says alive and carries no events', async () => {
  const rig = await bound();
  await rig.pass(1);
  assert.deepEqual(rig.server.beats.at(-1), { alive: true, first_seq: 2 });
});

test('events recorded without a network are sent in order when it is back', async () => {
  const rig = await bound();
  rig.server.up = false;
  await locks(rig, 450);
  assert.equal((await rig.logged()).length, 1);
  rig.server.up = true;
  await rig.pass(10);
  await drained(rig);
  assert.equal((await rig.recorded()).length, 451);
});

test('an acknowledgment that was lost is a repeat, not a second event', async () => {
  const rig = await bound();
  rig.server.tamper = (request, outcome) => (request.path === '/api/v1/events' ? { ...outcome, status: 0, body: null } : outcome);
  await locks(rig, 3);
  rig.server.tamper = null;
  await rig.pass(10);
  await drained(rig);
});

test('a wait after failures holds back appends too, and Retry-After wins', async () => {
  const rig = await bound();
  rig.server.instead = () => ({ status: 503, code: 'unavailable', retry_after_ms: 120_000 });
  await locks(rig, 1);
  const sender = await rig.meta('sender');
  assert.deepEqual([sender.wait_ms, sender.failing], [120_000, 'unavailable']);
  rig.server.instead = null;
  const asked = rig.server.requests;
  await locks(rig, 2);
  assert.equal(rig.server.requests, asked);
  rig.time += 120_000;
  await rig.device.alarm();
  await drained(rig);
});

test('a new browser session does not wait for what went wrong in the last one', async () => {
  const rig = await bound();
  rig.server.instead = () => ({ status: 503, retry_after_ms: 300_000 });
  await locks(rig, 1);
  rig.server.instead = null;
  rig.closeBrowser();
  rig.time += 5000;
  await rig.device.startup();
  await drained(rig);
});

test('a clock that is set back does not make a wait longer', async () => {
  const rig = await bound();
  rig.server.instead = () => ({ status: 503, retry_after_ms: 120_000 });
  await locks(rig, 1);
  rig.server.instead = null;
  rig.skew = -86_400_000;
  await rig.device.alarm();
  await drained(rig);
});

test('a gap of the server sends the device back to where the log ends', async () => {
  const rig = await bound();
  await locks(rig, 5);
  const binding = rig.server.bindings.get(await rig.keyid());
  binding.log.splice(3);
  binding.next_seq = 4;
  binding.head = binding.log[2].head;
  await locks(rig, 1);
  await drained(rig);
});

test('a gap answer that does not move is waited for, not asked again at once', async () => {
  const rig = await bound();
  rig.server.instead = ({ path, body }) =>
    path === '/api/v1/events' ? { status: 409, code: 'journal_gap', body: { next_seq: JSON.parse(body).first_seq, head: null } } : null;
  const asked = rig.server.requests;
  await locks(rig, 1);
  assert.equal(rig.server.requests, asked + 1);
  assert.equal((await rig.meta('sender')).failing, 'journal_gap');
});

test('what was pruned is a gap that the server records, and the rest follows', async () => {
  const rig = await bound();
  await locks(rig, 6);
  await rig.db.change(async (t) => {
    const row = await t.get('events', 3);
    await t.delete('events', IDBKeyRange.upperBound(3));
    await t.put('meta', { ...(await t.get('meta', 'journal')), base_seq: 3, base_head: row.head }, 'journal');
  });
  const binding = rig.server.bindings.get(await rig.keyid());
  Object.assign(binding, { log: binding.log.slice(0, 1), next_seq: 2, head: binding.log[0].head });
  await locks(rig, 1);
  assert.deepEqual(binding.gaps, [{ from: 2, to: 3 }]);
  assert.deepEqual((await rig.logged()).map(({ seq }) => seq), [1, 4, 5, 6, 7, 8]);
});

for (const [code, status] of /** @type {[string, number][]} */ ([['unreadable', 400], ['too_large', 413]])) {
  test(`a batch that is ${code} is halved down to the one event, which is sent as unsendable`, async () => {
    const rig = await bound();
    rig.server.up = false;
    await locks(rig, 30);
    rig.server.up = true;
    const poison = (await rig.recorded())[17].at;
    rig.server.instead = ({ path, body }) =>
      path === '/api/v1/events' && JSON.parse(body).events.some((/** @type {any} */ event) => event.at === poison && event.kind !== 'unsendable')
        ? { status, code, body: { code } }
        : null;
    await rig.pass(6);
    const log = await rig.logged();
    assert.equal(log.length, 31);
    assert.deepEqual(log.filter(({ kind }) => kind === 'unsendable').map(({ seq }) => seq), [18]);
    await locks(rig, 1);
    assert.equal((await rig.logged()).length, 32);
  });
}

test('a 413 that is not our server’s makes no event unsendable', async () => {
  const rig = await bound();
  rig.server.instead = ({ path }) => (path === '/api/v1/events' ? { status: 413, code: null } : null);
  await locks(rig, 1);
  await rig.pass(20);
  rig.server.instead = null;
  await rig.pass(6);
  await drained(rig);
});

test('a portal that answers 200 or 403 to everything is a network that does not work', async () => {
  const rig = await bound();
  for (const strange of [{ status: 200, body: null }, { status: 202, body: { hello: 1 } }, { status: 403, code: null }]) {
    rig.server.instead = () => strange;
    await locks(rig, 1);
    assert.equal((await rig.meta('sender')).blocked, null);
    await rig.pass(3);
  }
  rig.server.instead = null;
  await rig.pass(10);
  await drained(rig);
});

test('a wrong clock is corrected once and the request signed again', async () => {
  const rig = await bound();
  let asked = 0;
  rig.server.instead = ({ path }) =>
    path === '/api/v1/events' && (asked += 1) === 1 ? { status: 401, code: 'clock_skew', server_at: rig.time } : null;
  rig.skew = 3_600_000;
  await locks(rig, 1);
  assert.equal((await rig.meta('sender')).offset_ms, -3_600_000);
  assert.equal(asked, 2);
  await drained(rig);
});

test('a clock that stays wrong is waited for', async () => {
  const rig = await bound();
  rig.server.instead = ({ path }) => (path === '/api/v1/events' ? { status: 401, code: 'clock_skew', server_at: rig.time } : null);
  const asked = rig.server.requests;
  await locks(rig, 1);
  assert.equal(rig.server.requests - asked, 2);
  assert.equal((await rig.meta('sender')).failing, 'clock_skew');
});

test('the offset is recorded when it has moved by more than two seconds', async () => {
  const rig = await bound();
  const clocks = async () => (await rig.recorded()).filter(({ kind }) => kind === 'clock').map(({ offset_ms }) => offset_ms);
  rig.server.offset_ms = 2000;
  await rig.pass(1);
  assert.deepEqual(await clocks(), []);
  rig.server.offset_ms = -2001;
  await rig.pass(2);
  assert.deepEqual(await clocks(), [-2001]);
  rig.server.offset_ms = -3000;
  await rig.pass(1);
  assert.deepEqual(await clocks(), [-2001]);
  await drained(rig);
});

test('a key that the server does not know is bound again, with the same journal', async () => {
  const rig = await bound();
  const keyid = await rig.keyid();
  rig.server.bindings.delete(keyid);
  await locks(rig, 1);
  assert.equal(await rig.keyid(), keyid);
  await drained(rig);
});

for (const [code, again] of /** @type {[string, number][]} */ ([['revoked', 0], ['retired', 1]])) {
  test(`a ${code} key stops sending, keeps the outbox and is asked about ${again} times in a new browser session`, async () => {
    const rig = await bound();
    rig.server.instead = () => ({ status: 403, code });
    await locks(rig, 1);
    const asked = rig.server.requests;
    await locks(rig, 2);
    await rig.pass(3);
    assert.equal(rig.server.requests, asked);
    rig.closeBrowser();
    rig.sleep(10);
    await rig.device.startup();
    await rig.pass(3);
    assert.equal(rig.server.requests, asked + again);
    assert.equal((await rig.meta('sender')).blocked.code, code);
    assert.equal((await rig.recorded()).length, 6);
  });
}

test('a key that stays unknown although it was bound is not bound without end', async () => {
  const rig = await bound();
  rig.server.instead = ({ path }) => (path === '/api/v1/events' ? { status: 401, code: 'unknown_key' } : null);
  const silent = rig.issuer.silent;
  await locks(rig, 1);
  assert.equal(rig.issuer.silent, silent + 1);
  rig.server.instead = null;
  await rig.pass(1);
  await drained(rig);
});

test('another refusal stops sending until the next browser session', async () => {
  const rig = await bound();
  rig.server.instead = () => ({ status: 400, code: 'bad_sequence' });
  await locks(rig, 1);
  const asked = rig.server.requests;
  await rig.pass(5);
  assert.equal(rig.server.requests, asked);
  rig.server.instead = null;
  rig.closeBrowser();
  await rig.device.startup();
  await drained(rig);
});

test('a refused event counts as acknowledged and keeps its reason', async () => {
  const rig = await bound();
  await rig.db.change(async (t) => {
    const { append } = await import('../../extension/outbox.js');
    await append(t, [{ at: new Date(rig.time).toISOString(), kind: 'refuse_me' }]);
  });
  await locks(rig, 1);
  await drained(rig);
  const row = await rig.db.read((t) => t.get('events', 2));
  assert.deepEqual(row.refused, { code: 'event_invalid', detail: 'asked for' });
});

test('a restored backup is refilled, and a fresh token presented once', async () => {
  const rig = await bound();
  await locks(rig, 9);
  rig.server.restore(4);
  const silent = rig.issuer.silent;
  await locks(rig, 1);
  await rig.pass(2);
  await drained(rig);
  assert.equal((await rig.meta('journal')).epoch, 2);
  assert.equal(rig.issuer.silent, silent + 1);
  assert.ok([...rig.server.orders.values()].every((order) => order.result?.state === 'done'));
});

test('a restored backup is noticed by a beat alone', async () => {
  const rig = await bound();
  await locks(rig, 9);
  rig.server.restore(0);
  await rig.pass(2);
  await drained(rig);
});

test('an answer of an older epoch moves nothing', async () => {
  const rig = await bound();
  await locks(rig, 3);
  await rig.db.change(async (t) => t.put('meta', { ...(await t.get('meta', 'journal')), epoch: 5 }, 'journal'));
  const before = await rig.meta('journal');
  await rig.pass(1);
  assert.deepEqual(await rig.meta('journal'), before);
});

test('an answer to a journal that was left meanwhile says nothing about the new one', async () => {
  const rig = await bound();
  await locks(rig, 3);
  let once = true;
  rig.server.tamper = async (request, outcome) => {
    if (once && request.path === '/api/v1/events') {
      once = false;
      await rebind(rig.db, makeKey, { keyid: await rig.keyid(), now: rig.now() });
    }
    return outcome;
  };
  await locks(rig, 1);
  rig.server.tamper = null;
  await rig.pass(1);
  await drained(rig);
  assert.deepEqual(Rig.kinds(await rig.logged()), ['unlocked', 'started']);
});
