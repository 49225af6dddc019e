/** How long to wait before the next try. Pure. */

/** A server that restarts is back within it. */
const QUICK_FOR_MS = 60_000;
const QUICK_MS = 2_000;
const SLOWEST_MS = 30_000;

/**
 * In the first minute quick; then the longer, the longer it took, and never the same for all pages.
 *
 * @param {number} awayMs since when the server is away
 * @param {number} chance from 0 to 1
 */
export function pauseBefore(awayMs, chance) {
  const longest = awayMs < QUICK_FOR_MS ? QUICK_MS : Math.min(SLOWEST_MS, awayMs / 4);
  return longest * (0.5 + chance / 2);
}
