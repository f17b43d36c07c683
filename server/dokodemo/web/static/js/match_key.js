/**
 * How the phone desk finds a person by a sound: た, タカ, taka, 高崎 and 2345 all lead to 髙﨑. Keys are folded once for
 * each person and once for each query; a match is a prefix of a word of the name, or a part of the extension or title.
 */

const SMALL = { ァ: 'ア', ィ: 'イ', ゥ: 'ウ', ェ: 'エ', ォ: 'オ', ッ: 'ツ', ャ: 'ヤ', ュ: 'ユ', ョ: 'ヨ', ヮ: 'ワ', ヵ: 'カ', ヶ: 'ケ' };
const SOUNDS = { ヂ: 'ジ', ヅ: 'ズ', ヲ: 'オ' };
const OLD_FORMS = {
  髙: '高', 﨑: '崎', 碕: '崎', 嵜: '崎', 邊: '辺', 邉: '辺', 齋: '斉', 齊: '斉', 斎: '斉', 濵: '浜', 濱: '浜', 澤: '沢', 德: '徳', 廣: '広', 國: '国',
  眞: '真', 惠: '恵', 槇: '槙', 瀨: '瀬', 榮: '栄', 櫻: '桜', '𠮷': '吉', 嶋: '島', 嶌: '島',
};
/** @type {ReadonlyMap<string, string>} */
const KANA = new Map(Object.entries({ ...SMALL, ...SOUNDS }));
/** @type {ReadonlyMap<string, string>} */
const KANJI = new Map(Object.entries(OLD_FORMS));

/**
 * A reading as folded katakana: NFKC, hiragana as katakana, small kana as large, long marks and dots dropped.
 * @param {string} text
 */
export function kanaKey(text) {
  const wide = text.normalize('NFKC').replace(/[ぁ-ゖ]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) + 0x60));
  return [...wide].map((kana) => KANA.get(kana) ?? kana).join('').replace(/[ー・･\s]/g, '');
}

/**
 * A name with the usual forms of its characters.
 * @param {string} text
 */
export const kanjiKey = (text) => [...text.replace(/[\s　]/g, '')].map((sign) => KANJI.get(sign) ?? sign).join('').normalize('NFKC').toLowerCase();

const ROWS = {
  ア: ['a', 'i', 'u', 'e', 'o'], カ: ['ka', 'ki', 'ku', 'ke', 'ko'], サ: ['sa', 'si', 'su', 'se', 'so'], タ: ['ta', 'ti', 'tu', 'te', 'to'],
  ナ: ['na', 'ni', 'nu', 'ne', 'no'], ハ: ['ha', 'hi', 'hu', 'he', 'ho'], マ: ['ma', 'mi', 'mu', 'me', 'mo'], ラ: ['ra', 'ri', 'ru', 're', 'ro'],
  ガ: ['ga', 'gi', 'gu', 'ge', 'go'], ザ: ['za', 'zi', 'zu', 'ze', 'zo'], ダ: ['da', 'zi', 'zu', 'de', 'do'], バ: ['ba', 'bi', 'bu', 'be', 'bo'],
  パ: ['pa', 'pi', 'pu', 'pe', 'po'],
};
/** @type {Map<string, string>} */
const LATIN = new Map([['ヤ', 'ya'], ['ユ', 'yu'], ['ヨ', 'yo'], ['ワ', 'wa'], ['ヲ', 'o'], ['ン', 'n'], ['ヴ', 'vu'], ['ヂ', 'zi'], ['ヅ', 'zu']]);
/** @type {ReadonlyArray<[string, string]>} */
const LINES = [
  ['ア', 'アイウエオ'], ['カ', 'カキクケコ'], ['サ', 'サシスセソ'], ['タ', 'タチツテト'], ['ナ', 'ナニヌネノ'], ['ハ', 'ハヒフヘホ'], ['マ', 'マミムメモ'],
  ['ラ', 'ラリルレロ'], ['ガ', 'ガギグゲゴ'], ['ザ', 'ザジズゼゾ'], ['ダ', 'ダヂヅデド'], ['バ', 'バビブベボ'], ['パ', 'パピプペポ'],
];
for (const [row, kanas] of LINES) {
  /** @type {Record<string, string[]>} */
  const rows = ROWS;
  [...kanas].forEach((kana, index) => LATIN.set(kana, rows[row]?.[index] ?? ''));
}
const GLIDES = { ャ: 'ya', ュ: 'yu', ョ: 'yo' };

/**
 * A reading in one plain spelling of Latin letters: し si, しょ syo, っ doubled away, long vowels once.
 * @param {string} kana
 */
export function latinKey(kana) {
  const signs = [...kana.normalize('NFKC').replace(/[ぁ-ゖ]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) + 0x60)).replace(/[ー・\s]/g, '')];
  let result = '';
  for (const sign of signs) {
    /** @type {Record<string, string>} */
    const glides = GLIDES;
    const glide = glides[sign];
    if (glide && result.endsWith('i')) result = result.slice(0, -1) + glide;
    else if (sign !== 'ッ') result += LATIN.get(sign) ?? LATIN.get(KANA.get(sign) ?? '') ?? '';
  }
  return shortened(result);
}

/**
 * What somebody typed in Latin letters, in the same plain spelling: shi → si, tsu → tu, fu → hu, oo and ou → o. A last
 * syllable that is not finished may become several (sh → si, sy).
 * @param {string} typed
 * @returns {string[]}
 */
export function latinQueries(typed) {
  const plain = typed.normalize('NFKC').toLowerCase().replace(/[^a-z]/g, '')
    .replace(/shi/g, 'si').replace(/sh(?=.)/g, 'sy').replace(/chi/g, 'ti').replace(/ch(?=.)/g, 'ty').replace(/tch/g, 'ch')
    .replace(/tsu/g, 'tu').replace(/fu/g, 'hu').replace(/ji/g, 'zi').replace(/j(?=.)/g, 'zy').replace(/zyy/g, 'zy').replace(/syy/g, 'sy').replace(/tyy/g, 'ty')
    .replace(/di/g, 'zi').replace(/du/g, 'zu').replace(/wo/g, 'o').replace(/m(?=[bpm])/g, 'n').replace(/l/g, 'r')
    .replace(/oh(?![aiueo])/g, 'o').replace(/([kstpgzdb])\1/g, '$1');
  const endings = { sh: ['si', 'sy'], ch: ['ti', 'ty'], ts: ['tu'], j: ['z'], f: ['hu'] };
  for (const [ending, readings] of Object.entries(endings)) {
    if (plain.endsWith(ending)) return readings.map((reading) => shortened(plain.slice(0, -ending.length) + reading));
  }
  return [shortened(plain)];
}

/** @param {string} latin long vowels once; n before n once */
function shortened(latin) {
  return latin.replace(/ou/g, 'o').replace(/([aiueo])\1+/g, '$1').replace(/nn+/g, 'n');
}

/**
 * @typedef {object} Indexed the keys of one person
 * @property {string[]} kana words of the reading
 * @property {string[]} latin
 * @property {string} kanji
 * @property {string} extension
 * @property {string} unit
 */

/**
 * @param {{name: string, kana: string, extension: string, unit?: string}} person
 * @returns {Indexed}
 */
export function indexed(person) {
  const words = person.kana.split(/[\s　]+/).filter(Boolean);
  const whole = words.length > 1 ? [...words, person.kana] : words;
  return {
    kana: whole.map(kanaKey), latin: whole.map(latinKey), kanji: kanjiKey(person.name), extension: person.extension,
    unit: kanjiKey(person.unit ?? ''),
  };
}

/**
 * A test for one query. An empty query matches everybody.
 * @param {string} typed
 * @returns {(keys: Indexed) => boolean}
 */
export function matcher(typed) {
  const query = typed.trim();
  if (query === '') return () => true;
  const digits = query.normalize('NFKC');
  if (/^[0-9-]+$/.test(digits)) return (keys) => keys.extension.startsWith(digits);
  if (/^[a-z'’\s-]+$/i.test(digits)) {
    const queries = latinQueries(query);
    return (keys) => keys.latin.some((latin) => queries.some((wanted) => latin.startsWith(wanted)));
  }
  const kana = kanaKey(query);
  const kanji = kanjiKey(query);
  return (keys) => keys.kana.some((word) => word.startsWith(kana)) || keys.kanji.includes(kanji) || keys.unit.includes(kanji);
}

const GOJUON = { あ: 'アイウエオヴ', か: 'カキクケコガギグゲゴ', さ: 'サシスセソザジズゼゾ', た: 'タチツテトダヂヅデド', な: 'ナニヌネノ', は: 'ハヒフヘホバビブベボパピプペポ', ま: 'マミムメモ', や: 'ヤユヨ', ら: 'ラリルレロ', わ: 'ワヲン' };

/** The buttons of the 五十音 filter. */
export const KANA_ROWS = Object.keys(GOJUON);

/**
 * Whether a reading begins in a row of the 五十音.
 * @param {Indexed} keys
 * @param {string} row
 */
export function inRow(keys, row) {
  /** @type {Record<string, string>} */
  const rows = GOJUON;
  return (rows[row] ?? '').includes(keys.kana[0]?.charAt(0) ?? ' ');
}
