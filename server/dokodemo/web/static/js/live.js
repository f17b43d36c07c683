/**
 * The line to the server: facts of a unit as they change. A snapshot comes with the answer to `watch`; after a cut the
 * page watches again and goes on from its cursor. WebSocket alone; what the server says is already narrowed.
 *
 * @typedef {import('./shared/presence.js').Facts} Facts
 *
 * @typedef {object} Listener
 * @property {(facts: Facts[], serverTime: string, full: boolean) => void} onFacts
 * @property {(facts: Facts[], serverTime: string, full: boolean) => void} [onOwn] the person's own facts, whole
 * @property {(state: 'live'|'reconnecting'|'offline') => void} onState
 * @property {(code: string) => void} onRefused
 * @property {(counts: import('./unit_counts.js').Counts) => void} [onCounts] how many are there in each unit
 * @property {() => void} [onMoved] the page is drawn from something else now: people, units, hours, the day
 */

import { io } from '../vendor/socket.io-client@4.8.4/socket.io.esm.min.js';

const OFFLINE_AFTER = 15_000;
const ANSWER_WITHIN = 10_000;
const LOST = 'lost';

/**
 * Watch a unit until the page goes.
 * @param {string|null} unit null: the person's own facts alone
 * @param {string|null} cursor of the snapshot in the page
 * @param {Listener} listener
 * @param {string} [address] of the live service, where it is another one
 */
export function watch(unit, cursor, listener, address = '') {
  let at = cursor;
  let offlineTimer = 0;
  const socket = io(`${address}/board`, {
    transports: ['websocket'], withCredentials: true, reconnectionDelay: 500, reconnectionDelayMax: 5000, randomizationFactor: 0.7,
  });
  let isCut = false;
  const cut = () => {
    if (isCut) return; // every failed try says so again; the time runs from the first
    isCut = true;
    listener.onState('reconnecting');
    offlineTimer = window.setTimeout(() => listener.onState('offline'), OFFLINE_AFTER);
  };
  const join = async () => {
    /** @type {{cursor?: string, full?: boolean, facts?: Facts[], server_time?: string, code?: string, counts?: import('./unit_counts.js').Counts}} */
    let answer;
    try {
      answer = await socket.timeout(ANSWER_WITHIN).emitWithAck('watch', { unit, since: unit ? at : null });
    } catch {
      socket.disconnect().connect();
      return;
    }
    if (answer.code) {
      listener.onRefused(answer.code);
      return;
    }
    at = answer.cursor ?? null;
    isCut = false;
    clearTimeout(offlineTimer);
    if (at === LOST) { // the server reads from its database: right now, but nothing will follow
      listener.onState('reconnecting');
      at = null;
      window.setTimeout(() => { if (socket.connected) void join(); }, 5000);
    } else {
      listener.onState('live');
    }
    listener.onFacts(answer.facts ?? [], answer.server_time ?? '', answer.full === true);
    if (answer.counts) listener.onCounts?.(answer.counts);
  };
  socket.on('connect', () => void join());
  socket.on('disconnect', (/** @type {string} */ reason) => {
    cut();
    if (reason === 'io server disconnect') socket.connect();
  });
  socket.on('connect_error', (/** @type {Error} */ error) => {
    cut();
    if (error.message === 'not_signed_in') listener.onRefused(error.message);
    else if (!socket.active) window.setTimeout(() => socket.connect(), 2000 + Math.random() * 3000);
  });
  socket.on('facts', (/** @type {Facts[]} */ facts, /** @type {{cursor: string, server_time: string}} */ about) => {
    at = about.cursor;
    listener.onFacts(facts, about.server_time, false);
  });
  socket.on('own_facts', (/** @type {Facts[]} */ facts, /** @type {{server_time: string}} */ about) => {
    (listener.onOwn ?? listener.onFacts)(facts, about.server_time, false);
  });
  socket.on('counts', (/** @type {import('./unit_counts.js').Counts} */ counts) => listener.onCounts?.(counts));
  socket.on('look_again', () => void join());
  socket.on('moved', () => listener.onMoved?.());
  socket.on('left', (/** @type {{code: string}} */ about) => listener.onRefused(about.code));
  socket.on('going_away', () => {
    window.setTimeout(() => { if (socket.connected) socket.disconnect().connect(); }, Math.random() * 2000);
  });
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible' && !socket.connected) socket.connect();
  });
  return { close: () => socket.disconnect() };
}
