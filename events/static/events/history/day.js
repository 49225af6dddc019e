/** What a vehicle did in a day, made of the points and trips that the server has. Pure: no network, document or clock. */

import { nameOfDay as nameOf, startOfDay } from "../time.js";
import { t } from "../words/words.js";

/**
 * @typedef {{time: number, lat: number, lng: number, speed: number, heading: number, isParked: boolean}} Point
 * @typedef {{id: number, start: number, end: number, length: number, averageSpeed: number, maxSpeed: number}} Trip
 * @typedef {"moving"|"stopped"|"parked"|"silent"} Doing
 * @typedef {{doing: Doing, start: number, end: number}} Stretch
 * @typedef {{start: number, end: number}} Span
 * @typedef {Span & {at: Point}} Stop
 */

/** Slower than this a vehicle stands, as far as a viewer is concerned. */
const SLOW_KMH = 3;
/** Nobody knows what a vehicle did in a longer silence; trips end with it as well. */
export const SILENCE_MS = 20 * 60_000;
/** Shorter stops are crossings and lights. */
const MIN_STOP_MS = 60_000;
export const DOINGS = /** @type {Doing[]} */ (["moving", "stopped", "parked", "silent"]);

/** The day of the user's calendar in which a moment lies, with `offset` days added. @param {number} moment @returns {Span} */
export function dayOf(moment, offset = 0) {
  const midnight = (/** @type {number} */ days) => startOfDay(dayAfter(nameOf(moment), days));
  return { start: midnight(offset), end: midnight(offset + 1) - 1000 };
}

/** @param {Span} day @returns {string} as a field for dates has it: "2026-03-04" */
export function nameOfDay({ start }) {
  return nameOf(start);
}

/** @param {string} name "2026-03-04" @returns {?Span} null for no day */
export function dayNamed(name) {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(name)) return null;
  const start = startOfDay(name);
  return Number.isNaN(start) ? null : dayOf(start);
}

/** @param {string} name "2026-03-04" @param {number} days @returns {string} */
function dayAfter(name, days) {
  return new Date(Date.parse(`${name}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/**
 * What was done when, from the first moment of a period to its last, without a gap.
 * @param {Point[]} points in order @param {Span} period @returns {Stretch[]}
 */
export function stretchesOf(points, { start, end }) {
  /** @type {Stretch[]} */
  const found = [];
  const add = (/** @type {Doing} */ doing, /** @type {number} */ until) => {
    const last = found.at(-1);
    const begin = last?.end ?? start;
    if (until <= begin) return;
    if (last?.doing === doing) last.end = until;
    else found.push({ doing, start: begin, end: until });
  };
  points.forEach((point, index) => {
    const before = points[index - 1];
    const gap = point.time - (before?.time ?? start);
    if (gap > SILENCE_MS) add("silent", point.time);
    else if (before) add(doingAt(before, point), point.time);
  });
  const last = points.at(-1);
  if (last && end - last.time <= SILENCE_MS) add(doingAt(last), end);
  add("silent", end);
  return found;
}

/**
 * What is done from a point to the next. The slow point with which a trip ends begins the parking.
 * @param {Point} point @param {Point} [next] @returns {Doing}
 */
function doingAt({ isParked, speed }, next) {
  if (isParked || (next?.isParked && speed < SLOW_KMH)) return "parked";
  return speed >= SLOW_KMH ? "moving" : "stopped";
}

/** @param {Stretch[]} stretches @returns {Record<Doing, number>} milliseconds of each */
export function totalsOf(stretches) {
  const totals = /** @type {Record<Doing, number>} */ (Object.fromEntries(DOINGS.map((doing) => [doing, 0])));
  for (const { doing, start, end } of stretches) totals[doing] += end - start;
  return totals;
}

/** @param {Point[]} points @param {Span} span @returns {Point[]} those within, both ends included */
export function pointsWithin(points, { start, end }) {
  return points.filter(({ time }) => time >= start && time <= end);
}

/** Where a vehicle stood for a while in a trip. @param {Point[]} points of it @returns {Stop[]} */
export function stopsOf(points) {
  /** @type {Stop[]} */
  const stops = [];
  /** @type {?Point} */
  let first = null;
  for (const point of points) {
    if (point.speed < SLOW_KMH) {
      first ??= point;
      continue;
    }
    if (first !== null && point.time - first.time >= MIN_STOP_MS) {
      stops.push({ start: first.time, end: point.time, at: first });
    }
    first = null;
  }
  return stops;
}

/** @param {number} milliseconds @returns {string} "1 h 20 min", "35 s" */
export function formatSpan(milliseconds) {
  const minutes = Math.round(milliseconds / 60_000);
  if (milliseconds < 60_000) return t("{n} s", { n: Math.round(milliseconds / 1000) });
  if (minutes < 60) return t("{n} min", { n: minutes });
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return rest ? t("{hours} h {minutes} min", { hours, minutes: rest }) : t("{n} h", { n: hours });
}
