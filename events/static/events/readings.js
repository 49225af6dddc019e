/** What sensors and counters say, as the page shows it. Pure. */

import { isolate } from "./texts.js";
import { readDate } from "./time.js";
import { formatLongWay, formatNumber } from "./units.js";
import { t } from "./words/words.js";

/** @type {Record<string, {label: string, textOf: (value: number) => string}>} */
const COUNTERS = {
  odometer: { label: t("Odometer"), textOf: formatLongWay },
  engine_hours: { label: t("Engine hours"), textOf: (hours) => t("{n} h", { n: formatNumber(hours) }) },
};

/**
 * What one of them says: in words, and where it is a number, that, when it was read, and how such a number is told.
 *
 * @typedef {{label: string, text: string, value: ?number, at: ?number, tell: (value: number) => string}} Reading
 *
 * @typedef {{type: string, value: number, update_time?: ?string}} Counter
 * @typedef {{sensor_id: number, label: string, units?: ?string, update_time?: ?string}} Sensor
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
    ...inputs.map((input) => readSensor(input, input.value)),
    ...virtual.map((sensor) => readSensor(sensor, sensor.value)),
  ];
}

/** @param {Counter} counter @returns {[string, Reading]} */
function readCounter({ type, value, update_time: at }) {
  const { label, textOf: tell } = COUNTERS[type];
  return [type, { label, text: tell(value), value, at: readDate(at), tell }];
}

/** @param {Sensor} sensor @param {number|string|null} value @returns {[string, Reading]} */
function readSensor({ sensor_id: id, label, units, update_time: at }, value) {
  const withUnits = (/** @type {string} */ text) => `${isolate(text)} ${isolate(units ?? "")}`.trim();
  const tell = (/** @type {number} */ number) => withUnits(formatNumber(number));
  const number = typeof value === "number" ? value : null;
  const text = number === null ? withUnits(String(value ?? t("Unknown"))) : tell(number);
  return [`sensor ${id}`, { label: isolate(label), text, value: number, at: readDate(at), tell }];
}
