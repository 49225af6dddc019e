/** Speeds, ways and numbers, in the units and letters of whoever is logged in; the server's are metric. Pure. */

import { preferences } from "./preferences.js";
import { LOCALE, t } from "./words/words.js";

/**
 * A unit: how many kilometres (an hour) it is, its signs, and how it is told with a number.
 *
 * @typedef {(n: string) => string} Tell
 * @typedef {{km: number, way: string, speed: string, tellWay: Tell, tellSpeed: Tell, short: {km: number, tell: Tell}}} Unit
 */

/** International mile, yard, foot and nautical mile: 1,609.344 m, 0.9144 m, 0.3048 m, 1,852 m. */
const METRES = { km: 0.001, tell: (/** @type {string} */ n) => t("{n} m", { n }) };
const YARDS = { km: 0.0009144, tell: (/** @type {string} */ n) => t("{n} yd", { n }) };
const FEET = { km: 0.0003048, tell: (/** @type {string} */ n) => t("{n} ft", { n }) };
/** @type {Unit} */
const METRIC = { km: 1, way: "km", speed: "km/h", tellWay: (n) => t("{n} km", { n }), tellSpeed: (n) => t("{n} km/h", { n }), short: METRES };
/** @type {Unit} */
const MILES = { km: 1.609344, way: "mi", speed: "mph", tellWay: (n) => t("{n} mi", { n }), tellSpeed: (n) => t("{n} mph", { n }), short: YARDS };
/** @type {Unit} */
const NAUTICAL = { km: 1.852, way: "nmi", speed: "kn", tellWay: (n) => t("{n} nmi", { n }), tellSpeed: (n) => t("{n} kn", { n }), short: METRES };
/** @type {Record<import("./preferences.js").Measures, Unit>} */
const UNITS = { metric: METRIC, metric_gal_us: METRIC, imperial: MILES, us: { ...MILES, short: FEET }, nautical: NAUTICAL };
/** Ways that are shorter than this in the longer unit are told in the shorter one. */
const SHORT = 0.1;
/** @type {Map<string, Intl.NumberFormat>} they take long to make */
const formats = new Map();

/** The units of whoever is logged in. */
export function units() {
  return UNITS[preferences().measures];
}

/** @param {number} number @param {number} [digits] after the point at most @param {number} [least] digits after it */
export function formatNumber(number, digits = 2, least = 0) {
  const key = `${preferences().numbers}/${digits}/${least}`;
  const made = formats.get(key) ?? new Intl.NumberFormat(preferences().numbers ?? LOCALE, { maximumFractionDigits: digits, minimumFractionDigits: least });
  formats.set(key, made);
  return made.format(number);
}

/** @param {number} kmh @returns {number} in the speed unit of `units` */
export function speedOf(kmh) {
  return kmh / units().km;
}

/** A limit as it is read and typed, whole. @param {number} kmh @returns {number} in the speed unit of `units` */
export function limitOf(kmh) {
  return Math.round(speedOf(kmh));
}

/**
 * What is stored for a limit that was typed: the nearest whole number, which is read as the same again, as every unit is
 * longer than a kilometre or is one.
 * @param {number} limit in the speed unit of `units` @returns {number} km/h
 */
export function storedLimit(limit) {
  return Math.round(limit * units().km);
}

/** @param {number} kmh @returns {string} "52 km/h", "32 mph", "28 kn" */
export function formatSpeed(kmh) {
  return units().tellSpeed(formatNumber(speedOf(kmh), 0));
}

/** What stands around a speed, with `{n}` in its place. */
export function speedPhrase() {
  return units().tellSpeed("{n}");
}

/** @param {number} kilometres of a trip or day @returns {string} "0.4 km", "128 km", "79.5 mi" */
export function formatLength(kilometres) {
  const length = kilometres / units().km;
  const digits = length < 100 ? 1 : 0;
  return units().tellWay(formatNumber(length, digits, digits));
}

/** @param {number} kilometres that an odometer counted @returns {string} "12,345.67 km" */
export function formatLongWay(kilometres) {
  return units().tellWay(formatNumber(kilometres / units().km));
}

/** @param {number} metres @returns {string} "350 m", "1.25 km", "109 yd" */
export function formatWidth(metres) {
  const { km, tellWay, short } = units();
  const kilometres = metres / 1000;
  const limit = km === 1 ? 1 : SHORT;
  if (kilometres / km < limit) return short.tell(formatNumber(kilometres / short.km, 0));
  return tellWay(formatNumber(Number((kilometres / km).toPrecision(3))));
}
