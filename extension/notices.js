/**
 * Notices of the extension itself, in the person's language. What the city announces comes with its own words.
 */

/** @type {Readonly<Record<string, {ja: [string, string], en: [string, string], button?: {ja: string, en: string}}>>} */
const WORDS = {
  connect: {
    ja: ['どこでも', '市のアカウントで接続してください。接続するまで記録はこの端末に保存されます。'],
    en: ['Dokodemo', 'Please connect with your city account. Until then your record is kept on this device.'],
    button: { ja: '接続する', en: 'Connect' },
  },
  lost: {
    ja: ['この端末は紛失の届けが出ています', '拾われた方、お使いの方は、市役所の情報政策課へお知らせください。'],
    en: ['This device has been reported lost', 'If you have it, please tell the IT office of the city hall.'],
  },
};

export const CONNECT = 'connect';

const icon = () => chrome.runtime.getURL('icons/128.png');

/**
 * @param {string} id a notice shown twice under one id is one notice
 * @param {string} title
 * @param {string} message
 * @param {string} [button]
 */
export const show = async (id, title, message, button) => {
  await chrome.notifications.create(id, {
    type: 'basic', iconUrl: icon(), title, message, requireInteraction: true, ...(button ? { buttons: [{ title: button }] } : {}),
  });
};

/**
 * @param {'connect' | 'lost'} notice
 * @param {'ja' | 'en'} language
 */
export const showOwn = (notice, language) => {
  const words = WORDS[notice];
  return show(notice, ...words[language], words.button?.[language]);
};
