/** `cros`, `linux`, …: the system the browser runs on. */
export const platform = async () => (await chrome.runtime.getPlatformInfo()).os;
