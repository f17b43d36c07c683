import assert from 'node:assert/strict';
import { test } from 'node:test';

import { current, refresh, understood } from '../../extension/managed.js';
import { CONFIGURED, Rig } from './rig.js';

const RAW = { server_url: 'https://hq.example.jp', oidc_client_id: 'c', oidc_authorize_url: 'https://id.example.jp/a' };
/** @param {any} raw */
const says = (raw) => async () => raw;

test('nothing at the first start is "not yet known", and the values come later', async () => {
  const { db } = new Rig();
  assert.equal(await refresh(db, says({}), { changed: false }), false);
  assert.deepEqual(await current(db), {});
  assert.equal(await refresh(db, says(RAW), { changed: true }), true);
  assert.equal((await current(db)).server_url, 'https://hq.example.jp');
});

test('the last values stand while the browser does not answer yet', async () => {
  const { db } = new Rig();
  await refresh(db, says(RAW), { changed: false });
  assert.equal(await refresh(db, says({}), { changed: false }), false);
  assert.equal((await current(db)).server_url, 'https://hq.example.jp');
});

test('values that IT took away are gone', async () => {
  const { db } = new Rig();
  await refresh(db, says(RAW), { changed: false });
  assert.equal(await refresh(db, says({}), { changed: true }), true);
  assert.equal((await current(db)).server_url, undefined);
});

test('the same values are no change', async () => {
  const { db } = new Rig();
  await refresh(db, says(RAW), { changed: false });
  assert.equal(await refresh(db, says({ ...RAW }), { changed: true }), false);
});

test('addresses are https, or http on this machine', () => {
  const url = (/** @type {any} */ server_url) => understood({ server_url }).server_url;
  assert.equal(url('https://hq.example.jp/x'), 'https://hq.example.jp/x');
  assert.equal(url('http://127.0.0.1:8000'), 'http://127.0.0.1:8000');
  for (const bad of ['http://hq.example.jp', 'ftp://hq.example.jp', 'javascript:1', 'hq', '', 5, null]) assert.equal(url(bad), undefined);
});

test('new values end the waits that the old ones may have caused', async () => {
  const rig = await new Rig().configure({ server_url: CONFIGURED.server_url });
  await rig.device.woke();
  assert.equal((await rig.meta('identity')).trouble.code, 'not_configured');
  await refresh(rig.db, says(CONFIGURED), { changed: true });
  await rig.device.woke();
  assert.equal((await rig.logged()).length, 1);
});
