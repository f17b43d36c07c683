/** Waiting after failures: full jitter between 2 s and a bound that doubles from 4 s to 5 min; `Retry-After` wins. */

export const SHORTEST_MS = 2_000;
export const LONGEST_MS = 300_000;

/**
 * @param {number} attempt failures in a row before this one
 * @param {number | null} retryAfterMs what the server asked for
 * @param {() => number} random in [0, 1)
 */
export const waitAfter = (attempt, retryAfterMs, random) => {
  if (retryAfterMs !== null) return retryAfterMs;
  const bound = Math.min(LONGEST_MS, SHORTEST_MS * 2 ** Math.min(attempt + 1, 16));
  return Math.round(SHORTEST_MS + random() * (bound - SHORTEST_MS));
};

/**
 * How long still to wait. A clock that was set back must not make the wait longer than it was meant to be.
 * @param {{failed_at: number, wait_ms: number}} failure
 * @param {number} now
 */
export const remaining = ({ failed_at, wait_ms }, now) =>
  now < failed_at ? 0 : Math.max(0, failed_at + wait_ms - now);
