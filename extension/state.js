/** Everything the popup shows, read from the device's database alone: no request, no worker. */

import { unsentIn } from './outbox.js';
import { pauseOf } from './recording.js';
import { openDatabase } from './storage.js';
import { troubleOf } from './trouble.js';

/**
 * @typedef {object} State
 * @property {{id: string, name: string, email: string} | null} person
 * @property {boolean} bound
 * @property {string | null} trust attested, managed or unmanaged, once bound
 * @property {boolean} configured whether IT has set the server's address
 * @property {import('./trouble.js').Trouble | null} trouble
 * @property {'lost' | 'paused' | 'outside_hours' | null} pause why nothing is recorded now
 * @property {number} unsent events and declarations that the server has not acknowledged
 * @property {number} refused events that the server put into quarantine
 * @property {string | null} last_sent_at
 * @property {import('./shapes.js').Settings | null} settings last good values
 * @property {import('./shapes.js').SettingResult[]} results what became of each setting
 * @property {(import('./shapes.js').Whereabouts & {waiting: boolean, refused?: {code: string, detail: string}}) | null} whereabouts
 * @property {string[]} recent destinations declared lately, latest first
 * @property {string | null} session_started_at
 * @property {import('./shapes.js').Mode | null} mode
 * @property {string | null} place declared in this browser session
 * @property {string | null} network_place recognised by the device itself
 * @property {{since: string, until: string | null} | null} meeting
 * @property {{version: number, at: string} | null} first_run which notice was confirmed, and when
 * @property {string} language `ja` or `en`
 * @property {string | null} server_url
 */

/** @param {number | null | undefined} ms */
const instantOrNull = (ms) => (ms === null || ms === undefined ? null : new Date(ms).toISOString());

/**
 * @param {import('./storage.js').Database} [database]
 * @param {number} [now]
 * @returns {Promise<State>}
 */
export const readState = async (database, now = Date.now()) => {
  const db = database ?? openDatabase();
  const rows = await db.read(async (t) => ({
    journal: await t.get('meta', 'journal'),
    sender: await t.get('meta', 'sender'),
    activity: await t.get('meta', 'activity'),
    binding: await t.get('meta', 'binding'),
    identity: await t.get('meta', 'identity'),
    paused: await t.get('meta', 'paused'),
    lost: await t.get('meta', 'lost'),
    first_run: await t.get('meta', 'first_run'),
    whereabouts: await t.get('meta', 'whereabouts'),
    refusal: await t.get('meta', 'whereabouts_refused'),
    recent: await t.get('meta', 'recent'),
    refused: await t.get('meta', 'refused_count'),
    waiting: await t.all('waiting'),
    managed: await t.get('settings', 'managed'),
    settings: await t.get('settings', 'last_good'),
    results: await t.get('settings', 'results'),
  }));
  if (!database) await db.close();
  const { journal, sender, activity, binding, identity, whereabouts, refusal, settings } = rows;
  /** @type {import('./shapes.js').Managed} */
  const managed = rows.managed ?? {};
  const pause = pauseOf(
    { managed, settings: settings?.values ?? {}, paused: rows.paused ?? { recording: false, appliers: false }, lost: Boolean(rows.lost) },
    now,
  );
  const unsent = (journal ? unsentIn(journal) : 0) + rows.waiting.length;
  return {
    person: binding?.person ?? null,
    bound: Boolean(binding),
    trust: binding?.trust ?? null,
    configured: Boolean(managed.server_url),
    trouble: troubleOf({ managed, sender, identity, bound: Boolean(binding), unsent, trust: binding?.trust ?? null }),
    pause,
    unsent,
    refused: rows.refused ?? 0,
    last_sent_at: instantOrNull(sender?.last_answer_at),
    settings: settings ?? null,
    results: rows.results ?? [],
    whereabouts: whereabouts
      ? {
          ...whereabouts,
          waiting: rows.waiting.some((row) => row.id === whereabouts.id),
          ...(refusal?.id === whereabouts.id ? { refused: { code: refusal.code, detail: refusal.detail } } : {}),
        }
      : null,
    recent: rows.recent ?? [],
    session_started_at: activity?.open ? instantOrNull(activity.started_at) : null,
    mode: activity?.open ? activity.mode : null,
    place: activity?.place ?? null,
    network_place: activity?.network_place ?? null,
    meeting: activity?.meeting
      ? { since: new Date(activity.meeting.since).toISOString(), until: instantOrNull(activity.meeting.until) }
      : null,
    first_run: rows.first_run ?? null,
    language: settings?.values['ui.language']?.value === 'en' ? 'en' : 'ja',
    server_url: managed.server_url ?? null,
  };
};
