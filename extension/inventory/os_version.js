/** The browser's version, which on ChromeOS is the milestone of the whole system. */
export const osVersion = async () => /Chrome\/([\d.]+)/.exec(navigator.userAgent)?.[1] ?? null;
