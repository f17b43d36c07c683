/**
 * The demo issuer's page: finds while one types, and the arrow keys walk through what was found.
 * Without this script the page works by its button.
 */

const search = document.querySelector("#search");
const text = document.querySelector("#q");
/** @type {ReturnType<typeof setTimeout> | undefined} */
let waiting;
/** @type {AbortController | undefined} */
let asking;

/**
 * Puts the server's answer to the words typed so far in place of what was found before.
 * @param {HTMLFormElement} form
 */
const find = async (form) => {
  asking?.abort();
  asking = new AbortController();
  // @ts-expect-error FormData of text fields holds texts alone
  const query = new URLSearchParams(new FormData(form));
  try {
    const answer = await fetch(`?${query}`, { signal: asking.signal, redirect: "error" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = page.querySelector("#found");
    if (answer.ok && found) document.querySelector("#found")?.replaceWith(document.adoptNode(found));
  } catch (error) {
    // A newer search has begun, or the server is gone: the button still says which.
    if (!(error instanceof DOMException && error.name === "AbortError")) console.info("search", error);
  }
};

if (search instanceof HTMLFormElement && text instanceof HTMLInputElement) {
  text.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => find(search), 150);
  });
  document.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined || event.isComposing) return;
    const stops = [text, .../** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll("#found button"))];
    const at = stops.findIndex((stop) => stop === document.activeElement);
    stops[Math.min(Math.max(at + step, 0), stops.length - 1)]?.focus();
    event.preventDefault();
  });
}
