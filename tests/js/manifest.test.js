import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';

const root = new URL('../../', import.meta.url);
const text = (/** @type {string} */ path) => readFileSync(new URL(path, root), 'utf-8');
const manifest = JSON.parse(text('extension/manifest.json'));
const schema = JSON.parse(text('extension/managed_schema.json'));
const files = readdirSync(new URL('extension/', root), { recursive: true, encoding: 'utf-8' }).filter((name) => name.endsWith('.js'));
const sources = files.map((name) => text(`extension/${name}`)).join('\n');
const rows = [...text('docs/extension-permissions.md').matchAll(/^\| `([\w.]+)` \| `([\w.]+)` \|/gm)].map(([, permission, call]) => ({ permission, call }));

test('each permission has its reason in the documentation, and no other has', () => {
  assert.deepEqual(rows.map(({ permission }) => permission), manifest.permissions);
});

test('each permission is used by a call in the code', () => {
  for (const { permission, call } of rows) {
    assert.ok(sources.replaceAll('?.', '.').includes(call), `${permission}: ${call}`);
  }
});

test('the packer alone sets key, update_url and host_permissions', () => {
  for (const member of ['key', 'update_url', 'host_permissions', 'content_scripts', 'optional_permissions', 'externally_connectable']) {
    assert.equal(member in manifest, false, member);
  }
});

test('every file that the manifest names is there', () => {
  const named = [manifest.background.service_worker, manifest.action.default_popup, manifest.storage.managed_schema,
    ...Object.values(manifest.icons), ...Object.values(manifest.action.default_icon), `_locales/${manifest.default_locale}/messages.json`];
  for (const name of named) assert.ok(existsSync(new URL(`extension/${name}`, root)), name);
});

test('the managed schema has the form that Chrome loads', () => {
  assert.equal(schema.type, 'object');
  assert.equal('additionalProperties' in schema, false);
  assert.deepEqual(Object.keys(schema.properties).sort(), [
    'linux_device', 'oidc_authorize_url', 'oidc_client_id', 'oidc_scope', 'server_url', 'working_hours_only',
  ]);
  const typed = (/** @type {any} */ node) => {
    assert.equal(typeof node.type, 'string');
    for (const child of Object.values(node.properties ?? {})) typed(child);
  };
  typed(schema);
});

test('requests leave from one file, and storage is touched in one', () => {
  const outside = (/** @type {RegExp} */ call, /** @type {string[]} */ allowed) =>
    files.filter((name) => !allowed.includes(name) && call.test(text(`extension/${name}`)));
  assert.deepEqual(outside(/\bXMLHttpRequest\b|\bWebSocket\b|\bEventSource\b|\bsendBeacon\b/, []), []);
  assert.deepEqual(outside(/\bfetch\(/, ['server.js', 'words.js']), []); // words.js reads the extension's own file
  assert.deepEqual(outside(/chrome\.storage\.\w+\.(get|set|remove|clear|getKeys)\b|\bindexedDB\b|\blocalStorage\b/, ['storage.js']), []);
  assert.deepEqual(outside(/\beval\(|new Function|innerHTML/, []), []);
});

test('the worker registers every listener synchronously, before anything is awaited', () => {
  const worker = text('extension/service_worker.js');
  assert.equal(/^\s*await /m.test(worker.split('\n').filter((line) => !line.startsWith(' ')).join('\n')), false);
  for (const name of files.filter((one) => one !== 'service_worker.js' && !one.startsWith('popup/'))) {
    assert.equal(/chrome\.[\w.?]+\.addListener/.test(text(`extension/${name}`)), false, name);
  }
});
