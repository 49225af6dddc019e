/** How old is where a vehicle is drawn. Pure. */

import { formatAge } from "./time.js";
import { t } from "./words/words.js";

/** @typedef {"fresh"|"aging"|"old"} Freshness */

const AGING_MS = 10 * 60_000;
const OLD_MS = 60 * 60_000;
/** A report that brings no position says so when its last fix lies further back than this. */
const APART_MS = 60_000;

/** @param {?import("./fleet.js").State} state @param {number} now @returns {Freshness} */
export function freshnessOf(state, now) {
  const age = now - (state?.fixedAt ?? now);
  if (age < AGING_MS) return "fresh";
  return age < OLD_MS ? "aging" : "old";
}

/** @param {?import("./fleet.js").State} state @param {number} now @returns {string} of the last report, and of its fix if that is older */
export function describeAge(state, now) {
  const { updatedAt = null, fixedAt = null } = state ?? {};
  const age = formatAge(updatedAt, now);
  if (updatedAt === null || fixedAt === null || updatedAt - fixedAt < APART_MS) return age;
  return t("{age}, fix {fix}", { age, fix: formatAge(fixedAt, now) });
}
