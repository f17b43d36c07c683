/**
 * The server as PROTOCOL describes it, in memory: what a right server answers to a device's calls. It shares no code
 * with the extension; digests are Node's own. `tamper` lets a test change or lose an answer after it took effect.
 */

import { createHash, randomUUID } from 'node:crypto';

const b64 = (/** @type {Buffer} */ bytes) => bytes.toString('base64url');
const sha = (/** @type {Buffer} */ bytes) => createHash('sha256').update(bytes).digest();
/** @param {any} event */
const jcs = (event) =>
  `{${Object.keys(event).sort().map((name) => `${JSON.stringify(name)}:${JSON.stringify(event[name])}`).join(',')}}`;

const NOTHING = { status: 0, body: null, code: null, detail: '', retry_after_ms: null, offset_ms: null, server_at: null, etag: null };

export class ServerModel {
  /** @param {() => number} now the server's clock */
  constructor(now) {
    this.now = now;
    this.epoch = 1;
    /** @type {Map<string, any>} */
    this.bindings = new Map();
    this.nonces = new Map();
    this.person = { id: 'p1', name: '前田 聡', email: 'maeda@city.example.jp' };
    /** @type {{code: string, status: number} | null} */
    this.roster = null;
    this.settings = { revision: [1, 1], etag: 'e1', values: {} };
    /** @type {any[]} */
    this.whereabouts = [];
    /** @type {any[]} */
    this.acknowledgements = [];
    /** @type {any[]} */
    this.results = [];
    /** @type {Map<string, any>} */
    this.orders = new Map();
    this.requests = 0;
    /** @type {any[]} */
    this.beats = [];
    this.up = true;
    /** @type {((request: any, outcome: any) => any) | null} */
    this.tamper = null;
    /** @type {((request: any) => any) | null} answers instead of the server, nothing takes effect */
    this.instead = null;
    /** @type {number | null} */
    this.offset_ms = null;
    this.largest = { events: 200, bytes: 65_536 };
  }

  /** @param {any} request as `Io.call` gets it, with the key that signed */
  async call(request) {
    this.requests += 1;
    const early = this.instead?.(request);
    if (early) return { ...NOTHING, ...early };
    if (!this.up) return NOTHING;
    const answer = { ...NOTHING, offset_ms: this.offset_ms, ...this.route(request) };
    return this.tamper ? this.tamper(request, answer) : answer;
  }

  /** @param {number} status @param {string} code @param {any} [fields] */
  problem(status, code, fields = {}) {
    return { status, code, body: { code, ...fields }, detail: '', server_at: fields.server_at ?? null };
  }

  /** @param {any} request */
  route({ method, path, body, keyid, etag }) {
    const given = body === undefined ? null : JSON.parse(body);
    if (path === '/api/v1/bindings/challenge') {
      const nonce = randomUUID();
      this.nonces.set(nonce, { x: given.public_key.x, spent: false });
      return { status: 200, body: { nonce, expires_in: 300 } };
    }
    if (path === '/api/v1/bindings') return this.bind(keyid, given);
    const binding = this.bindings.get(keyid);
    if (!binding) return this.problem(401, 'unknown_key');
    if (binding.status !== 'live') return this.problem(403, 'revoked');
    if (binding.replaces) {
      const old = [...this.bindings.values()].find((one) => one.binding_id === binding.replaces);
      if (old) old.status = 'retired';
    }
    if (path === '/api/v1/events') return this.events(binding, given);
    if (path === '/api/v1/settings' && method === 'GET') {
      return etag === this.settings.etag ? { status: 304 } : { status: 200, body: structuredClone(this.settings) };
    }
    if (path === '/api/v1/settings/results') {
      this.results.push(given);
      return { status: 204 };
    }
    if (path === '/api/v1/whereabouts') {
      if (given.status === 'nonsense') return this.problem(422, 'invalid');
      if (!this.whereabouts.some(({ id }) => id === given.id)) this.whereabouts.push(given);
      return { status: 200, body: given };
    }
    if (path === '/api/v1/acknowledgements') {
      this.acknowledgements.push(given);
      return { status: 204 };
    }
    const order = /^\/api\/v1\/orders\/(.+)\/result$/.exec(path);
    if (order) {
      const known = this.orders.get(order[1]);
      if (!known || known.keyid !== keyid) return this.problem(404, 'not_found');
      known.result = given;
      return { status: 204 };
    }
    return this.problem(404, 'not_found');
  }

  /** @param {string} keyid @param {any} given */
  bind(keyid, given) {
    const nonce = this.nonces.get(given.nonce);
    if (!nonce || nonce.x !== given.public_key.x) return this.problem(409, 'nonce_invalid');
    if (nonce.spent && nonce.body !== JSON.stringify(given)) return this.problem(409, 'nonce_invalid');
    if (this.roster) return this.problem(this.roster.status, this.roster.code);
    let binding = this.bindings.get(keyid);
    const known = Boolean(binding);
    if (binding && binding.status !== 'live') return this.problem(403, 'revoked');
    if (given.replaces && ![...this.bindings.values()].some((one) => one.binding_id === given.replaces && one.status === 'live')) {
      return this.problem(409, 'cannot_replace');
    }
    nonce.spent = true;
    nonce.body = JSON.stringify(given);
    if (!binding) {
      binding = {
        binding_id: randomUUID(), keyid, status: 'live', replaces: given.replaces ?? null, held: false,
        next_seq: 1, head: keyid, log: [], refused: new Map(), gaps: [], evidence: 0,
      };
      this.bindings.set(keyid, binding);
    }
    binding.held = false;
    return {
      status: known ? 200 : 201,
      body: {
        binding_id: binding.binding_id, device_id: null, person: this.person, trust: 'unmanaged',
        next_seq: binding.next_seq, head: binding.head, epoch: this.epoch, settings_etag: this.settings.etag,
      },
    };
  }

  /** @param {any} binding @param {any} batch */
  events(binding, batch) {
    const { first_seq, prev_head, first_kept, events, alive = false } = batch;
    const texts = events.map(jcs);
    if (events.some((/** @type {any} */ event) => event.poison)) return this.problem(400, 'unreadable');
    if (events.length > this.largest.events || Buffer.byteLength(texts.join('')) > this.largest.bytes) return this.problem(413, 'too_large');
    if (events.some((/** @type {any} */ event, /** @type {number} */ i) => event.seq !== first_seq + i)) return this.problem(400, 'bad_sequence');
    if (events.length === 0) {
      this.beats.push({ alive, first_seq });
      return this.receipt(binding, []);
    }
    if (first_kept > first_seq) return this.problem(400, 'bad_sequence');
    const expected = Math.max(binding.next_seq, first_kept);
    if (first_seq > expected) return this.problem(409, 'journal_gap', { next_seq: expected, head: binding.head });
    const headOf = (/** @type {number} */ seq) => (seq === 0 ? binding.keyid : binding.log.find((/** @type {any} */ row) => row.seq === seq)?.head);
    const gap = first_seq > binding.next_seq;
    let head = prev_head;
    if (!gap && headOf(first_seq - 1) !== undefined && headOf(first_seq - 1) !== prev_head) return this.fork(binding);
    const rows = [];
    const refused = [];
    for (const [i, event] of events.entries()) {
      const digest = event.kind === 'unsendable' ? Buffer.from(event.digest, 'base64url') : sha(Buffer.from(texts[i]));
      head = b64(sha(Buffer.concat([Buffer.from(head, 'base64url'), digest])));
      if (event.seq < binding.next_seq) {
        if (headOf(event.seq) !== undefined && headOf(event.seq) !== head) return this.fork(binding);
        continue;
      }
      if (event.kind === 'refuse_me') refused.push({ seq: event.seq, code: 'event_invalid', detail: 'asked for' });
      rows.push({ seq: event.seq, text: texts[i], head, keyid: binding.keyid });
    }
    if (gap) binding.gaps.push({ from: binding.next_seq, to: first_seq - 1 });
    binding.log.push(...rows);
    if (rows.length) {
      binding.next_seq = rows[rows.length - 1].seq + 1;
      binding.head = head;
    }
    return this.receipt(binding, refused);
  }

  /** @param {any} binding */
  fork(binding) {
    binding.evidence += 1;
    if (![...this.orders.values()].some((order) => order.keyid === binding.keyid && order.kind === 'rebind')) {
      this.order(binding.keyid, { kind: 'rebind' });
    }
    return this.receipt(binding, []);
  }

  /** @param {string} keyid @param {any} order */
  order(keyid, order) {
    const id = randomUUID();
    this.orders.set(id, { id, keyid, ...order });
    return id;
  }

  /** @param {any} binding @param {any[]} refused */
  receipt(binding, refused) {
    const orders = [...this.orders.values()]
      .filter((order) => order.keyid === binding.keyid && !order.result)
      .map(({ keyid: _keyid, result: _result, ...order }) => order);
    return {
      status: 202,
      body: {
        next_seq: binding.next_seq, head: binding.head, refused, epoch: this.epoch, settings_etag: this.settings.etag,
        orders, next_beat_s: 60, server_time: new Date(this.now()).toISOString(),
      },
    };
  }

  /** A backup is restored: each journal as it was at `seq`, a new epoch, tokens asked for again. @param {number} seq */
  restore(seq) {
    this.epoch += 1;
    for (const binding of this.bindings.values()) {
      binding.log = binding.log.filter((/** @type {any} */ row) => row.seq <= seq);
      binding.next_seq = seq + 1;
      binding.head = seq === 0 ? binding.keyid : binding.log.at(-1).head;
      this.order(binding.keyid, { kind: 'present_token' });
    }
  }

  /** Everything the server holds, in order. @param {string} keyid */
  log(keyid) {
    return (this.bindings.get(keyid)?.log ?? []).map((/** @type {any} */ row) => JSON.parse(row.text));
  }

  /**
   * All events of all journals. One that was carried over counts only where its old journal does not hold it: the same
   * event, not another one under its old number.
   * @returns {any[]}
   */
  told() {
    const all = [...this.bindings.values()].flatMap((binding) =>
      binding.log.map((/** @type {any} */ row) => ({ ...JSON.parse(row.text), from: `${binding.binding_id}/${row.seq}` })));
    const same = (/** @type {any} */ a, /** @type {any} */ b) => a.kind === b.kind && a.at === b.at;
    const held = new Map(all.map((event) => [event.from, event]));
    return all.filter((event) => !event.carried_over || !held.has(event.carried_over) || !same(event, held.get(event.carried_over)));
  }
}
