/**
 * The 22 statuses as data: words, shape, tone, and what an entry of each asks for. The same table as
 * `dokodemo/domain/statuses.py`; a test compares the two.
 *
 * @typedef {'must'|'may'|'no'} Asks
 * @typedef {object} StatusRow
 * @property {string} code
 * @property {string} ja_short two characters, for narrow cells
 * @property {string} ja
 * @property {string} en
 * @property {string} shape a name of `shapes.js`
 * @property {string} tone one of the families `--dk-tone-…` of `tokens-app.css`
 * @property {Asks} dest whether a form asks for a destination
 * @property {Asks} back whether a form asks for a return
 * @property {'time'|'date'|'arrival'} back_is what a return means
 * @property {string} counts_as_working
 * @property {string[]} set_by
 */

/** @type {readonly StatusRow[]} */
export const ROWS = [
  { code: 'at_desk', ja_short: '在席', ja: '在席', en: 'At desk', shape: 'filled_circle', tone: 'here',
    dest: 'no', back: 'no', back_is: 'time', counts_as_working: 'yes', set_by: ['state'] },
  { code: 'in_office', ja_short: '庁内', ja: '席外（庁内）', en: 'In the building', shape: 'half_circle', tone: 'here',
    dest: 'may', back: 'may', back_is: 'time', counts_as_working: 'yes', set_by: ['person', 'proxy'] },
  { code: 'meeting', ja_short: '会議', ja: '会議・打合せ', en: 'In a meeting', shape: 'square', tone: 'busy',
    dest: 'may', back: 'must', back_is: 'time', counts_as_working: 'yes', set_by: ['person', 'meeting_state'] },
  { code: 'counter', ja_short: '窓口', ja: '窓口対応', en: 'At the counter', shape: 'framed_square', tone: 'busy',
    dest: 'no', back: 'no', back_is: 'time', counts_as_working: 'yes', set_by: ['person'] },
  { code: 'branch', ja_short: '支所', ja: '支所・出先', en: 'At a branch', shape: 'diamond', tone: 'elsewhere',
    dest: 'must', back: 'may', back_is: 'time', counts_as_working: 'yes', set_by: ['place'] },
  { code: 'satellite', ja_short: 'サテ', ja: 'サテライト', en: 'Satellite office', shape: 'open_diamond', tone: 'elsewhere',
    dest: 'must', back: 'may', back_is: 'time', counts_as_working: 'yes', set_by: ['place', 'kiosk_check_in'] },
  { code: 'field', ja_short: '外出', ja: '外出（現場・訪問）', en: 'Out', shape: 'triangle', tone: 'out',
    dest: 'must', back: 'must', back_is: 'time', counts_as_working: 'yes', set_by: ['person', 'proxy'] },
  { code: 'trip', ja_short: '出張', ja: '出張', en: 'Business trip', shape: 'right_triangle', tone: 'out',
    dest: 'must', back: 'must', back_is: 'date', counts_as_working: 'yes', set_by: ['person', 'proxy'] },
  { code: 'home', ja_short: '在宅', ja: '在宅勤務', en: 'Working from home', shape: 'house', tone: 'home',
    dest: 'no', back: 'no', back_is: 'time', counts_as_working: 'yes', set_by: ['place', 'person'] },
  { code: 'direct_go', ja_short: '直行', ja: '直行', en: 'Straight to site', shape: 'arrow_up', tone: 'out',
    dest: 'must', back: 'must', back_is: 'arrival', counts_as_working: 'yes', set_by: ['person'] },
  { code: 'direct_return', ja_short: '直帰', ja: '直帰（NR）', en: 'Straight home', shape: 'arrow_down', tone: 'out',
    dest: 'may', back: 'no', back_is: 'time', counts_as_working: 'until_declared_end', set_by: ['person'] },
  { code: 'lunch', ja_short: '昼休', ja: '昼休み', en: 'Lunch', shape: 'dotted_circle', tone: 'unknown',
    dest: 'no', back: 'may', back_is: 'time', counts_as_working: 'no', set_by: ['clock', 'optional'] },
  { code: 'away', ja_short: '離席', ja: '離席', en: 'Away', shape: 'open_circle', tone: 'unknown',
    dest: 'no', back: 'may', back_is: 'time', counts_as_working: 'yes', set_by: ['state'] },
  { code: 'training', ja_short: '研修', ja: '研修', en: 'Training', shape: 'lined_square', tone: 'busy',
    dest: 'must', back: 'must', back_is: 'time', counts_as_working: 'yes', set_by: ['person'] },
  { code: 'leave', ja_short: '休暇', ja: '休暇', en: 'On leave', shape: 'cross', tone: 'absent',
    dest: 'no', back: 'may', back_is: 'date', counts_as_working: 'no', set_by: ['person', 'proxy', 'hr_file'] },
  { code: 'leave_hours', ja_short: '時休', ja: '時間休', en: 'Leave (hours)', shape: 'barred_cross', tone: 'absent',
    dest: 'no', back: 'must', back_is: 'time', counts_as_working: 'no', set_by: ['person'] },
  { code: 'duty_off', ja_short: '明け', ja: '非番・明け', en: 'Off after duty', shape: 'crescent', tone: 'absent',
    dest: 'no', back: 'may', back_is: 'time', counts_as_working: 'no', set_by: ['shift_table'] },
  { code: 'on_duty', ja_short: '宿直', ja: '宿日直', en: 'Night / holiday duty', shape: 'star', tone: 'duty',
    dest: 'may', back: 'no', back_is: 'time', counts_as_working: 'by_rule', set_by: ['shift_table'] },
  { code: 'left', ja_short: '退庁', ja: '退庁', en: 'Gone home', shape: 'dash', tone: 'unknown',
    dest: 'no', back: 'no', back_is: 'time', counts_as_working: 'no', set_by: ['session_end', 'person'] },
  { code: 'not_in', ja_short: '未着', ja: '未出勤', en: 'Not in yet', shape: 'dot', tone: 'unknown',
    dest: 'no', back: 'may', back_is: 'time', counts_as_working: 'no', set_by: ['clock'] },
  { code: 'seconded', ja_short: '派遣', ja: '派遣中', en: 'Seconded', shape: 'arrows', tone: 'absent',
    dest: 'may', back: 'no', back_is: 'time', counts_as_working: 'not_here', set_by: ['posting'] },
  { code: 'unknown', ja_short: '不明', ja: '不明（通信なし）', en: 'Unknown', shape: 'question', tone: 'unknown',
    dest: 'no', back: 'no', back_is: 'time', counts_as_working: 'unknown', set_by: ['silence'] },
];

/** @type {ReadonlyMap<string, StatusRow>} */
export const STATUSES = new Map(ROWS.map((row) => [row.code, row]));

/** The eight tiles of popup and kiosk in reading order: keys 1 to 8. */
export const TILES = ['at_desk', 'in_office', 'meeting', 'field', 'home', 'branch', 'direct_return', 'leave'];

/** Longest destination and note, in characters. */
export const DESTINATION_MAX = 30;
export const NOTE_MAX = 40;

/** Statuses that take no note: the reason of an absence must not fit anywhere. */
export const WITHOUT_NOTE = new Set(['leave', 'leave_hours', 'duty_off']);

/**
 * The row of a code; an unknown code (from a newer server) is shown as unknown.
 * @param {string} code
 * @returns {StatusRow}
 */
export function statusRow(code) {
  const row = STATUSES.get(code) ?? STATUSES.get('unknown');
  if (row === undefined) throw new Error('the table of statuses has no row for unknown');
  return row;
}

/**
 * The word of a status: short Japanese for tiles and cells, the one English word elsewhere.
 * @param {string} code
 * @param {'ja'|'en'} lang
 * @param {'short'|'full'} [length]
 */
export function statusWord(code, lang, length = 'short') {
  const row = statusRow(code);
  if (lang === 'en') return row.en;
  return length === 'full' ? row.ja : row.ja_short;
}
