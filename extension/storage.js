/**
 * The only door to storage.
 *
 * One IndexedDB database holds everything that must live and die together: the key, the binding, the journal with its
 * events, the alive mark, what waits to be sent, the last good settings. `chrome.storage.session` holds marks only:
 * values whose loss means "a new browser session" or "start that step again". `chrome.storage.managed` is IT's.
 *
 * A change is one transaction with strict durability: its promise fulfils only after the data is on the disk, and
 * whatever happens before that leaves nothing behind. Inside `work` nothing but the transaction's own promises may be
 * awaited; anything else lets the browser commit early.
 */

const NAME = 'dokodemo';
const VERSION = 1;

/** @typedef {'keys' | 'meta' | 'events' | 'waiting' | 'settings'} StoreName */

/** @type {readonly StoreName[]} */
export const STORES = ['keys', 'meta', 'events', 'waiting', 'settings'];

/** @type {Partial<Record<StoreName, string>>} */
const KEY_PATHS = { events: 'seq', waiting: 'id' };

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
const settled = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** What `work` may do inside one transaction. */
export class Transaction {
  /** @param {IDBTransaction} transaction */
  constructor(transaction) {
    this.transaction = transaction;
  }

  /**
   * @param {StoreName} store
   * @param {IDBValidKey} key
   * @returns {Promise<any>} undefined when there is nothing under the key
   */
  get(store, key) {
    return settled(this.transaction.objectStore(store).get(key));
  }

  /**
   * @param {StoreName} store
   * @param {IDBKeyRange | null} [range]
   * @param {number} [most]
   * @returns {Promise<any[]>} values in the order of their keys
   */
  all(store, range, most) {
    return settled(this.transaction.objectStore(store).getAll(range, most));
  }

  /**
   * @param {StoreName} store
   * @param {unknown} value
   * @param {IDBValidKey} [key] for stores whose values do not carry their key
   */
  put(store, value, key) {
    const objects = this.transaction.objectStore(store);
    return settled(key === undefined ? objects.put(value) : objects.put(value, key));
  }

  /**
   * @param {StoreName} store
   * @param {IDBValidKey | IDBKeyRange} key
   */
  delete(store, key) {
    return settled(this.transaction.objectStore(store).delete(key));
  }

  /** @param {StoreName} store */
  clear(store) {
    return settled(this.transaction.objectStore(store).clear());
  }

  /**
   * @param {StoreName} store
   * @param {IDBKeyRange} [range]
   */
  count(store, range) {
    return settled(this.transaction.objectStore(store).count(range));
  }
}

/** An open database. Opens itself again when the browser has closed it (eviction of the handle, an upgrade). */
export class Database {
  /**
   * @param {IDBFactory} factory
   * @param {string} name
   */
  constructor(factory, name) {
    this.factory = factory;
    this.name = name;
    /** @type {Promise<IDBDatabase> | null} */
    this.handle = null;
  }

  /** @returns {Promise<IDBDatabase>} */
  open() {
    this.handle ??= new Promise((resolve, reject) => {
      const request = this.factory.open(this.name, VERSION);
      request.onupgradeneeded = () => {
        for (const store of STORES) request.result.createObjectStore(store, { keyPath: KEY_PATHS[store] ?? null });
      };
      request.onerror = () => {
        this.handle = null;
        reject(request.error);
      };
      request.onsuccess = () => {
        const opened = request.result;
        opened.onclose = () => { this.handle = null; };
        opened.onversionchange = () => this.close();
        resolve(opened);
      };
    });
    return this.handle;
  }

  async close() {
    const handle = this.handle;
    this.handle = null;
    if (handle) (await handle).close();
  }

  /**
   * Runs `work` in one transaction that reads.
   * @template T
   * @param {(t: Transaction) => Promise<T>} work
   * @param {readonly StoreName[]} [stores]
   * @returns {Promise<T>}
   */
  read(work, stores = STORES) {
    return this.run(stores, 'readonly', work);
  }

  /**
   * Runs `work` in one transaction that writes; fulfils when it is on the disk. An error thrown by `work` undoes all.
   * @template T
   * @param {(t: Transaction) => Promise<T>} work
   * @param {readonly StoreName[]} [stores]
   * @returns {Promise<T>}
   */
  change(work, stores = STORES) {
    return this.run(stores, 'readwrite', work);
  }

  /**
   * @template T
   * @param {readonly StoreName[]} stores
   * @param {IDBTransactionMode} mode
   * @param {(t: Transaction) => Promise<T>} work
   * @returns {Promise<T>}
   */
  async run(stores, mode, work) {
    const transaction = (await this.open()).transaction([...stores], mode, { durability: 'strict' });
    const ended = new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(undefined);
      transaction.onabort = () => reject(transaction.error ?? new DOMException('aborted', 'AbortError'));
    });
    try {
      const result = await work(new Transaction(transaction));
      await ended;
      return result;
    } catch (error) {
      ended.catch(() => {}); // the error that is thrown below is the cause; the abort is its consequence
      try {
        transaction.abort();
      } catch (late) {
        if (!(late instanceof DOMException && late.name === 'InvalidStateError')) throw late; // already ended
      }
      throw error;
    }
  }
}

/**
 * @param {IDBFactory} [factory]
 * @param {string} [name]
 */
export const openDatabase = (factory = indexedDB, name = NAME) => new Database(factory, name);

/**
 * Marks that live as long as the browser session.
 * @typedef {{ get: (key: string) => Promise<any>, set: (key: string, value: unknown) => Promise<void>,
 *   remove: (key: string) => Promise<void> }} Marks
 */

/** @returns {Marks} */
export const sessionMarks = () => ({
  get: async (key) => (await chrome.storage.session.get(key))[key],
  set: (key, value) => chrome.storage.session.set({ [key]: value }),
  remove: (key) => chrome.storage.session.remove(key),
});

/** @returns {Promise<Record<string, unknown>>} IT's values; `{}` also while the browser does not know them yet */
export const managedValues = () => chrome.storage.managed.get();
