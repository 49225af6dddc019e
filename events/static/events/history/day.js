/** What a vehicle did in a day, made of the points and trips that the server has. Pure: no network, document or clock. */

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

/** The day of this browser's calendar in which a moment lies, with `offset` days added. @param {number} moment @returns {Span} */
export function dayOf(moment, offset = 0) {
  const date = new Date(moment);
  const midnight = (/** @type {number} */ days) => new Date(date.getFullYear(), date.getMonth(), date.getDate() + days).getTime();
  return { start: midnight(offset), end: midnight(offset + 1) - 1000 };
}

/** @param {Span} day @returns {string} as a field for dates has it: "2026-03-04" */
export function nameOfDay({ start }) {
  const date = new Date(start);
  const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** @param {string} name "2026-03-04" @returns {?Span} null for no day */
export function dayNamed(name) {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(name);
  return parts ? dayOf(new Date(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3])).getTime()) : null;
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
  if (milliseconds < 60_000) return `${Math.round(milliseconds / 1000)} s`;
  if (minutes < 60) return `${minutes} min`;
  return minutes % 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${minutes / 60} h`;
}

/** @param {number} kilometres @returns {string} "0.4 km", "128 km" */
export function formatLength(kilometres) {
  return `${kilometres.toFixed(kilometres < 100 ? 1 : 0)} km`;
}
