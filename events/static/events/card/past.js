/** What sensors and counters of a vehicle showed before the page heard of it. */

import { call } from "../api.js";
import { WINDOW_MS } from "./heard.js";

const SENSOR = /^sensor (\d+)$/;

/**
 * The half hour before a reading, by the sensor's settings of today.
 * @param {{hash: ?string, trackerId: number}} asked @param {string} key of the reading @param {number} end when it was read, in milliseconds
 * @returns {Promise<import("./heard.js").Sample[]>} ApiFailure if they cannot be had
 */
export async function readPast({ hash, trackerId }, key, end) {
  const sensor = SENSOR.exec(key);
  const [path, what] = sensor ? ["tracker/sensor/data/read", { sensor_id: Number(sensor[1]) }] : ["tracker/counter/data/read", { type: key }];
  const span = { from: iso(end - WINDOW_MS), to: iso(end + 1000), iso_datetime: true };
  const { list } = await call(path, { hash, tracker_id: trackerId, ...what, ...span });
  return list.map(readSample).filter((/** @type {{value: unknown}} */ { value }) => typeof value === "number");
}

/** @param {{value: unknown, get_time?: string, update_time?: string}} wire */
function readSample({ value, get_time: readAt, update_time: countedAt }) {
  return { time: Date.parse(readAt ?? countedAt ?? ""), value };
}

/** @param {number} moment */
function iso(moment) {
  return `${new Date(moment).toISOString().slice(0, 19)}Z`;
}
