/** What sensors and counters say, as the page shows it. Pure. */

import { isolate } from "./texts.js";

const COUNTERS = {
  odometer: { label: "Odometer", units: "km" },
  engine_hours: { label: "Engine hours", units: "h" },
};
const NUMBER = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });

/** @typedef {{label: string, text: string}} Reading */

/**
 * The readings in an item of a `readings_batch`; lists without news may be missing.
 *
 * @returns {Array<[string, Reading]>} with a key for each that stays the same
 */
export function listReadings({ counters = [], inputs = [], virtual_sensors: virtual = [] }) {
  return [
    ...counters.filter(({ type }) => type in COUNTERS).map(readCounter),
    ...inputs.map((input) => [`sensor ${input.sensor_id}`, readSensor(input, NUMBER.format(input.value))]),
    ...virtual.map((sensor) => [`sensor ${sensor.sensor_id}`, readSensor(sensor, sensor.value)]),
  ];
}

function readCounter({ type, value }) {
  const { label, units } = COUNTERS[type];
  return [type, { label, text: `${NUMBER.format(value)} ${units}` }];
}

function readSensor({ label, units = "" }, value) {
  return { label: isolate(label), text: `${isolate(value ?? "Unknown")} ${isolate(units ?? "")}`.trim() };
}
