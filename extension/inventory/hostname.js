import { answerOf } from './leaf.js';

/** The device's host name, where policy gives it one; null where ChromeOS does not tell. */
export const hostname = () => answerOf(chrome.enterprise?.deviceAttributes?.getDeviceHostname);
