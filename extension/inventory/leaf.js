/**
 * ChromeOS-only functions: asked for at the leaf, since `chrome.enterprise` itself may exist elsewhere. They answer ""
 * for "no value" and reject where this user or device may not know.
 */

/**
 * @param {(() => Promise<string>) | undefined} ask
 * @returns {Promise<string | null>}
 */
export const answerOf = async (ask) => {
  if (!ask) return null;
  try {
    return (await ask()) || null;
  } catch (error) {
    console.info('the browser does not tell this fact here', error);
    return null;
  }
};
