/** Moments, ages, and the server's clock. */

/** Moments as this browser's user reads them. */
const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const TIME_OF_DAY = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

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
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}

/** @param {?number} moment @param {number} now @returns {string} "12 s ago" */
export function formatAge(moment, now) {
  if (moment === null) return "never";
  return now - moment < 1000 ? "now" : `${formatDuration(now - moment)} ago`;
}

/** @param {?number} moment @returns {string} date and time in the browser's locale and zone */
export function formatMoment(moment) {
  return moment === null ? "never" : MOMENT.format(moment);
}

/** @param {number} moment @returns {string} time of day in the browser's locale and zone */
export function formatTimeOfDay(moment) {
  return TIME_OF_DAY.format(moment);
}

/** @param {number} moment @returns {string} hour and minute in the browser's locale and zone */
export function formatClock(moment) {
  return CLOCK.format(moment);
}
