/**
 * What appliers remember of their own work, in the device's database beside the settings: ids of what they made, so that
 * nothing of the person's own is ever changed or removed.
 */

import { openDatabase } from '../storage.js';

/** @param {string} name */
const key = (name) => `applier.${name}`;

/** @param {string} name @returns {Promise<any>} undefined when nothing is remembered */
export const recall = async (name) => {
  const db = openDatabase();
  const value = await db.read((t) => t.get('settings', key(name)), ['settings']);
  await db.close();
  return value;
};

/** @param {string} name @param {unknown} value undefined forgets */
export const remember = async (name, value) => {
  const db = openDatabase();
  await db.change((t) => (value === undefined ? t.delete('settings', key(name)) : t.put('settings', value, key(name))), ['settings']);
  await db.close();
};
