/** The words beside a status: place, what is known beside it, when the person will be back. */

import { clock, clockFrom, dateShort, dayNumber } from './times.js';

/** @typedef {import('./presence.js').Presence} Presence */
/** @typedef {'ja'|'en'} Lang */

/** @type {Readonly<Record<string, {ja: string, en: string}>>} */
const PLACES = {
  desk: { ja: '自席', en: 'desk' }, office: { ja: '庁内', en: 'in the building' }, branch: { ja: '支所・出先', en: 'branch' },
  field: { ja: '外出先', en: 'outside' }, home: { ja: '在宅', en: 'home' }, satellite: { ja: 'サテライト', en: 'satellite office' },
  unknown: { ja: '場所 不明', en: 'place unknown' },
};

/**
 * @param {string|null|undefined} place
 * @param {Lang} lang
 */
export const placeWord = (place, lang) => (PLACES[place ?? 'unknown'] ?? PLACES.unknown)?.[lang] ?? '';

/**
 * What is known beside the status, as one short text; empty where there is nothing: 「外出から戻り 14:20」, 「業務中」,
 * 「最終 10:12」, 「戻り予定を過ぎています」.
 * @param {Presence} presence
 * @param {import('./times.js').Zone} zone
 * @param {Lang} lang
 */
export function besideWords(presence, zone, lang) {
  const time = presence.at ? clock(presence.at, zone, lang) : '';
  const ja = lang === 'ja';
  if (presence.overdue) return ja ? '戻り予定を過ぎています' : 'past the time of return';
  switch (presence.qualifier) {
    case 'returned': return ja ? `外出から戻り ${time}` : `back since ${time}`;
    case 'working': return ja ? '業務中' : 'working';
    case 'place_unknown': return placeWord('unknown', lang);
    case 'last_heard': return ja ? `最終 ${time}` : `last heard ${time}`;
    case 'device_ended': return ja ? '端末終了' : 'device ended';
    case 'not_started': return ja ? '未開始' : 'not started';
    default: return '';
  }
}

/**
 * The return as a cell shows it: 15:00, 「明日」, 11/26(木); 「戻らず」 for 直帰; empty where none was given.
 * @param {Presence} presence
 * @param {import('./times.js').Instant} now
 * @param {import('./times.js').Zone} zone
 * @param {Lang} lang
 */
export function backWords(presence, now, zone, lang) {
  if (presence.status === 'direct_return') return lang === 'ja' ? '戻らず' : 'not today';
  if (!presence.back_at) return '';
  const days = dayNumber(presence.back_at, zone) - dayNumber(now, zone);
  const byDate = presence.status === 'leave' || presence.status === 'trip' || presence.status === 'duty_off';
  if (days === 1 && byDate) return lang === 'ja' ? '明日' : 'tomorrow';
  if (days > 1 && byDate) return dateShort(presence.back_at, zone, lang);
  return clockFrom(presence.back_at, now, zone, lang);
}
