import { answerOf } from './leaf.js';

/** The id of the device in the Directory API; null where ChromeOS does not tell. */
export const directoryId = () => answerOf(chrome.enterprise?.deviceAttributes?.getDirectoryDeviceId);
