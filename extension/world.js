/** The browser as the device's work sees it: the one place that binds it to `chrome`. */

import { appliers } from './appliers/index.js';
import { showBadge } from './badge.js';
import { keepAlarm } from './beats.js';
import { awayAfter } from './device.js';
import { deviceFacts } from './inventory/device.js';
import { current } from './managed.js';
import { CONNECT, show, showOwn } from './notices.js';
import { localAddresses } from './place.js';
import { caller } from './server.js';
import { makeKey } from './signing.js';
import { readState } from './state.js';
import { openDatabase, sessionMarks } from './storage.js';
import { reloadIfReady } from './updates.js';

/** A timer is worth setting only while the worker is likely to live; the alarm does the rest. */
const LONGEST_TIMER_MS = 25_000;
const SILENT_TIMEOUT_MS = 15_000;
/** Calls of the browser's API keep a worker alive that waits for the network. */
const PULSE_MS = 20_000;
const CONNECT_MARK = 'connect_shown';

/** The lock screen's own word where the browser has it. */
export const lockScreen = async () => (chrome.loginState ? chrome.loginState.getSessionState() : null);

/**
 * @param {(want?: {beat?: boolean}) => Promise<void>} work
 * @returns {import('./device.js').World}
 */
export const chromeWorld = (work) => {
  const db = openDatabase();
  const marks = sessionMarks();
  const io = { db, call: caller(db, async () => (await current(db)).server_url), now: () => Date.now(), random: () => Math.random() };
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const soon = (/** @type {number} */ ms, /** @type {{beat?: boolean}} */ want) => {
    if (ms > LONGEST_TIMER_MS) return;
    clearTimeout(timer);
    timer = setTimeout(() => void work(want), Math.max(0, ms));
  };
  const language = async () => /** @type {'ja' | 'en'} */ ((await readState(db)).language);
  return {
    io,
    marks,
    makeKey,
    appliers,
    addresses: localAddresses,
    presence: async () => {
      const settings = (await db.read((t) => t.get('settings', 'last_good'), ['settings']))?.values ?? {};
      return { idle: await chrome.idle.queryState(awayAfter({ settings })), session: await lockScreen() };
    },
    browser: {
      marks,
      version: chrome.runtime.getManifest().version,
      redirect_uri: chrome.identity.getRedirectURL('oidc'),
      device: deviceFacts,
      email: async () => (await chrome.identity.getProfileUserInfo({ accountStatus: 'ANY' })).email,
      authorize: (url, interactive) =>
        chrome.identity.launchWebAuthFlow(
          interactive ? { url, interactive } : { url, interactive, abortOnLoadForNonInteractive: false, timeoutMsForNonInteractive: SILENT_TIMEOUT_MS },
        ),
    },
    hands: {
      announce: (id, title, text) => show(id, title, text),
      announceLost: async () => showOwn('lost', await language()),
      lookForUpdate: async () => (await chrome.runtime.requestUpdateCheck()).status,
    },
    later: (ms) => soon(ms, {}),
    keepAwake: () => {
      const pulse = setInterval(() => void chrome.runtime.getPlatformInfo(), PULSE_MS);
      return () => clearInterval(pulse);
    },
    after: async () => {
      await keepAlarm(db);
      const settings = (await db.read((t) => t.get('settings', 'last_good'), ['settings']))?.values ?? {};
      chrome.idle.setDetectionInterval(awayAfter({ settings })); // a new worker begins with the browser's own 60 s
      const { trouble } = await readState(db);
      await showBadge(trouble);
      if (trouble?.code === 'sign_in_needed' && !(await marks.get(CONNECT_MARK))) {
        await showOwn('connect', await language());
        await marks.set(CONNECT_MARK, true);
      }
      if (!trouble) await chrome.notifications.clear(CONNECT);
      const sender = await db.read((t) => t.get('meta', 'sender'), ['meta']);
      if (!sender.failing) soon(sender.next_beat_s * 1000, { beat: true });
      await reloadIfReady(marks);
    },
  };
};
