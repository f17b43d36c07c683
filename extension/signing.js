/**
 * Signed requests: HTTP message signatures (RFC 9421) in the one profile that the server takes. Label `dokodemo`,
 * `ecdsa-p256-sha256`, components `"@method" "@authority" "@path"`, and `"content-digest"` (sha-256) if there is a
 * body; parameters `created`, `keyid`, `tag`. Device calls have no query.
 */

import { base64url, sha256, utf8 } from './events.js';

/** @typedef {import('./outbox.js').Key} Key */

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' };
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' };

/** @param {Uint8Array} bytes */
const base64 = (bytes) => btoa(String.fromCharCode(...bytes));

/**
 * RFC 7638: SHA-256 over the required members in the order of their names.
 * @param {JsonWebKey} jwk
 * @returns {Promise<string>} base64url
 */
export const thumbprint = async ({ crv, kty, x, y }) => base64url(await sha256(utf8(JSON.stringify({ crv, kty, x, y }))));

/** @returns {Promise<Key>} a new key whose private half can never leave this browser */
export const makeKey = async () => {
  const pair = /** @type {CryptoKeyPair} */ (await crypto.subtle.generateKey(ALGORITHM, false, ['sign', 'verify']));
  const { crv, kty, x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey);
  const jwk = { crv, kty, x, y };
  return { pair, jwk, keyid: await thumbprint(jwk) };
};

/**
 * @param {Uint8Array<ArrayBuffer>} body
 * @returns {Promise<string>} the value of Content-Digest
 */
export const contentDigest = async (body) => `sha-256=:${base64(await sha256(body))}:`;

/**
 * @param {{method: string, url: string, created: number, keyid: string, digest: string | null}} request `created` in
 *   seconds
 * @returns {{base: string, params: string}} the signature base of RFC 9421 §2.5 and the parameters
 */
export const signatureBase = ({ method, url, created, keyid, digest }) => {
  const { host, pathname } = new URL(url);
  const components = [
    ['@method', method.toUpperCase()],
    ['@authority', host.toLowerCase()],
    ['@path', pathname],
    ...(digest === null ? [] : [['content-digest', digest]]),
  ];
  const names = components.map(([name]) => `"${name}"`).join(' ');
  const params = `(${names});created=${created};keyid="${keyid}";tag="dokodemo"`;
  const lines = components.map(([name, value]) => `"${name}": ${value}`);
  return { base: [...lines, `"@signature-params": ${params}`].join('\n'), params };
};

/**
 * @param {{method: string, url: string, body: Uint8Array<ArrayBuffer> | null, created: number}} request
 * @param {Key} key
 * @returns {Promise<Record<string, string>>} the headers to add
 */
export const signed = async ({ method, url, body, created }, key) => {
  const digest = body === null ? null : await contentDigest(body);
  const { base, params } = signatureBase({ method, url, created, keyid: key.keyid, digest });
  const signature = new Uint8Array(await crypto.subtle.sign(SIGNING, key.pair.privateKey, utf8(base)));
  return {
    ...(digest === null ? {} : { 'content-digest': digest }),
    'signature-input': `dokodemo=${params}`,
    signature: `dokodemo=:${base64(signature)}:`,
  };
};
