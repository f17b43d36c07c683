import { answerOf } from './leaf.js';

/** The device's usual place, as the administrator entered it; null where ChromeOS does not tell. */
export const annotatedLocation = () => answerOf(chrome.enterprise?.deviceAttributes?.getDeviceAnnotatedLocation);
