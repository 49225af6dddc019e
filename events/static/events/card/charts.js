/** Small charts of the last half hour on the card. */

import { ApiFailure } from "../api.js";
import { find } from "../dom.js";
import { recall, remember } from "../memory.js";
import { Chart } from "./chart.js";
import { Heard } from "./heard.js";
import { readPast } from "./past.js";

const CLOSED_KEY = "fleetsphere.charts";

/** @typedef {import("../fleet.js").Vehicle} Vehicle */

export class Charts {
  #box;
  #session;
  #heard = new Heard();
  /** @type {Map<string, Chart>} by what each is of */
  #charts = new Map();
  /** @type {Set<string>} of what the past was asked for */
  #asked = new Set();
  /** Whoever asked for another vehicle is told nothing. */
  #asking = 0;

  /** @param {HTMLDetailsElement} box @param {{session: import("../session.js").Session}} parts */
  constructor(box, { session }) {
    this.#box = box;
    this.#session = session;
    box.open = recall(CLOSED_KEY) === null;
    box.addEventListener("toggle", () => remember(CLOSED_KEY, box.open ? null : "closed"));
  }

  /** Another vehicle is shown. */
  forget() {
    this.#heard.clear();
    this.#asked.clear();
    this.#asking += 1;
  }

  /** @param {import("./queue.js").Report[]} reports */
  takeReports(reports) {
    this.#heard.takeReports(reports);
  }

  /** @param {Vehicle} vehicle @param {number} now */
  show(vehicle, now) {
    this.#heard.takeVehicle(vehicle);
    this.#box.hidden = !vehicle.state?.updatedAt;
    if (!this.#box.open || this.#box.hidden) return;
    this.#readPast(vehicle);
    const recent = this.#heard.recent(now);
    find(this.#box, "p").hidden = recent.length > 0;
    const gone = [...this.#charts.keys()].filter((key) => recent.every((series) => series.key !== key));
    for (const key of gone) this.#drop(key);
    for (const series of recent) this.#chartOf(series.key).show(series);
  }

  /** @param {string} key */
  #chartOf(key) {
    const known = this.#charts.get(key);
    if (known) return known;
    const chart = new Chart();
    this.#charts.set(key, chart);
    this.#box.append(chart.element);
    return chart;
  }

  /** @param {string} key */
  #drop(key) {
    this.#charts.get(key)?.element.remove();
    this.#charts.delete(key);
  }

  /** One after the other, as nobody waits for them. @param {Vehicle} vehicle */
  async #readPast({ trackerId, readings }) {
    const asking = this.#asking;
    const wanted = [...readings].filter(([key, { value, at }]) => value !== null && at !== null && !this.#asked.has(key));
    for (const [key] of wanted) this.#asked.add(key);
    for (const [key, reading] of wanted) {
      const samples = await this.#try(() => readPast({ hash: this.#session.hash, trackerId }, key, /** @type {number} */ (reading.at)));
      if (asking !== this.#asking) return;
      this.#heard.takePast(key, reading, samples);
    }
  }

  /** A chart without a past begins now. @template T @param {() => Promise<T[]>} ask @returns {Promise<T[]>} */
  async #try(ask) {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof ApiFailure) return [];
      throw error;
    }
  }
}
