/**
 * The extension's work, without the browser's events: `service_worker.js` wires those to it, tests call it. Nothing is
 * kept here but which promise runs now; all state lies in the database and the marks.
 */

import { AWAY_AFTER_S, recognised, signalOf, signalOfSession, signalled, tick } from './activity.js';
import { beatIsDue } from './beats.js';
import { ensureKey, record } from './outbox.js';
import { beginSession, noteStartup } from './session.js';
import { placeOf } from './place.js';
import { round } from './round.js';

/**
 * @typedef {import('./outbox.js').Facts} Facts
 *
 * @typedef {object} World everything from outside
 * @property {import('./flight.js').Io} io
 * @property {import('./storage.js').Marks} marks
 * @property {import('./identity.js').Browser} browser
 * @property {() => Promise<import('./outbox.js').Key>} makeKey
 * @property {Omit<import('./orders.js').Hands, 'io' | 'makeKey' | 'presentToken'>} hands
 * @property {readonly import('./settings.js').Applier[]} appliers
 * @property {() => Promise<(string | undefined)[] | null>} addresses
 * @property {() => () => void} keepAwake until the function it gives is called
 * @property {() => Promise<void>} after what is shown is brought up to date
 * @property {() => Promise<{idle: string, session: string | null}>} presence what `chrome.idle` and `chrome.loginState` say now
 * @property {(ms: number) => void} later asks for another round, if the worker lives that long
 */

/** @param {Pick<Facts, 'settings'>} facts @returns {number} seconds without input after which a person is away */
export const awayAfter = ({ settings }) => {
  const minutes = settings['activity.away_after_minutes']?.value;
  return Number.isSafeInteger(minutes) && minutes >= 1 ? minutes * 60 : AWAY_AFTER_S;
};

/** @param {World} world */
export const createDevice = (world) => {
  const { io, marks, browser, makeKey } = world;
  const { db, now } = io;
  /** @type {Promise<void> | null} */
  let running = null;
  /** @type {{beat: boolean, interactive: boolean} | null} */
  let wanted = null;

  /** @type {Promise<unknown>} */
  let turn = Promise.resolve();

  /** One after the other: listeners that the browser calls together must not each make a mark of their own. */
  const begun = () => {
    const begin = async () => {
      await ensureKey(db, makeKey);
      if (!(await beginSession(db, marks, { version: browser.version, now: now() }))) return;
      // What the browser said while nobody listened (an update of the extension) is asked for once.
      const { idle, session } = await world.presence();
      const at = now();
      await record(db, at, (facts) => signalled(facts, signalOf(idle, session), { now: at, away_after_s: awayAfter(facts) }));
    };
    const next = turn.then(begin);
    turn = next.catch(() => undefined); // whoever waits for `next` hears of it
    return next;
  };

  const rounds = async () => {
    const release = world.keepAwake();
    try {
      while (wanted) {
        const { beat, interactive } = wanted;
        wanted = null;
        await round(world, { beat, interactive });
        await world.after();
      }
    } finally {
      release();
    }
  };

  /** One round at a time; what is asked for meanwhile makes one more. @param {{beat?: boolean, interactive?: boolean}} [want] */
  const work = ({ beat = false, interactive = false } = {}) => {
    wanted = { beat: beat || Boolean(wanted?.beat), interactive: interactive || Boolean(wanted?.interactive) };
    running ??= rounds().finally(() => {
      running = null;
    });
    return running;
  };

  /** @param {(facts: Facts) => import('./outbox.js').Decision | null} decide @param {number} at */
  const noted = async (decide, at) => {
    await begun();
    return record(db, at, decide);
  };

  /** @param {import('./activity.js').Signal} signal @param {number} at */
  const signal = async (signal, at) => {
    await noted((facts) => signalled(facts, signal, { now: at, away_after_s: awayAfter(facts) }), at);
    await work();
  };

  return {
    /** The worker has started, for whatever reason. */
    async woke() {
      await begun();
      await work();
    },

    /** The profile was started: a person signed in to the device. */
    async startup() {
      await noteStartup(marks);
      await begun();
      await work();
    },

    /** The alarm: the alive mark, sleep, the end of a meeting, the device's own place, and a beat if one is due. */
    async alarm() {
      const at = now();
      await noted((facts) => tick(facts, { now: at, away_after_s: awayAfter(facts) }), at);
      const addresses = await world.addresses();
      if (addresses) {
        await record(db, at, (facts) => recognised(facts, placeOf(addresses, facts.settings['networks.table']?.value ?? []), at));
      }
      await work({ beat: await beatIsDue(db, at) });
    },

    /** @param {string} state of `chrome.idle` @param {string | null} session state of `chrome.loginState` */
    idle: (state, session) => signal(signalOf(state, session), now()),

    /** @param {string} session state of `chrome.loginState` */
    async session(session) {
      const known = signalOfSession(session);
      if (known) await signal(known, now());
    },

    work,

    /** Fulfils when no round is under way. */
    async rest() {
      while (running) await running;
    },
  };
};
