import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';

import { utf8 } from '../../extension/events.js';
import { ensureKey } from '../../extension/outbox.js';
import { caller, measuredOffset, retryAfter } from '../../extension/server.js';
import { contentDigest, makeKey, signatureBase } from '../../extension/signing.js';
import { Rig } from './rig.js';

/** @type {import('node:http').Server} */
let http;
/** @type {any} */
let seen;
/** @type {(request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse) => void} */
let answer;
let url = '';

before(async () => {
  http = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    seen = { method: request.method, url: request.url, headers: request.headers, body: Buffer.concat(parts).toString() };
    answer(request, response);
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  url = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (http.address()).port}`;
});
after(() => http.close());

const device = async (base = `${url}/city/`, environment = {}) => {
  const rig = new Rig();
  const key = await ensureKey(rig.db, makeKey);
  return { rig, key, call: caller(rig.db, async () => base, environment) };
};

/** @param {number} status @param {any} body @param {Record<string, string>} [headers] */
const json = (status, body, headers = {}) => {
  answer = (_request, response) => {
    response.writeHead(status, { 'content-type': status >= 400 ? 'application/problem+json' : 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
};

test('a call is signed over what is sent, below the public URL’s own path', async () => {
  const { key, call } = await device();
  json(202, { next_seq: 1 });
  const outcome = await call({ method: 'POST', path: '/api/v1/events', body: '{"note":"前橋"}' });
  assert.deepEqual([outcome.status, outcome.body, outcome.code], [202, { next_seq: 1 }, null]);
  assert.deepEqual([seen.method, seen.url, seen.body, seen.headers['content-type']], ['POST', '/city/api/v1/events', '{"note":"前橋"}', 'application/json']);
  const digest = await contentDigest(utf8(seen.body));
  assert.equal(seen.headers['content-digest'], digest);
  const created = Number(/created=(\d+)/.exec(seen.headers['signature-input'])?.[1]);
  const { base, params } = signatureBase({ method: 'POST', url: `${url}/city/api/v1/events`, created, keyid: key.keyid, digest });
  assert.equal(seen.headers['signature-input'], `dokodemo=${params}`);
  const raw = Buffer.from(seen.headers.signature.slice('dokodemo=:'.length, -1), 'base64');
  assert.equal(await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key.pair.publicKey, raw, utf8(base)), true);
  assert.equal(seen.headers.cookie, undefined);
});

test('a call without a body has no digest; the etag goes in quotes', async () => {
  const { call } = await device();
  json(304, null);
  assert.equal((await call({ method: 'GET', path: '/api/v1/settings', etag: 'e1' })).status, 304);
  assert.deepEqual([seen.headers['content-digest'], seen.headers['content-type'], seen.headers['if-none-match']], [undefined, undefined, '"e1"']);
});

test('a signature is dated by the server’s clock as last measured', async () => {
  const { rig, call } = await device(undefined, { now: () => 1_000_000_000 });
  await rig.db.change(async (t) => t.put('meta', { ...(await t.get('meta', 'sender')), offset_ms: 7_200_000 }, 'sender'));
  json(202, {});
  await call({ method: 'POST', path: '/x', body: '{}' });
  assert.match(seen.headers['signature-input'], /created=1007200;/);
});

test('the key of a row is used while it is known, and a key that is gone sends nothing', async () => {
  const { rig, call } = await device();
  const old = await makeKey();
  await rig.db.change((t) => t.put('keys', old, 'previous'));
  json(204, null);
  await call({ method: 'POST', path: '/x', body: '{}', keyid: old.keyid });
  assert.ok(seen.headers['signature-input'].includes(old.keyid));
  seen = null;
  assert.equal((await call({ method: 'POST', path: '/x', body: '{}', keyid: 'gone' })).code, 'key_gone');
  assert.equal(seen, null);
});

test('a problem has a code only as problem+json', async () => {
  const { call } = await device();
  json(401, { code: 'clock_skew', detail: 'wrong', server_time: '2026-11-24T00:00:00.000Z' });
  const outcome = await call({ method: 'POST', path: '/x', body: '{}' });
  assert.deepEqual([outcome.code, outcome.detail, outcome.server_at, outcome.offset_ms], ['clock_skew', 'wrong', Date.parse('2026-11-24T00:00:00Z'), null]);
  json(403, { code: 'revoked' }, { 'content-type': 'application/json' });
  assert.equal((await call({ method: 'POST', path: '/x', body: '{}' })).code, null);
});

test('a page, a redirect, a refused connection are outcomes, not exceptions', async () => {
  const { call } = await device();
  answer = (_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>portal</html>');
  assert.deepEqual((await call({ method: 'POST', path: '/x', body: '{}' })).body, null);
  answer = (_request, response) => response.writeHead(302, { location: '/elsewhere' }).end();
  assert.equal((await call({ method: 'POST', path: '/x', body: '{}' })).status, 0);
  const { call: nobody } = await device('http://127.0.0.1:1');
  assert.equal((await nobody({ method: 'POST', path: '/x', body: '{}' })).status, 0);
});

test('without a server’s address nothing is sent', async () => {
  const { call } = await device('');
  assert.equal((await call({ method: 'POST', path: '/x', body: '{}' })).status, 0);
});

test('Retry-After is seconds or a date', () => {
  assert.equal(retryAfter('30', 0), 30_000);
  assert.equal(retryAfter('Thu, 01 Jan 1970 00:01:00 GMT', 10_000), 50_000);
  assert.equal(retryAfter('Thu, 01 Jan 1970 00:00:01 GMT', 10_000), 0);
  assert.equal(retryAfter('soon', 0), null);
  assert.equal(retryAfter(null, 0), null);
});

test('the offset is measured in the middle of a short round trip, of a clock that was not set meanwhile', () => {
  assert.equal(measuredOffset(5_000, { sent: 1_000, answered: 2_000, took: 1_000 }), 3_500);
  assert.equal(measuredOffset(5_000, { sent: 1_000, answered: 3_000, took: 2_000 }), null);
  assert.equal(measuredOffset(5_000, { sent: 1_000, answered: 9_000, took: 100 }), null);
  assert.equal(measuredOffset(null, { sent: 1_000, answered: 1_100, took: 100 }), null);
});
