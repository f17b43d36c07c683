import assert from 'node:assert/strict';
import { test } from 'node:test';

import { authorizeUrl, tokenFrom } from '../../extension/identity.js';
import { CONFIGURED, Rig } from './rig.js';

const HOUR = 60;
/** @param {Rig} rig */
const trouble = async (rig) => (await rig.meta('identity'))?.trouble ?? null;
/** @param {Rig} rig @param {string} path */
const count = (rig, path) => {
  let asked = 0;
  const before = rig.server.instead;
  rig.server.instead = (request) => {
    asked += request.path === path ? 1 : 0;
    return before?.(request) ?? null;
  };
  return () => asked;
};

test('a person who is signed in to the browser is bound without a click', async () => {
  const rig = await new Rig().configure();
  await rig.device.woke();
  assert.deepEqual([rig.issuer.silent, rig.issuer.windows], [1, 0]);
  assert.equal((await rig.meta('binding')).person.name, '前田 聡');
  assert.deepEqual(Rig.kinds(await rig.logged()), ['started']);
});

test('the silent sign-in asks with prompt=none, the hint, nonce and state; a click asks with a window', () => {
  const about = { nonce: 'n', state: 's', redirect_uri: 'https://x.chromiumapp.org/oidc', email: 'a@b.jp' };
  const silent = new URL(authorizeUrl(CONFIGURED, { ...about, interactive: false })).searchParams;
  assert.deepEqual(Object.fromEntries(silent), {
    client_id: 'client', response_type: 'id_token', redirect_uri: about.redirect_uri, nonce: 'n', state: 's',
    scope: 'openid email profile', prompt: 'none', login_hint: 'a@b.jp',
  });
  const click = new URL(authorizeUrl({ ...CONFIGURED, oidc_authorize_url: 'https://id/x?hd=city' }, { ...about, email: '', interactive: true })).searchParams;
  assert.deepEqual([click.get('prompt'), click.get('login_hint'), click.get('hd')], [null, null, 'city']);
});

test('a token is taken only with our own state', () => {
  assert.deepEqual(tokenFrom('https://x/oidc#id_token=t&state=s', 's'), { id_token: 't' });
  assert.deepEqual(tokenFrom('https://x/oidc#id_token=t&state=other', 's'), { error: 'state_differs' });
  assert.deepEqual(tokenFrom('https://x/oidc?id_token=t&state=s', 's'), { error: 'state_differs' });
  assert.deepEqual(tokenFrom('https://x/oidc#error=login_required&state=s', 's'), { error: 'login_required' });
  assert.deepEqual(tokenFrom(undefined, 's'), { error: 'login_required' });
});

test('without a session of the issuer the person is asked to connect, and a click connects', async () => {
  const rig = await new Rig().configure();
  rig.issuer.signedIn = false;
  await rig.device.woke();
  assert.equal((await trouble(rig)).code, 'sign_in_needed');
  assert.equal(rig.issuer.windows, 0);
  await rig.pass(8);
  assert.equal(rig.issuer.silent, 2); // once more after a minute, then only every ten
  await rig.device.work({ interactive: true });
  assert.equal(rig.issuer.windows, 1);
  assert.equal(await trouble(rig), null);
  assert.deepEqual(Rig.kinds(await rig.logged()), ['started']);
});

test('a browser that has the session a moment later signs in within two minutes', async () => {
  const rig = await new Rig().configure();
  rig.issuer.signedIn = false;
  await rig.device.woke();
  rig.issuer.signedIn = true;
  await rig.pass(2);
  assert.equal(await trouble(rig), null);
  assert.deepEqual(Rig.kinds(await rig.logged()), ['started']);
});

test('the journal waits on the device until it is bound', async () => {
  const rig = await new Rig().configure();
  rig.issuer.signedIn = false;
  await rig.device.woke();
  await rig.device.idle('locked', null);
  await rig.device.idle('active', null);
  rig.issuer.signedIn = true;
  await rig.pass(11);
  assert.deepEqual(Rig.kinds(await rig.logged()), ['started', 'locked', 'unlocked']);
});

for (const [code, status] of /** @type {[string, number][]} */ ([
  ['not_in_roster', 403], ['identity_conflict', 409], ['key_taken', 409], ['retired', 403],
])) {
  test(`${code} is shown with the identity that was seen, and asked again once an hour`, async () => {
    const rig = await new Rig().configure();
    rig.server.roster = { code, status };
    const asked = count(rig, '/api/v1/bindings');
    await rig.device.woke();
    assert.deepEqual(await trouble(rig), { code, detail: '', email: 'seen@example.jp' });
    await rig.pass(HOUR - 1);
    assert.equal(asked(), 1);
    rig.server.roster = null;
    await rig.pass(2);
    assert.equal(asked(), 2);
    assert.equal(await trouble(rig), null);
  });
}

test('a lost 201 is asked for again with the same body and gives the same binding', async () => {
  const rig = await new Rig().configure();
  rig.server.tamper = (request, outcome) => (request.path === '/api/v1/bindings' ? { ...outcome, status: 0, body: null } : outcome);
  await rig.device.woke();
  rig.server.tamper = null;
  rig.restart();
  await rig.pass(2);
  assert.equal(rig.server.bindings.size, 1);
  assert.equal(rig.issuer.silent, 1);
  assert.ok(await rig.meta('binding'));
});

test('a nonce that is too old is replaced by a new challenge', async () => {
  const rig = await new Rig().configure();
  rig.server.instead = ({ path }) => (path === '/api/v1/bindings' ? { status: 503 } : null);
  await rig.device.woke();
  rig.server.instead = null;
  const challenges = count(rig, '/api/v1/bindings/challenge');
  rig.sleep(6);
  await rig.device.alarm();
  assert.equal(challenges(), 1);
  assert.ok(await rig.meta('binding'));
});

test('nonce_invalid begins anew at once', async () => {
  const rig = await new Rig().configure();
  let first = true;
  rig.server.instead = ({ path }) => {
    if (path !== '/api/v1/bindings' || !first) return null;
    first = false;
    return { status: 409, code: 'nonce_invalid', body: {} };
  };
  await rig.device.woke();
  assert.ok(await rig.meta('binding'));
});

test('a wrong clock at the first sign-in is corrected', async () => {
  const rig = await new Rig().configure();
  rig.skew = 86_400_000;
  let first = true;
  rig.server.instead = ({ path }) => {
    if (path !== '/api/v1/bindings' || !first) return null;
    first = false;
    return { status: 401, code: 'clock_skew', server_at: rig.time };
  };
  await rig.device.woke();
  assert.equal((await rig.meta('sender')).offset_ms, -86_400_000);
  assert.ok(await rig.meta('binding'));
});

test('an id_token that is refused is not sent again', async () => {
  const rig = await new Rig().configure();
  rig.server.instead = ({ path }) => (path === '/api/v1/bindings' ? { status: 401, code: 'id_token_invalid', body: {} } : null);
  await rig.device.woke();
  assert.equal((await trouble(rig)).code, 'sign_in_failed');
  rig.server.instead = null;
  await rig.pass(5);
  assert.equal(rig.issuer.silent, 2);
  assert.ok(await rig.meta('binding'));
});

test('an order to present a token does so, and flights go on meanwhile', async () => {
  const rig = await new Rig().configure();
  await rig.device.woke();
  rig.issuer.signedIn = false;
  const id = rig.server.order(await rig.keyid(), { kind: 'present_token' });
  await rig.device.idle('locked', null);
  await rig.device.idle('active', null);
  assert.deepEqual(Rig.kinds(await rig.logged()), ['started', 'locked', 'unlocked']);
  assert.equal(rig.server.orders.get(id).result, undefined);
  rig.issuer.signedIn = true;
  await rig.pass(12);
  assert.deepEqual(rig.server.orders.get(id).result, { state: 'done' });
});

test('without IT’s values nothing is asked and everything is kept', async () => {
  const rig = new Rig();
  await rig.device.woke();
  await rig.device.idle('locked', null);
  await rig.pass(3);
  assert.equal(rig.server.requests, 0);
  await rig.configure();
  await rig.device.woke();
  assert.deepEqual(Rig.kinds(await rig.logged()), ['started', 'locked']);
});
