/**
 * What IT has configured for this device (`managed_schema.json`). The browser answers `storage.managed` only seconds
 * after its start, and at a first installation with nothing at all: the last values are kept and used at once, and
 * what is new comes by `onChanged`.
 */

/**
 * @typedef {import('./shapes.js').Managed} Managed
 * @typedef {import('./storage.js').Database} Database
 */

/** @param {unknown} value @returns {string | undefined} */
const url = (value) => {
  if (typeof value !== 'string' || !URL.canParse(value)) return undefined;
  const { protocol, hostname } = new URL(value);
  const local = ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
  return protocol === 'https:' || (protocol === 'http:' && local) ? value : undefined;
};

/** @param {unknown} value @returns {string | undefined} */
const text = (value) => (typeof value === 'string' && value !== '' ? value : undefined);

/**
 * What can be used of the raw values: addresses are https, or http on this machine.
 * @param {Record<string, any>} raw
 * @returns {Managed}
 */
export const understood = (raw) => ({
  server_url: url(raw.server_url),
  oidc_client_id: text(raw.oidc_client_id),
  oidc_authorize_url: url(raw.oidc_authorize_url),
  oidc_scope: text(raw.oidc_scope),
  working_hours_only: raw.working_hours_only === true,
  linux_device: typeof raw.linux_device === 'object' && raw.linux_device !== null
    ? { directory_id: text(raw.linux_device.directory_id), serial: text(raw.linux_device.serial), asset_id: text(raw.linux_device.asset_id) }
    : undefined,
});

/**
 * The last known configuration, without waiting for the browser.
 * @param {Database} db
 * @returns {Promise<Managed>}
 */
export const current = async (db) => (await db.read((t) => t.get('settings', 'managed'), ['settings'])) ?? {};

/**
 * Keeps what the browser says now. `{}` without a change is "not yet known" and changes nothing.
 * @param {Database} db
 * @param {() => Promise<Record<string, unknown>>} values `storage.managedValues`
 * @param {{changed: boolean}} because `changed`: the browser said by `onChanged` that values are new or gone
 * @returns {Promise<boolean>} whether anything is different now
 */
export const refresh = async (db, values, { changed }) => {
  const raw = await values();
  if (!changed && Object.keys(raw).length === 0) return false;
  const next = understood(raw);
  const before = await current(db);
  if (JSON.stringify(next) === JSON.stringify(before)) return false;
  await db.change(async (t) => {
    await t.put('settings', next, 'managed');
    for (const key of ['identity', 'sender']) { // what was waited for may be put right by the new values
      const row = await t.get('meta', key);
      if (row) await t.put('meta', { ...row, wait_ms: 0 }, key);
    }
  }, ['settings', 'meta']);
  return true;
};
