import { answerOf } from './leaf.js';

/** Maker and model; null where policy does not allow it. */
export const model = () =>
  answerOf(
    chrome.enterprise?.hardwarePlatform?.getHardwarePlatformInfo &&
      (async () => {
        const { manufacturer, model: name } = await chrome.enterprise.hardwarePlatform.getHardwarePlatformInfo();
        return [manufacturer, name].filter(Boolean).join(' ');
      }),
  );
