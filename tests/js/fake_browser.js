/** A small browser for appliers: bookmarks, tabs, font settings, alarms, notifications as Chromium behaves. */

/** @typedef {{id: string, parentId?: string, index?: number, title: string, url?: string, folderType?: string}} Node */

export class FakeBrowser {
  constructor() {
    /** @type {string[]} every change that was made */
    this.writes = [];
    /** @type {Map<string, Node>} */
    this.nodes = new Map();
    /** @type {{url: string, active: boolean}[]} */
    this.tabsOpen = [];
    /** @type {Map<string, any>} */
    this.session = new Map();
    this.font = { pixelSize: 16, levelOfControl: 'controllable_by_this_extension' };
    this.detection = 60;
    /** @type {Map<string, number>} */
    this.alarmsSet = new Map();
    /** @type {{id: string, title: string, message: string}[]} */
    this.notices = [];
    this.permission = 'granted';
    this.next = 10;
    this.nodes.set('0', { id: '0', title: '' });
    this.nodes.set('1', { id: '1', parentId: '0', index: 0, title: 'ブックマーク バー', folderType: 'bookmarks-bar' });
    this.nodes.set('2', { id: '2', parentId: '0', index: 1, title: 'その他', folderType: 'other' });
  }

  /** @param {string} id */
  childrenOf(id) {
    return [...this.nodes.values()].filter((node) => node.parentId === id).sort((a, b) => (a.index ?? 0) - (b.index ?? 0));
  }

  /** The links of a folder as `title url`. @param {string} id */
  linksIn(id) {
    return this.childrenOf(id).map(({ title, url }) => `${title} ${url}`);
  }

  /** @param {string} id */
  node(id) {
    const node = this.nodes.get(id);
    if (!node) throw new Error("Can't find bookmark for id.");
    return node;
  }

  /** @param {string} parentId @param {string} title @param {string} [url] */
  put(parentId, title, url) {
    const id = String(this.next++);
    this.nodes.set(id, { id, parentId, index: this.childrenOf(parentId).length, title, ...(url ? { url } : {}) });
    return id;
  }

  /** The parts of `chrome` that the appliers use. */
  get chrome() {
    const written = (/** @type {string} */ what) => void this.writes.push(what);
    const renumber = (/** @type {string} */ id) => this.childrenOf(id).forEach((node, index) => { node.index = index; });
    return {
      bookmarks: {
        getTree: async () => [{ ...this.node('0'), children: this.childrenOf('0').map((root) => ({ ...root, children: this.childrenOf(root.id) })) }],
        get: async (/** @type {string} */ id) => [{ ...this.node(id) }],
        getChildren: async (/** @type {string} */ id) => this.childrenOf(id).map((node) => ({ ...node })),
        create: async (/** @type {any} */ { parentId, index, title, url }) => {
          written('bookmarks.create');
          for (const node of this.childrenOf(parentId)) if ((node.index ?? 0) >= index) node.index = (node.index ?? 0) + 1;
          const id = String(this.next++);
          this.nodes.set(id, { id, parentId, index, title, ...(url ? { url: new URL(url).href } : {}) });
          renumber(parentId);
          return { ...this.node(id) };
        },
        update: async (/** @type {string} */ id, /** @type {any} */ changes) => {
          written('bookmarks.update');
          return Object.assign(this.node(id), changes);
        },
        removeTree: async (/** @type {string} */ id) => {
          written('bookmarks.removeTree');
          const parent = this.node(id).parentId ?? '0';
          for (const child of this.childrenOf(id)) this.nodes.delete(child.id);
          this.nodes.delete(id);
          renumber(parent);
        },
      },
      tabs: {
        query: async () => this.tabsOpen,
        create: async (/** @type {any} */ { url, active }) => {
          written('tabs.create');
          this.tabsOpen.push({ url: new URL(url).href, active });
        },
      },
      fontSettings: {
        getDefaultFontSize: async () => ({ ...this.font }),
        setDefaultFontSize: async (/** @type {any} */ { pixelSize }) => {
          written('fontSettings.setDefaultFontSize');
          this.font = { pixelSize, levelOfControl: 'controlled_by_this_extension' };
        },
        clearDefaultFontSize: async () => {
          written('fontSettings.clearDefaultFontSize');
          this.font = { pixelSize: 16, levelOfControl: 'controllable_by_this_extension' };
        },
      },
      idle: { setDetectionInterval: (/** @type {number} */ seconds) => { this.detection = seconds; } },
      alarms: {
        get: async (/** @type {string} */ name) => (this.alarmsSet.has(name) ? { name, scheduledTime: this.alarmsSet.get(name) } : undefined),
        create: async (/** @type {string} */ name, /** @type {any} */ { when }) => {
          written('alarms.create');
          this.alarmsSet.set(name, when);
        },
        clear: async (/** @type {string} */ name) => {
          written('alarms.clear');
          return this.alarmsSet.delete(name);
        },
      },
      notifications: {
        getPermissionLevel: async () => this.permission,
        create: async (/** @type {string} */ id, /** @type {any} */ { title, message }) => {
          written('notifications.create');
          this.notices.push({ id, title, message });
        },
      },
      runtime: { getURL: (/** @type {string} */ path) => `chrome-extension://x/${path}` },
      storage: {
        session: {
          get: async (/** @type {string} */ key) => ({ [key]: this.session.get(key) }),
          set: async (/** @type {Record<string, unknown>} */ values) => { for (const [key, value] of Object.entries(values)) this.session.set(key, value); },
          remove: async (/** @type {string} */ key) => { this.session.delete(key); },
        },
      },
    };
  }
}
