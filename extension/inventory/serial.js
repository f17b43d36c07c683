import { answerOf } from './leaf.js';

/** The serial number of the device; null where ChromeOS does not tell. */
export const serial = () => answerOf(chrome.enterprise?.deviceAttributes?.getDeviceSerialNumber);
