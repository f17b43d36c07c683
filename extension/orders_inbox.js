/**
 * Orders as they arrive: at least once, each kept until its result has been told. The rows lie in meta `orders`.
 */

/**
 * @typedef {import('./shapes.js').Order} Order
 * @typedef {import('./shapes.js').OrderRecord} OrderRecord
 * @typedef {import('./storage.js').Transaction} Transaction
 * @typedef {import('./storage.js').Database} Database
 */

const KEPT = 50;

/**
 * Takes new orders in; one that is here already is not done twice, but an order that comes again was not heard to be
 * done: its result is told again.
 * @param {Transaction} t
 * @param {string} keyid of the journal whose answer brought them
 * @param {readonly Order[]} orders
 */
export const received = async (t, keyid, orders) => {
  if (!orders.length) return;
  /** @type {OrderRecord[]} */
  const rows = (await t.get('meta', 'orders')) ?? [];
  for (const order of orders) {
    const known = rows.find((row) => row.id === order.id);
    if (known) known.told = known.result === null ? known.told : false;
    else rows.push({ id: order.id, keyid, order, result: null, told: false });
  }
  await t.put('meta', trimmed(rows), 'orders');
};

/** @param {OrderRecord[]} rows */
const trimmed = (rows) => {
  const done = rows.filter((row) => row.told);
  const forgotten = new Set(done.slice(0, Math.max(0, done.length - KEPT)));
  return rows.filter((row) => !forgotten.has(row));
};

/**
 * @param {Transaction} t
 * @param {string} id
 * @param {Partial<OrderRecord>} change
 */
export const noted = async (t, id, change) => {
  /** @type {OrderRecord[]} */
  const rows = (await t.get('meta', 'orders')) ?? [];
  await t.put('meta', rows.map((row) => (row.id === id ? { ...row, ...change } : row)), 'orders');
};

/**
 * Every open order of one kind has its result: what it asked for happened for another reason.
 * @param {Transaction} t
 * @param {string} kind
 * @param {import('./shapes.js').OrderResult} result
 */
export const finished = async (t, kind, result) => {
  /** @type {OrderRecord[]} */
  const rows = (await t.get('meta', 'orders')) ?? [];
  await t.put('meta', rows.map((row) => (row.order.kind === kind && !row.result ? { ...row, result } : row)), 'orders');
};

/** @param {Database} db @returns {Promise<OrderRecord[]>} */
export const ordersIn = async (db) => (await db.read((t) => t.get('meta', 'orders'), ['meta'])) ?? [];
