/**
 * The extension's own outbox, flights, binding and rebinding on strings: a driver says on standard input what happens
 * next (one JSON document a line), this says on standard output what came of it. Databases lie in memory; a request
 * that is sent goes to the driver, with its real signature, and waits until the driver answers it or lets it wait.
 */

import { createInterface } from 'node:readline';
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';

import { settle } from '../../extension/answers.js';
import { fly } from '../../extension/flight.js';
import { bind } from '../../extension/identity.js';
import { instant } from '../../extension/events.js';
import { append, ensureKey, newJournal, newSender, prune, unsentIn } from '../../extension/outbox.js';
import { rebind } from '../../extension/rebind.js';
import { caller } from '../../extension/server.js';
import { makeKey } from '../../extension/signing.js';
import { STORES, openDatabase } from '../../extension/storage.js';

Object.assign(globalThis, { IDBKeyRange });

const SERVER = 'http://127.0.0.1:8000';
const NOW = Date.parse('2026-11-24T00:00:00.000Z');
const IDENTITY = { iss: 'https://issuer.example', sub: 'sub-maeda', email: 'maeda@city.akagi.example' };
const MANAGED = { server_url: SERVER, oidc_client_id: 'client', oidc_authorize_url: 'https://issuer.example/authorize' };

const NOTHING = { status: 0, body: null, code: null, detail: '', retry_after_ms: null, offset_ms: null, server_at: null, etag: null };

/** The worker died here. */
class Died extends Error {}

/** @typedef {{status: number, headers: Record<string, string>, body: string}} Reply */

class Puppet {
  constructor() {
    this.db = openDatabase(new IDBFactory());
    /** @type {Map<string, any>} */
    this.marks = new Map();
    this.work();
  }

  /** A new worker; whatever the old one waited for, it waits for ever. */
  work() {
    this.marks.clear();
    /** @type {((reply: Reply) => void) | null} */
    this.reply = null;
    /** @type {Promise<string> | null} */
    this.running = null;
    /** @type {((request: any) => void) | null} */
    this.sent = null;
  }

  /** @param {number} requests how many may be sent before the worker dies */
  io(requests) {
    let left = requests;
    const fetch = async (/** @type {any} */ url, /** @type {any} */ init) => {
      left -= 1;
      if (left < 0) throw new Died();
      const body = init.body === null ? '' : new TextDecoder().decode(init.body);
      const reply = await new Promise((resolve) => {
        this.reply = resolve;
        this.sent?.({ method: init.method, path: new URL(url).pathname, headers: init.headers, body });
      });
      return new Response(reply.body, { status: reply.status, headers: reply.headers });
    };
    const environment = { fetch: /** @type {typeof globalThis.fetch} */ (fetch), now: () => NOW, elapsed: () => 0 };
    return { db: this.db, now: () => NOW, random: () => 0.5, call: caller(this.db, async () => SERVER, environment) };
  }

  /** Runs until it sends or ends. @param {() => Promise<string>} task @returns {Promise<any>} */
  async started(task) {
    const request = new Promise((resolve) => {
      this.sent = (sent) => resolve({ sent });
    });
    this.running = task().catch((error) => {
      if (error instanceof Died) return 'died';
      throw error;
    });
    return Promise.race([request, this.running.then((end) => ({ end }))]);
  }

  /** @param {number} most */
  async send(most) {
    await this.db.change(async (t) => {
      const journal = await t.get('meta', 'journal');
      const sender = await t.get('meta', 'sender');
      await t.put('meta', { ...sender, wait_ms: 0 }, 'sender'); // the wait is over
      if (most) await t.put('meta', { ...journal, limit: most }, 'journal');
    });
    return this.started(() => fly(this.io(1), { alive: false, beat: true }));
  }

  async bind() {
    await this.db.change(async (t) => {
      const identity = await t.get('meta', 'identity');
      if (identity) await t.put('meta', { ...identity, wait_ms: 0 }, 'identity');
    });
    const { marks } = this;
    const browser = {
      version: '1.0.0', redirect_uri: 'https://ext.chromiumapp.org/oidc',
      email: async () => IDENTITY.email, device: async () => ({}),
      authorize: async (/** @type {string} */ url) => {
        const { searchParams } = new URL(url);
        const token = JSON.stringify({ ...IDENTITY, nonce: searchParams.get('nonce') });
        return `https://ext.chromiumapp.org/oidc#id_token=${encodeURIComponent(token)}&state=${searchParams.get('state')}`;
      },
      marks: {
        get: async (/** @type {string} */ key) => marks.get(key),
        set: async (/** @type {string} */ key, /** @type {any} */ value) => void marks.set(key, value),
        remove: async (/** @type {string} */ key) => void marks.delete(key),
      },
    };
    return this.started(() => bind(this.io(2), browser, MANAGED, { interactive: false }));
  }

  /** @param {Reply} reply @returns {Promise<any>} */
  async answer(reply) {
    const { running } = this;
    const request = new Promise((resolve) => {
      this.sent = (sent) => resolve({ sent });
    });
    this.reply?.(reply);
    return Promise.race([request, running?.then((end) => ({ end }))]);
  }

  /** @param {number} n */
  async record(n) {
    await this.db.change((t) => append(t, [{ at: instant(NOW + n * 1000), kind: 'model', n }]));
    return {};
  }

  async rebind() {
    const { keyid } = await this.db.read((t) => t.get('meta', 'journal'));
    await rebind(this.db, makeKey, { keyid, now: NOW });
    this.work();
    return {};
  }

  /** What `round.js` does when no binding has this key. */
  async unbind() {
    await this.db.change((t) => t.delete('meta', 'binding'));
    return {};
  }

  /** @param {number} through acknowledged 14 days ago */
  async prune(through) {
    await this.db.change(async (t) => {
      const journal = await t.get('meta', 'journal');
      await t.put('meta', { ...journal, marks: [{ through, since: 0, at: 0 }] }, 'journal');
    });
    return { gone: await prune(this.db, NOW) };
  }

  /** @returns {Promise<[import('../../extension/storage.js').StoreName, any, any][]>} */
  disk() {
    return this.db.read(async (t) => {
      /** @type {[import('../../extension/storage.js').StoreName, any, any][]} */
      const rows = [];
      for (const store of STORES) {
        const keys = await new Promise((resolve) => {
          const asked = t.transaction.objectStore(store).getAllKeys();
          asked.onsuccess = () => resolve(asked.result);
        });
        const inline = store === 'events' || store === 'waiting';
        for (const [i, value] of (await t.all(store)).entries()) rows.push([store, value, inline ? undefined : keys[i]]);
      }
      return rows;
    });
  }

  /** @param {Awaited<ReturnType<Puppet['disk']>>} rows */
  async setBack(rows) {
    await this.db.change(async (t) => {
      for (const store of STORES) await t.clear(store);
      for (const [store, value, key] of rows) await t.put(store, value, key);
    });
    this.work();
  }

  /** What the driver judges by. */
  standing() {
    return this.db.read(async (t) => {
      const journal = await t.get('meta', 'journal');
      const binding = await t.get('meta', 'binding');
      const orders = (await t.get('meta', 'orders')) ?? [];
      const { blocked } = await t.get('meta', 'sender');
      const identity = await t.get('meta', 'identity');
      return {
        ...journal, replaces: identity?.replaces ?? null, blocked: Boolean(blocked), bound: binding?.keyid === journal.keyid, unsent: unsentIn(journal),
        order: orders.some((/** @type {any} */ row) => row.keyid === journal.keyid && row.order.kind === 'rebind'),
        texts: (await t.all('events')).map(({ text }) => text),
      };
    });
  }
}

/** @type {Puppet[]} */
let puppets = [];
/** @type {any} */
let image = null;

/** @type {Record<string, (asked: any) => Promise<any>>} */
const DEEDS = {
  async begin() {
    puppets = [];
    return DEEDS.unpack({});
  },
  async unpack({ device = puppets.length }) {
    puppets[device] = new Puppet();
    await ensureKey(puppets[device].db, makeKey);
    return {};
  },
  async image({ device }) {
    image = await puppets[device].disk();
    return {};
  },
  async copy() {
    await DEEDS.unpack({});
    return DEEDS.set_back({ device: puppets.length - 1 });
  },
  async set_back({ device }) {
    await puppets[device].setBack(image);
    return {};
  },
  async die({ device }) {
    puppets[device].work();
    return {};
  },
  send: ({ device, most }) => puppets[device].send(most),
  bind: ({ device }) => puppets[device].bind(),
  answer: ({ device, reply }) => puppets[device].answer(reply),
  record: ({ device, n }) => puppets[device].record(n),
  rebind: ({ device }) => puppets[device].rebind(),
  unbind: ({ device }) => puppets[device].unbind(),
  prune: ({ device, through }) => puppets[device].prune(through),
  async settle({ cases }) {
    const sender = newSender();
    return cases.map((/** @type {any} */ { journal, sent, outcome }) => {
      const settled = settle({ journal: { ...newJournal('k'), ...journal }, sender }, sent, { ...NOTHING, ...outcome }, { now: NOW, random: () => 0.5 });
      return {
        next_seq: settled.journal.next_seq, epoch: settled.journal.epoch, effects: settled.effects,
        blocked: settled.sender.blocked?.code ?? null,
      };
    });
  },
  standing: ({ device }) => puppets[device].standing(),
};

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  const came = await DEEDS[asked.deed](asked);
  process.stdout.write(`${JSON.stringify(came)}\n`);
}
