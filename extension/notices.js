/** Notices of the extension itself, in the person's language. What the city announces comes with its own words. */

import { catalogueIn, sayingFrom } from './words.js';

export const CONNECT = 'connect';

/**
 * @param {string} id a notice shown twice under one id is one notice
 * @param {string} title
 * @param {string} message
 * @param {string} [button]
 */
export const show = async (id, title, message, button) => {
  await chrome.notifications.create(id, {
    type: 'basic', iconUrl: chrome.runtime.getURL('icons/128.png'), title, message, requireInteraction: true,
    ...(button ? { buttons: [{ title: button }] } : {}),
  });
};

/**
 * @param {'connect' | 'lost'} notice
 * @param {'ja' | 'en'} language
 */
export const showOwn = async (notice, language) => {
  const say = sayingFrom(await catalogueIn(language));
  const button = notice === 'connect' ? say('trouble_connect') : undefined;
  await show(notice, say(`notice_${notice}_title`), say(`notice_${notice}_text`), button);
};
