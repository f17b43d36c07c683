/**
 * A device without a browser: the extension's own code over an IndexedDB in memory, a clock that tests move, and a
 * worker that can be killed at any of its steps. A step is an operation of the database, of the marks or of the network;
 * a worker killed *before* a step leaves nothing of it, *inside* a transaction it is undone, *after* it the step has
 * happened and the worker does not know.
 */

import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';

import { createDevice } from '../../extension/device.js';
import { makeKey } from '../../extension/signing.js';
import { STORES, openDatabase } from '../../extension/storage.js';
import { ServerModel } from './server_model.js';

Object.assign(globalThis, { IDBKeyRange });

export const MORNING = Date.parse('2026-11-24T00:00:00.000Z');
export const CONFIGURED = {
  server_url: 'https://hq.city.example.jp', oidc_client_id: 'client', oidc_authorize_url: 'https://id.city.example.jp/authorize',
};

/** The worker died here. */
export class Killed extends Error {}

/** A small random generator with a seed (mulberry32). @param {number} seed */
export const seeded = (seed) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};

export class Rig {
  /** @param {{seed?: number}} [options] */
  constructor({ seed = 1 } = {}) {
    this.time = MORNING;
    this.skew = 0; // device clock − server clock
    this.random = seeded(seed);
    this.factory = new IDBFactory();
    this.server = new ServerModel(() => this.time);
    /** @type {Map<string, any>} */
    this.marks = new Map();
    /** @type {import('../../extension/settings.js').Applier[]} */
    this.appliers = [];
    /** @type {string[]} */
    this.announced = [];
    /** @type {number[]} */
    this.timers = [];
    this.issuer = { signedIn: true, windows: 0, silent: 0 };
    this.steps = 0;
    /** @type {{step: number, mode: 'before' | 'inside' | 'after'} | null} */
    this.kill = null;
    this.version = '1.0';
    /** @type {{idle: string, session: string | null}} */
    this.presence = { idle: 'active', session: null };
    this.addresses = /** @type {(string | undefined)[] | null} */ (null);
    this.db = openDatabase(this.factory);
    this.restart();
  }

  /** IT's values. @param {any} [managed] */
  async configure(managed = CONFIGURED) {
    await this.db.change((t) => t.put('settings', managed, 'managed'));
    return this;
  }

  now() {
    return this.time + this.skew;
  }

  /** @template T @param {() => Promise<T>} operation @returns {Promise<T>} */
  async step(operation) {
    this.steps += 1;
    const dies = this.kill?.step === this.steps ? this.kill.mode : null;
    if (dies === 'before' || dies === 'inside') throw new Killed();
    const result = await operation();
    if (dies === 'after') throw new Killed();
    return result;
  }

  /** A new worker over the same database and marks. */
  restart() {
    const rig = this;
    const db = openDatabase(this.factory);
    /** @type {any} */
    const killable = {
      read: (/** @type {any} */ work, /** @type {any} */ stores) => rig.step(() => db.read(work, stores)),
      change: async (/** @type {any} */ work, /** @type {any} */ stores) => {
        if (rig.kill?.mode === 'inside' && rig.kill.step === rig.steps + 1) {
          rig.steps += 1;
          return db.change(async (t) => {
            await work(t);
            throw new Killed();
          }, stores);
        }
        return rig.step(() => db.change(work, stores));
      },
    };
    const io = {
      db: killable,
      now: () => rig.now(),
      random: rig.random,
      call: async (/** @type {any} */ request) => {
        const key = await db.read((t) => t.get('keys', 'current'));
        return rig.step(() => rig.server.call({ keyid: key?.keyid, ...request }));
      },
    };
    const marks = {
      get: (/** @type {string} */ key) => rig.step(async () => {
        const found = rig.marks.get(key);
        await new Promise(setImmediate); // the browser answers from another process
        return found;
      }),
      set: (/** @type {string} */ key, /** @type {any} */ value) => rig.step(async () => void rig.marks.set(key, value)),
      remove: (/** @type {string} */ key) => rig.step(async () => void rig.marks.delete(key)),
    };
    /** @type {ReturnType<typeof createDevice>} */
    this.device = createDevice({
      io,
      marks,
      makeKey,
      appliers: this.appliers,
      addresses: async () => rig.addresses,
      presence: async () => rig.presence,
      browser: {
        marks,
        version: this.version,
        redirect_uri: 'https://ext.chromiumapp.org/oidc',
        device: async () => ({ directory_id: null }),
        email: async () => 'maeda@city.example.jp',
        authorize: (url, interactive) => rig.step(() => rig.authorize(url, interactive)),
      },
      hands: {
        announce: async (_id, title, text) => void rig.announced.push(`${title}: ${text}`),
        announceLost: async () => void rig.announced.push('lost'),
        lookForUpdate: async () => 'no_update',
      },
      later: (ms) => void rig.timers.push(ms),
      keepAwake: () => () => {},
      after: async () => {},
    });
  }

  /** @param {string} url @param {boolean} interactive */
  async authorize(url, interactive) {
    const { searchParams } = new URL(url);
    if (interactive) {
      this.issuer.windows += 1;
      this.issuer.signedIn = true;
    } else this.issuer.silent += 1;
    const state = searchParams.get('state');
    const answer = this.issuer.signedIn ? `id_token=x.${btoa('{"email":"seen@example.jp"}')}.y` : 'error=login_required';
    return `https://ext.chromiumapp.org/oidc#${answer}&state=${state}`;
  }

  /** Minutes pass, with the alarm each minute. @param {number} minutes */
  async pass(minutes) {
    for (let i = 0; i < minutes; i += 1) {
      this.time += 60_000;
      await this.device.alarm();
    }
  }

  /** Time passes while nothing runs. @param {number} minutes */
  sleep(minutes) {
    this.time += minutes * 60_000;
  }

  /** The browser is gone: its marks too. The next worker starts with the profile, or (an update) without. */
  closeBrowser() {
    this.marks.clear();
    this.restart();
  }

  /** Everything on the disk. @returns {Promise<[import('../../extension/storage.js').StoreName, any, any][]>} */
  disk() {
    const withKey = new Set(['events', 'waiting']);
    return this.db.read(async (t) => {
      /** @type {[import('../../extension/storage.js').StoreName, any, any][]} */
      const rows = [];
      for (const store of STORES) {
        const keys = await new Promise((resolve) => {
          const asked = t.transaction.objectStore(store).getAllKeys();
          asked.onsuccess = () => resolve(asked.result);
        });
        for (const [i, value] of (await t.all(store)).entries()) rows.push([store, value, withKey.has(store) ? undefined : keys[i]]);
      }
      return rows;
    });
  }

  /** The disk is set back, and the browser starts from it. @param {Awaited<ReturnType<Rig['disk']>>} rows */
  async setBack(rows) {
    await this.db.change(async (t) => {
      for (const store of STORES) await t.clear(store);
      for (const [store, value, key] of rows) await t.put(store, value, key);
    });
    this.closeBrowser();
  }

  /**
   * Runs `action` with the worker dying at one step; afterwards a new worker starts as the browser would start it.
   * @param {{step: number, mode: 'before' | 'inside' | 'after'}} kill counted from here
   * @param {() => Promise<unknown>} action
   * @returns {Promise<boolean>} whether the worker died
   */
  async killedAt({ step, mode }, action) {
    this.kill = { step: this.steps + step, mode };
    let died = false;
    try {
      await action();
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      died = true;
    }
    this.kill = null;
    if (died) this.restart();
    return died;
  }

  /** @param {string} key */
  meta(key) {
    return this.db.read((t) => t.get('meta', key));
  }

  async keyid() {
    return (await this.db.read((t) => t.get('keys', 'current')))?.keyid;
  }

  /** Everything on the device. @returns {Promise<any[]>} */
  async recorded() {
    return (await this.db.read((t) => t.all('events'))).map(({ text }) => JSON.parse(text));
  }

  /** What the server holds of the current journal. @returns {Promise<any[]>} */
  async logged() {
    return this.server.log(await this.keyid());
  }

  /** @param {readonly any[]} events */
  static kinds(events) {
    return events.map(({ kind }) => kind);
  }
}
