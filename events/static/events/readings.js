/** What sensors and counters say, as the page shows it. Pure. */

import { isolate } from "./texts.js";

/** @type {Record<string, {label: string, units: string}>} */
const COUNTERS = {
  odometer: { label: "Odometer", units: "km" },
  engine_hours: { label: "Engine hours", units: "h" },
};
const NUMBER = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });

/**
 * @typedef {{label: string, text: string}} Reading
 *
 * @typedef {{type: string, value: number}} Counter
 * @typedef {{sensor_id: number, label: string, units?: ?string}} Sensor
 *
 * An item of a `readings_batch`; lists without news may be missing.
 *
 * @typedef {object} ReadingsItem
 * @property {number} tracker_id
 * @property {Counter[]} [counters]
 * @property {Array<Sensor & {value: number}>} [inputs]
 * @property {Array<Sensor & {value: ?string}>} [virtual_sensors]
 */

/**
 * @param {ReadingsItem} item
 * @returns {Array<[string, Reading]>} with a key for each that stays the same
 */
export function listReadings({ counters = [], inputs = [], virtual_sensors: virtual = [] }) {
  return [
    ...counters.filter(({ type }) => type in COUNTERS).map(readCounter),
    ...inputs.map((input) => readSensor(input, NUMBER.format(input.value))),
    ...virtual.map((sensor) => readSensor(sensor, sensor.value)),
  ];
}

/** @param {Counter} counter @returns {[string, Reading]} */
function readCounter({ type, value }) {
  const { label, units } = COUNTERS[type];
  return [type, { label, text: `${NUMBER.format(value)} ${units}` }];
}

/** @param {Sensor} sensor @param {?string} value @returns {[string, Reading]} */
function readSensor({ sensor_id: id, label, units = "" }, value) {
  return [`sensor ${id}`, { label: isolate(label), text: `${isolate(value ?? "Unknown")} ${isolate(units ?? "")}`.trim() }];
}
