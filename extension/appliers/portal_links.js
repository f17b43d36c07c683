/**
 * `portal.links`: a bookmarks folder 部署リンク on the bookmarks bar with the links of the setting, in order.
 *
 * Ours is what we made, known by its id; everything else is the person's and stays: a folder of the same name, and what
 * they put into ours. Killed at any point, the next run goes on: before the folder is made it is noted which folders of
 * that name stood there, and a bookmark in our folder that equals a link is taken for ours.
 */

import { recall, remember } from './memory.js';
import { ended, isHttps } from './results.js';

const KEY = 'portal.links';
const FOLDER = '部署リンク';
const MEMORY = 'portal_links';

/**
 * @typedef {{title: string, url: string}} Link
 * @typedef {chrome.bookmarks.BookmarkTreeNode} Node
 * @typedef {{folder: string | null, before: string[], links: string[]}} Made `before`: folders of that name that are not ours
 */

/** @param {unknown} value @returns {Link[] | null} null when it is no list of links */
const linksIn = (value) => {
  if (!Array.isArray(value)) return null;
  const wellFormed = value.every((link) => typeof link?.title === 'string' && typeof link?.url === 'string');
  return wellFormed ? value.map(({ title, url }) => ({ title, url })) : null;
};

/** The bookmarks bar, by its type where the browser says it, else the first root folder. @returns {Promise<Node>} */
const bar = async () => {
  const [root] = await chrome.bookmarks.getTree();
  const folders = root?.children ?? [];
  const found = folders.find((folder) => folder.folderType === 'bookmarks-bar') ?? folders[0];
  if (!found) throw new Error('this browser has no bookmarks bar');
  return found;
};

/** @param {Node} node */
const isNamesake = (node) => node.url === undefined && node.title === FOLDER;

/** The folder that we made, while it exists. @param {Made | undefined} made @returns {Promise<Node | null>} */
const ownFolder = async (made) => {
  if (!made) return null;
  if (made.folder === null) return (await bar()).children?.find((node) => isNamesake(node) && !made.before.includes(node.id)) ?? null;
  try {
    const [folder] = await chrome.bookmarks.get(made.folder);
    return folder && folder.url === undefined ? folder : null;
  } catch {
    return null; // bookmarks.get throws for an id that is gone: the person has removed the folder
  }
};

/** @returns {Promise<Node>} */
const newFolder = async () => {
  const { id: parentId, children = [] } = await bar();
  await remember(MEMORY, { folder: null, before: children.filter(isNamesake).map(({ id }) => id), links: [] });
  return chrome.bookmarks.create({ parentId, index: 0, title: FOLDER });
};

/**
 * Makes our bookmarks in the folder equal to the links and leaves the others alone, behind them.
 * @param {string} parentId
 * @param {readonly Link[]} links
 * @param {readonly string[]} known ids that we made
 * @returns {Promise<string[]>} ids that are ours now
 */
const fill = async (parentId, links, known) => {
  const children = await chrome.bookmarks.getChildren(parentId);
  const ours = children.filter((node) => known.includes(node.id) || links.some((link) => link.url === node.url && link.title === node.title));
  const ids = [];
  let after = 0;
  for (const [index, link] of links.entries()) {
    const there = ours[index];
    if (there && (there.title !== link.title || there.url !== link.url)) await chrome.bookmarks.update(there.id, link);
    const { id, index: at = 0 } = there ?? (await chrome.bookmarks.create({ parentId, index: after, ...link }));
    after = at + 1;
    ids.push(id);
  }
  for (const extra of ours.slice(links.length)) await chrome.bookmarks.removeTree(extra.id);
  return ids;
};

/** Takes away what we made; the folder too, unless the person keeps something in it. @param {Made | undefined} made */
const clear = async (made) => {
  const folder = await ownFolder(made);
  if (made && folder) {
    await fill(folder.id, [], made.links);
    if ((await chrome.bookmarks.getChildren(folder.id)).length === 0) await chrome.bookmarks.removeTree(folder.id);
  }
  if (made) await remember(MEMORY, undefined);
};

/** @type {import('../settings.js').Applier} */
export const portalLinks = {
  keys: [KEY],
  async apply(values) {
    const wanted = KEY in values;
    if (chrome.bookmarks === undefined) return wanted ? [ended(KEY, 'unsupported', 'no bookmarks here')] : [];
    /** @type {Made | undefined} */
    const made = await recall(MEMORY);
    if (!wanted) {
      await clear(made);
      return [];
    }
    const links = linksIn(values[KEY]);
    if (links === null) return [ended(KEY, 'failed', 'not a list of {title, url}')];
    const allowed = links.flatMap(({ title, url }) => (isHttps(url) ? [{ title, url: new URL(url).href }] : []));
    const folder = (await ownFolder(made)) ?? (await newFolder());
    const ids = await fill(folder.id, allowed, made?.links ?? []);
    await remember(MEMORY, { folder: folder.id, before: [], links: ids });
    const left = links.length - allowed.length;
    return [left === 0 ? ended(KEY, 'applied') : ended(KEY, 'failed', `${left} of ${links.length} links are not https`)];
  },
};
