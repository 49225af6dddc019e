/** What the server has of a vehicle's past. */

import { call } from "../api.js";
import { download as downloadFile } from "../files.js";

export const FORMATS = { gpx: "GPX", kml: "KML", geojson: "GeoJSON", csv: "CSV" };

/**
 * @typedef {{hash: ?string, trackerId: ?number, span: import("./day.js").Span}} Asked
 * @typedef {{trips: Trip[], length: number, points: Point[], isCut: boolean}} Day
 * @typedef {import("./day.js").Point} Point
 * @typedef {import("./day.js").Trip} Trip
 *
 * @typedef {{lat: number, lng: number, speed: number, heading: number, parking: boolean, get_time: string}} WirePoint
 *
 * @typedef {object} WireTrip
 * @property {string} type
 * @property {number} id
 * @property {string} start_date
 * @property {string} end_date
 * @property {number} length
 * @property {number} avg_speed
 * @property {number} max_speed
 */

/** @param {Asked} asked @returns {Promise<Day>} */
export async function readDay(asked) {
  /** @type {Promise<{list: WireTrip[], total: {length: number}, limit_exceeded: boolean}>} */
  const listing = call("track/list", parametersOf(asked));
  const [listed, points] = await Promise.all([listing, readPoints(asked)]);
  const trips = listed.list.filter(({ type }) => type === "regular").map(readTrip);
  return { trips, length: listed.total.length, points, isCut: listed.limit_exceeded };
}

/** Every satellite point of a period. @param {Asked} asked @returns {Promise<Point[]>} */
export async function readPoints(asked) {
  const wanted = { simplify: false, filter: false, include_gsm_lbs: false };
  const { list } = await call("track/read", { ...parametersOf(asked), ...wanted });
  return list.map(readPoint);
}

/** @param {Asked} asked @param {keyof typeof FORMATS} format @param {?number} tripId null: the whole period */
export async function download(asked, format, tripId) {
  const wanted = { format, simplify: false, ...(tripId === null ? { filter: false } : { track_ids: [tripId] }) };
  await downloadFile("track/download", { ...parametersOf(asked), ...wanted });
}

/** @param {Asked} asked */
function parametersOf({ hash, trackerId, span }) {
  const iso = (/** @type {number} */ moment) => `${new Date(moment).toISOString().slice(0, 19)}Z`;
  return { hash, tracker_id: trackerId, from: iso(span.start), to: iso(span.end), iso_datetime: true };
}

/** @param {WireTrip} trip @returns {Trip} */
function readTrip({ id, start_date, end_date, length, avg_speed, max_speed }) {
  const [start, end] = [Date.parse(start_date), Date.parse(end_date)];
  return { id, start, end, length, averageSpeed: avg_speed, maxSpeed: max_speed };
}

/** @param {WirePoint} point @returns {Point} */
function readPoint({ get_time, lat, lng, speed, heading, parking }) {
  return { time: Date.parse(get_time), lat, lng, speed, heading, isParked: parking };
}
