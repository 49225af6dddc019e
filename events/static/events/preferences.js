/**
 * How whoever is logged in reads times and figures. Pure.
 *
 * Whatever shows one asks here, so that nothing has to be handed through; `watcher` tells of a change.
 */

/**
 * @typedef {"metric"|"imperial"|"us"|"metric_gal_us"|"nautical"} Measures
 *
 * The account's settings, as far as they are read here (`user/settings/read`).
 *
 * @typedef {{time_zone: string, measurement_system: string, hour_mode: string, date_format: ?string}} Settings
 *
 * What there is no setting for, and the browser keeps.
 *
 * @typedef {{numbers: string, weekStart: number}} Kept
 *
 * @typedef {object} Preferences
 * @property {string|undefined} zone of the tz database; undefined: the browser's
 * @property {boolean|undefined} isTwelveHours undefined: as the language has it
 * @property {string} dates a date format of the account; empty: as the language has it
 * @property {Measures} measures
 * @property {string|undefined} numbers a language whose numbers look as wanted; undefined: the page's
 * @property {number} weekStart 1: Monday, to 7
 */

/** The zone of an account that never chose one: the browser's is nearer to the truth. */
export const UNCHOSEN_ZONE = "UTC";
/** The same clock, chosen. */
export const CHOSEN_UTC = "Etc/UTC";
/** Ways to write 1234.5, by a language that has it; empty: as the page's language. */
export const NUMBERS = ["", "en", "de", "fr", "de-CH", "en-IN"];
/** Days that a week begins with somewhere: Monday, Saturday, Sunday. */
export const WEEK_STARTS = [1, 6, 7];
const MEASURES = /** @type {Measures[]} */ (["metric", "imperial", "us", "metric_gal_us", "nautical"]);

/** @type {Preferences} */
const UNKNOWN = { zone: undefined, isTwelveHours: undefined, dates: "", measures: "metric", numbers: undefined, weekStart: 1 };
let current = UNKNOWN;

/** Events: `change`. */
export const watcher = new EventTarget();

export function preferences() {
  return current;
}

/** @param {?Settings} settings null: nobody is logged in @param {Kept} kept */
export function adopt(settings, kept) {
  current = settings === null ? UNKNOWN : read(settings, kept);
  watcher.dispatchEvent(new Event("change"));
}

/** @param {?string} text that the browser kept @returns {Kept} */
export function readKept(text) {
  const { numbers = "", weekStart = 1 } = parsed(text);
  return {
    numbers: NUMBERS.includes(numbers) ? numbers : "",
    weekStart: WEEK_STARTS.includes(weekStart) ? weekStart : 1,
  };
}

/** @param {Settings} settings @param {Kept} kept @returns {Preferences} */
function read(settings, { numbers, weekStart }) {
  const measures = MEASURES.find((one) => one === settings.measurement_system) ?? "metric";
  return {
    zone: isKnown(settings.time_zone) ? settings.time_zone : undefined,
    isTwelveHours: settings.hour_mode === "TWELVE_HOURS",
    dates: settings.date_format ?? "",
    measures,
    numbers: numbers || undefined,
    weekStart,
  };
}

/** Whether it was chosen, and this browser knows it: tables of zones differ in age. @param {string} zone */
function isKnown(zone) {
  if (zone === UNCHOSEN_ZONE) return false;
  try {
    return Boolean(new Intl.DateTimeFormat("en", { timeZone: zone }));
  } catch {
    return false;
  }
}

/** @param {?string} text @returns {Partial<Kept>} */
function parsed(text) {
  try {
    return JSON.parse(text ?? "") ?? {};
  } catch {
    return {};
  }
}
