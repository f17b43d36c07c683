import { answerOf } from './leaf.js';

/** The city's inventory number, as the administrator entered it; null where ChromeOS does not tell. */
export const assetId = () => answerOf(chrome.enterprise?.deviceAttributes?.getDeviceAssetId);
