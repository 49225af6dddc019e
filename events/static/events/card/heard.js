/** What the page heard of a vehicle in numbers, for as long as charts reach back. Pure. */

import { formatNumber, formatSpeed } from "../units.js";
import { t } from "../words/words.js";
import { numberIn } from "./queue.js";

export const WINDOW_MS = 30 * 60_000;
/** Of one series; the oldest leave. */
export const MOST_SAMPLES = 2_000;
const MOST_SERIES = 12;

const percent = (/** @type {number} */ n) => t("{n} %", { n: formatNumber(n, 0) });

/**
 * @typedef {{time: number, value: number}} Sample
 *
 * What a series is of; what is in `scale` is on its chart whatever is heard, so that a percent more is no cliff.
 *
 * @typedef {{label: string, tell: (value: number) => string, scale?: number[]}} Kind
 * @typedef {Kind & {key: string, samples: Sample[]}} Series samples in order of time
 */

/** What is of every vehicle, by the name that reports give it. @type {Record<string, Kind>} */
const OWN = {
  speed: { label: t("Speed"), tell: formatSpeed, scale: [0, 10] },
  battery_level: { label: t("Battery"), tell: percent, scale: [0, 100] },
  gsm_level: { label: t("Mobile network"), tell: percent, scale: [0, 100] },
};

export class Heard {
  /** @type {Map<string, Series>} by what it is of */
  #series = new Map();

  clear() {
    this.#series.clear();
  }

  /** @returns {Series[]} those in which there is something to see, each within its last half hour; `now` in milliseconds @param {number} now */
  recent(now) {
    return [...this.#series.values()].map((series) => ({ ...series, samples: recentOf(series.samples, now) })).filter(({ samples }) => samples.length > 1);
  }

  /** @param {import("../fleet.js").Vehicle} vehicle as it is now */
  takeVehicle({ state, readings }) {
    this.#takeOwn("speed", state?.fixedAt, state?.speed);
    this.#takeOwn("battery_level", state?.batteryAt, state?.battery);
    this.#takeOwn("gsm_level", state?.gsm?.at, state?.gsm?.level);
    for (const [key, reading] of readings) this.#take(key, reading, [{ time: reading.at, value: reading.value }]);
  }

  /** @param {import("./queue.js").Report[]} reports */
  takeReports(reports) {
    for (const report of reports) for (const name of Object.keys(OWN)) this.#takeOwn(name, report.time, numberIn(report, name));
  }

  /** What was read of the past of a sensor or counter. @param {string} key @param {import("../readings.js").Reading} reading @param {Sample[]} samples */
  takePast(key, reading, samples) {
    this.#take(key, reading, samples);
  }

  /** @param {string} name @param {?number} [time] @param {?number} [value] */
  #takeOwn(name, time = null, value = null) {
    this.#take(name, OWN[name], [{ time, value }]);
  }

  /** @param {string} key @param {Kind} kind @param {{time: ?number, value: ?number}[]} told */
  #take(key, { label, tell, scale }, told) {
    const known = told.filter(({ time, value }) => time !== null && value !== null);
    if (known.length === 0 || (!this.#series.has(key) && this.#series.size >= MOST_SERIES)) return;
    const { samples } = this.#series.get(key) ?? { samples: [] };
    this.#series.set(key, { key, label, tell, scale, samples });
    for (const sample of known) put(samples, /** @type {Sample} */ (sample));
  }
}

/** Puts a sample in its place; what was told of a moment already stays. @param {Sample[]} samples @param {Sample} sample */
function put(samples, sample) {
  const before = samples.findLastIndex(({ time }) => time <= sample.time);
  if (samples[before]?.time === sample.time) return;
  samples.splice(before + 1, 0, { time: sample.time, value: sample.value });
  if (samples.length > MOST_SAMPLES) samples.shift();
}

/** Of who is silent for longer than that, the last half hour that is known. @param {Sample[]} samples @param {number} now */
function recentOf(samples, now) {
  const last = samples[samples.length - 1]?.time ?? now;
  const end = last < now - WINDOW_MS ? last : now;
  return samples.filter(({ time }) => time >= end - WINDOW_MS);
}
