/** What the server has of a vehicle's past. */

import { call } from "../api.js";
import { download as downloadFile } from "../files.js";
import { readDate } from "../time.js";

export const FORMATS = { gpx: "GPX", kml: "KML", geojson: "GeoJSON", csv: "CSV" };

/** @typedef {{hash: string, trackerId: number, span: import("./day.js").Span}} Asked */

/** @param {Asked} asked @returns {Promise<{trips: object[], length: number, points: object[], isCut: boolean}>} */
export async function readDay(asked) {
  const [listed, points] = await Promise.all([call("track/list", parametersOf(asked)), readPoints(asked)]);
  const trips = listed.list.filter(({ type }) => type === "regular").map(readTrip);
  return { trips, length: listed.total.length, points, isCut: listed.limit_exceeded };
}

/** Every satellite point of a period. @param {Asked} asked @returns {Promise<import("./day.js").Point[]>} */
export async function readPoints(asked) {
  const wanted = { simplify: false, filter: false, include_gsm_lbs: false };
  const { list } = await call("track/read", { ...parametersOf(asked), ...wanted });
  return list.map(readPoint);
}

/** @param {Asked} asked @param {keyof FORMATS} format @param {?number} tripId null: the whole period */
export async function download(asked, format, tripId) {
  const wanted = { format, simplify: false, ...(tripId === null ? { filter: false } : { track_ids: [tripId] }) };
  await downloadFile("track/download", { ...parametersOf(asked), ...wanted });
}

function parametersOf({ hash, trackerId, span }) {
  const iso = (moment) => `${new Date(moment).toISOString().slice(0, 19)}Z`;
  return { hash, tracker_id: trackerId, from: iso(span.start), to: iso(span.end), iso_datetime: true };
}

/** @returns {import("./day.js").Trip} */
function readTrip({ id, start_date, end_date, length, avg_speed, max_speed }) {
  const [start, end] = [readDate(start_date), readDate(end_date)];
  return { id, start, end, length, averageSpeed: avg_speed, maxSpeed: max_speed };
}

/** @returns {import("./day.js").Point} */
function readPoint({ get_time, lat, lng, speed, heading, parking }) {
  return { time: readDate(get_time), lat, lng, speed, heading, isParked: parking };
}
