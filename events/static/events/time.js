/** Moments, ages, and the server's clock. */

import { preferences } from "./preferences.js";
import { LOCALE, t } from "./words/words.js";

/** Who counts hours to twelve begins with 12, and who counts to 24 with 0. @type {Record<string, "h12"|"h23"|undefined>} */
const CYCLES = { true: "h12", false: "h23" };
/** Parts of dates. @type {Record<string, (moment: number) => string>} */
const PARTS = {
  dd: (moment) => partsOf(moment).day,
  d: (moment) => String(Number(partsOf(moment).day)),
  MM: (moment) => partsOf(moment).month,
  MMM: (moment) => formatOf({ month: "short" }).format(moment),
  MMMM: (moment) => formatOf({ month: "long" }).format(moment),
  yyyy: (moment) => partsOf(moment).year,
};
/** The date formats of an account: parts in their order, and what is between them. @type {Record<string, [string[], string]>} */
const DATES = {
  ddMMyyyy_dots: [["dd", "MM", "yyyy"], "."],
  ddMMyyyy_slashes: [["dd", "MM", "yyyy"], "/"],
  MMddyyyy_hyphens: [["MM", "dd", "yyyy"], "-"],
  yyyyMMdd_hyphens: [["yyyy", "MM", "dd"], "-"],
  dMMMy: [["d", "MMM", "yyyy"], " "],
  dMMMMy: [["d", "MMMM", "yyyy"], " "],
};
/** @type {Map<string, Intl.DateTimeFormat>} they take long to make */
const formats = new Map();

const WEEKDAY = new Intl.DateTimeFormat(LOCALE, { weekday: "short", timeZone: "UTC" });
const A_MONDAY = Date.UTC(2024, 0, 1);

/** Their short names; the first is Monday, which the server calls 1. */
export const WEEKDAYS = Array.from({ length: 7 }, (_, day) => WEEKDAY.format(A_MONDAY + day * 86_400_000));

/**
 * What the server's clock says now.
 *
 * Ages are measured against it, so a computer whose clock is wrong shows them right. `user_time` is cut to seconds and
 * comes late, so each sample is too small; the largest one is the best.
 */
export class ServerClock {
  /** @type {?number} */
  #offset = null;

  /** @param {string} serverTime ISO date that the server just sent as its "now" */
  observe(serverTime) {
    const offset = Date.parse(serverTime) - Date.now();
    if (Number.isFinite(offset) && (this.#offset === null || offset > this.#offset)) this.#offset = offset;
  }

  /** Forgets the samples: the computer may have slept or its clock been set since. */
  reset() {
    this.#offset = null;
  }

  now() {
    return Date.now() + (this.#offset ?? 0);
  }
}

/** @param {?string} [text] @returns {?number} milliseconds since 1970 of an ISO date; null for none */
export function readDate(text) {
  const moment = text ? Date.parse(text) : NaN;
  return Number.isNaN(moment) ? null : moment;
}

/** @param {number} milliseconds @returns {string} a length of time in its largest unit: "12 s" */
export function formatDuration(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return t("{n} s", { n: seconds });
  if (seconds < 3600) return t("{n} min", { n: Math.floor(seconds / 60) });
  if (seconds < 86400) return t("{n} h", { n: Math.floor(seconds / 3600) });
  return t("{n} d", { n: Math.floor(seconds / 86400) });
}

/** @param {?number} moment @param {number} now @returns {string} "12 s ago" */
export function formatAge(moment, now) {
  if (moment === null) return t("never");
  return now - moment < 1000 ? t("now") : t("{duration} ago", { duration: formatDuration(now - moment) });
}

/** @param {?number} moment @returns {string} date and time, as the user has them */
export function formatMoment(moment) {
  return moment === null ? t("never") : t("{date}, {time}", { date: formatDate(moment), time: formatTimeOfDay(moment) });
}

/** @param {number} moment @returns {string} the date, as the user has it */
export function formatDate(moment) {
  const format = DATES[preferences().dates];
  if (!format) return formatOf({ dateStyle: "medium" }).format(moment);
  const [order, between] = format;
  return order.map((name) => PARTS[name](moment)).join(between);
}

/** @param {number} moment @returns {string} hours, minutes and seconds, as the user has them */
export function formatTimeOfDay(moment) {
  return formatOf({ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: cycle() }).format(moment);
}

/** @param {number} moment @returns {string} hour and minute, as the user has them */
export function formatClock(moment) {
  return formatOf({ hour: "2-digit", minute: "2-digit", hourCycle: cycle() }).format(moment);
}

/** @param {number} moment @returns {string} its day in the user's zone: "2026-03-04" */
export function nameOfDay(moment) {
  const { year, month, day } = partsOf(moment);
  return `${year}-${month}-${day}`;
}

/**
 * When a day begins in the user's zone; where clocks are put forward at midnight, with the first hour that there is.
 * @param {string} name "2026-03-04" @returns {number} NaN for no day
 */
export function startOfDay(name) {
  const wanted = Date.parse(`${name}T00:00:00Z`);
  if (preferences().zone === undefined) return new Date(`${name}T00:00:00`).getTime();
  // By the offset that holds near, and by the one that holds there; midnight may be twice, or not at all.
  if (Number.isNaN(wanted)) return NaN;
  const near = wanted - offsetAt(wanted);
  const there = wanted - offsetAt(near);
  const [first, last] = [Math.min(near, there), Math.max(near, there)];
  return nameOfDay(first) === name ? first : last;
}

/** @param {number} moment @returns {number} the hour of the day in the user's zone */
export function hourOf(moment) {
  return Number(partsOf(moment).hour);
}

/** How far the zone's clock is ahead of UTC. @param {number} moment @returns {number} milliseconds */
function offsetAt(moment) {
  const { year, month, day, hour, minute, second } = partsOf(moment);
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) - Math.floor(moment / 1000) * 1000;
}

/** @param {number} moment @returns {Record<string, string>} two digits of each, four of the year */
function partsOf(moment) {
  const two = /** @type {const} */ ("2-digit");
  /** @type {Intl.DateTimeFormatOptions} */
  const all = { year: "numeric", month: two, day: two, hour: two, minute: two, second: two, hourCycle: "h23" };
  return Object.fromEntries(formatOf(all, "en").formatToParts(moment).map(({ type, value }) => [type, value]));
}

/** @param {Intl.DateTimeFormatOptions} options */
function formatOf(options, language = LOCALE) {
  const { zone } = preferences();
  const key = JSON.stringify([language, zone, options]);
  const made = formats.get(key) ?? new Intl.DateTimeFormat(language, { ...options, timeZone: zone });
  formats.set(key, made);
  return made;
}

function cycle() {
  return CYCLES[String(preferences().isTwelveHours)];
}
