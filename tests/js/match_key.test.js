import assert from 'node:assert/strict';
import { test } from 'node:test';

import { inRow, indexed, kanaKey, kanjiKey, latinKey, matcher } from '../../server/dokodemo/web/static/js/match_key.js';

const person = (/** @type {string} */ name, /** @type {string} */ kana, extension = '2345', unit = '情報政策課') => indexed({ name, kana, extension, unit });

/** @type {[string, string, string[], string[]][]} */
const CASES = [
  ['髙﨑 良子', 'タカサキ　リョウコ', ['た', 'タカ', 'ﾀｶ', 'taka', 'TAKA', '高崎', '髙﨑', '2345', '２３', '情報政策', 'ryo', 'ryoko', 'ryouko', 'りょう'], ['あ', 'saki', '崎田', '345', 'x']],
  ['𠮷田 翔', 'ヨシダ　ショウ', ['yoshi', 'yosi', 'yosh', 'sho', 'syo', 'shou', 'sh', 's', '吉田', 'よし', 'しよう'], ['chi', 'よた']],
  ['五十嵐 順一', 'イガラシ　ジュンイチ', ['juni', 'zyun', 'jyun', 'j', 'igarashi', 'いが'], ['ichi', 'gara']],
  ['渡邉 千夏', 'ワタナベ　チナツ', ['watanabe', 'chi', 'ti', 'chinatsu', 'tinatu', '渡辺', '渡邊', 'ch'], ['shi']],
  ['本多 哲平', 'ホンダ　テッペイ', ['honda', 'teppei', 'tepei', 'てつ', 'てっぺい', 'hon'], ['onda']],
  ['大野 隆', 'オオノ　タカシ', ['ono', 'oono', 'ohno', 'おおの', 'taka'], ['noo']],
  ['藤本 文', 'フジモト　フミ', ['fuji', 'huzi', 'fumi', 'f', 'ふじ'], ['buji']],
  ['津田 鶴子', 'ツダ　ツルコ', ['tsu', 'tu', 'tsuda', 'ts', 'つだ'], ['su']],
  ['三宅 ヱツ', 'ミヤケ　エツ', ['miyake', 'etsu'], ['yake']],
];

for (const [name, kana, hits, misses] of CASES) {
  test(`${name} is found by a sound, a spelling or a number, and by nothing else`, () => {
    const keys = person(name, kana);
    for (const query of hits) assert.equal(matcher(query)(keys), true, query);
    for (const query of misses) assert.equal(matcher(query)(keys), false, query);
  });
}

test('an empty query finds everybody', () => {
  for (const query of ['', ' ', '　']) assert.equal(matcher(query)(person('森 葵', 'モリ　アオイ')), true);
});

test('readings fold: small kana, long marks, dots, half width, ヂ ヅ ヲ', () => {
  assert.equal(kanaKey('ｼﾞｮｰｼﾞ・ヅヲ っ'), 'ジヨジズオツ');
  assert.equal(kanjiKey('濵邊 齋'), '浜辺斉');
  assert.equal(latinKey('シュンスケ'), 'syunsuke');
});

test('a row of the 五十音 holds its voiced kana too', () => {
  assert.equal(inRow(person('後藤 勝', 'ゴトウ　マサル'), 'か'), true);
  assert.equal(inRow(person('馬場 進', 'ババ　ススム'), 'は'), true);
  assert.equal(inRow(person('馬場 進', 'ババ　ススム'), 'ま'), false);
});

test('2,600 people are filtered within a twentieth of a second', () => {
  const people = Array.from({ length: 2600 }, (_, index) => person(`山田 ${index}`, `ヤマダ　タロウ${index % 7}`));
  const begun = performance.now();
  for (const query of ['y', 'ya', 'yama', 'や', '山']) {
    const matches = matcher(query);
    assert.equal(people.filter((keys) => matches(keys)).length, 2600);
  }
  assert.ok((performance.now() - begun) / 5 < 50);
});
