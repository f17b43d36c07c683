/** Wiring only. Every listener is registered synchronously: the browser starts the worker for an event and waits for no promise. */

import { END_ALARM, showEndNotice } from './appliers/start_end_notices.js';
import { ALARM } from './beats.js';
import { createDevice } from './device.js';
import { refresh } from './managed.js';
import { CONNECT } from './notices.js';
import { managedValues } from './storage.js';
import { noteUpdate } from './updates.js';
import { chromeWorld, lockScreen } from './world.js';

const world = chromeWorld((want) => device.work(want));
const device = createDevice(world);
const { db } = world.io;

/** @param {{changed: boolean}} because */
const configured = async (because) => {
  if (await refresh(db, managedValues, because)) await device.woke();
};

chrome.runtime.onStartup.addListener(() => device.startup());
chrome.runtime.onInstalled.addListener(() => device.woke());
chrome.alarms.onAlarm.addListener(({ name }) => {
  if (name === ALARM) void device.alarm();
  if (name === END_ALARM) void showEndNotice(Date.now());
});
chrome.idle.onStateChanged.addListener(async (state) => device.idle(state, await lockScreen()));
chrome.loginState?.onSessionStateChanged.addListener((state) => device.session(state));
chrome.storage.onChanged.addListener((_changes, area) => {
  if (area === 'managed') void configured({ changed: true });
});
chrome.runtime.onUpdateAvailable.addListener(async ({ version }) => {
  await noteUpdate(world.marks, version);
  await device.work();
});
chrome.runtime.onMessage.addListener((message) => {
  if (message?.kind === 'fly') void device.work();
  if (message?.kind === 'connect') void device.work({ interactive: true });
});
const connects = (/** @type {string} */ id) => {
  if (id !== CONNECT) return;
  void chrome.notifications.clear(id);
  void device.work({ interactive: true });
};
chrome.notifications.onClicked.addListener(connects);
chrome.notifications.onButtonClicked.addListener(connects);

void device.woke();
void configured({ changed: false });
