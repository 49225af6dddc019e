/** What is said of statuses to those who do not see them change: now and then, by name while they are few. Pure. */

import { STATUSES, STATUS_KEYS } from "../statuses.js";
import { isolate } from "../texts.js";
import { t } from "../words/words.js";

/** Nobody listens to more. */
const PAUSE_MS = 20_000;
const FEW = 3;
/** Whoever was like that was not known yet. */
const UNKNOWN = new Set(["new", "elsewhere"]);

/** @typedef {import("../fleet.js").Vehicle} Vehicle */

export class StatusNews {
  /** @type {Map<number, string>} statuses that were said or known from the beginning, by tracker id */
  #known = new Map();
  /** @type {Map<number, Vehicle>} who is another way now */
  #changed = new Map();
  #saidAt = -Infinity;

  forget() {
    this.#known.clear();
    this.#changed.clear();
  }

  /** Takes in how a vehicle is. @param {number} trackerId @param {?Vehicle} vehicle null: it has left, or is not wanted */
  note(trackerId, vehicle) {
    const before = this.#known.get(trackerId);
    this.#changed.delete(trackerId);
    if (vehicle === null) this.#known.delete(trackerId);
    else if (before === undefined) this.#learn(vehicle);
    else if (before !== vehicle.status) this.#changed.set(trackerId, vehicle);
  }

  /** @param {number} now of a steady clock, in milliseconds @returns {string} what is to be said; empty: nothing yet */
  say(now) {
    if (this.#changed.size === 0 || now - this.#saidAt < PAUSE_MS) return "";
    const vehicles = [...this.#changed.values()];
    for (const vehicle of vehicles) this.#learn(vehicle);
    this.#changed.clear();
    this.#saidAt = now;
    return vehicles.length > FEW ? sumOf(vehicles) : vehicles.map(({ label, status }) => `${isolate(label)}: ${STATUSES[status].label}`).join(", ");
  }

  /** @param {Vehicle} vehicle */
  #learn({ trackerId, status }) {
    if (!UNKNOWN.has(status)) this.#known.set(trackerId, status);
  }
}

/** @param {Vehicle[]} vehicles */
function sumOf(vehicles) {
  const counts = STATUS_KEYS.map((key) => ({ label: STATUSES[key].label, count: vehicles.filter(({ status }) => status === key).length }));
  const told = counts.filter(({ count }) => count > 0).map(({ label, count }) => `${label} ${count}`);
  return t("Changes of {n} vehicles: {statuses}", { n: vehicles.length, statuses: told.join(", ") });
}
