import assert from 'node:assert/strict';
import { test } from 'node:test';

import { addressOf, placeOf, within } from '../../extension/place.js';

test('addresses lie within networks of their own kind', () => {
  assert.equal(within('10.1.2.3', '10.0.0.0/8'), true);
  assert.equal(within('11.1.2.3', '10.0.0.0/8'), false);
  assert.equal(within('10.1.2.3', '10.1.2.3/32'), true);
  assert.equal(within('10.1.2.3', '0.0.0.0/0'), true);
  assert.equal(within('2001:db8::77', '2001:db8::/32'), true);
  assert.equal(within('2001:db9::77', '2001:db8::/32'), false);
  assert.equal(within('2001:db8::77', '0.0.0.0/0'), false);
  assert.equal(within('fe80::1', '::/0'), true);
});

test('what is no address or no network holds nothing', () => {
  for (const text of ['', '10.1.2', '10.1.2.256', '1::2::3', 'g::1', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '::ffff:10.0.0.1']) {
    assert.equal(addressOf(text), null, text);
  }
  for (const network of ['10.0.0.0', '10.0.0.0/33', '10.0.0.0/x', '/8', '10.0.0.0/']) assert.equal(within('10.0.0.1', network), false, network);
});

test('the most exact network decides; an unknown one says nothing', () => {
  const table = [{ network: '10.0.0.0/8', place: 'office' }, { network: '10.9.0.0/16', place: 'branch' }];
  assert.equal(placeOf(['10.9.1.1', undefined], table), 'branch');
  assert.equal(placeOf(['10.8.1.1', undefined], table), 'office');
  assert.equal(placeOf(['192.0.2.1', '2001:db8::1'], table), null);
  assert.equal(placeOf([undefined, undefined], table), null);
});
