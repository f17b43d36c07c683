import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { utf8 } from '../../extension/events.js';
import { contentDigest, makeKey, signatureBase, signed, thumbprint } from '../../extension/signing.js';

/** @type {any[]} */
const vectors = JSON.parse(readFileSync(new URL('../vectors/signature.json', import.meta.url), 'utf-8'));
const ours = vectors.filter(({ query }) => query === null); // device calls have no query
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' };

for (const { name, method, authority, path, body, created, jwk, keyid, base, content_digest, signature_input } of ours) {
  test(`the signature base of ${name}`, async () => {
    assert.equal(await thumbprint(jwk), keyid);
    const digest = body ? await contentDigest(utf8(body)) : null;
    if (body) assert.equal(digest, content_digest);
    const actual = signatureBase({ method, url: `https://${authority}${path}`, created, keyid, digest });
    assert.equal(actual.base, base);
    assert.equal(`dokodemo=${actual.params}`, signature_input);
  });

  test(`a signature over ${name} verifies as r and s in 64 bytes`, async () => {
    const privateKey = await crypto.subtle.importKey('jwk', jwk, ALGORITHM, true, ['sign']);
    const { d: _d, ...open } = jwk;
    const publicKey = await crypto.subtle.importKey('jwk', open, ALGORITHM, true, ['verify']);
    const request = { method, url: `https://${authority}${path}`, body: body ? utf8(body) : null, created };
    const headers = await signed(request, { pair: { privateKey, publicKey }, jwk: open, keyid });
    const raw = Buffer.from(/** @type {RegExpExecArray} */ (/^dokodemo=:(.+):$/.exec(headers.signature))[1], 'base64');
    assert.equal(raw.length, 64);
    assert.equal(await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, publicKey, raw, utf8(base)), true);
    assert.deepEqual(Object.keys(headers).sort(), [...(body ? ['content-digest'] : []), 'signature', 'signature-input']);
  });
}

test('at least one vector has a body and one has none', () => {
  assert.ok(ours.some(({ body }) => body) && ours.some(({ body }) => !body));
});

test('a port that its scheme implies is no part of the authority, any other is', () => {
  const authority = (/** @type {string} */ url) =>
    signatureBase({ method: 'GET', url, created: 1, keyid: 'k', digest: null }).base.split('\n')[1];
  assert.equal(authority('https://HQ.city.example.jp:443/x'), '"@authority": hq.city.example.jp');
  assert.equal(authority('http://127.0.0.1:8000/x'), '"@authority": 127.0.0.1:8000');
});

test('the private key cannot leave the browser', async () => {
  const { pair, jwk } = await makeKey();
  assert.equal(pair.privateKey.extractable, false);
  await assert.rejects(crypto.subtle.exportKey('jwk', pair.privateKey));
  assert.deepEqual(Object.keys(jwk).sort(), ['crv', 'kty', 'x', 'y']);
});
