/**
 * In what order vehicles are listed. Pure.
 *
 * Names are compared once, when they come; afterwards numbers are. What was in order a moment ago nearly is so still,
 * and is put in order in one pass.
 */

import { STATUS_KEYS } from "./statuses.js";

const BY_LABEL = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/** @typedef {import("./fleet.js").Vehicle} Vehicle */

/** What comes first has the smallest number. @type {Record<string, (vehicle: Vehicle) => number>} */
const KEYS = {
  label: () => 0,
  status: ({ status }) => STATUS_KEYS.indexOf(status),
  updated: ({ state }) => -(state?.updatedAt ?? 0),
  speed: ({ state }) => -(state?.speed ?? -1),
};

export class Order {
  #name = "label";
  #labellings = -1;
  /** @type {{vehicle: Vehicle, rank: number, key: number}[]} all vehicles, in order as of late */
  #entries = [];

  /** @param {string} name one of `KEYS`, else by label */
  set name(name) {
    this.#name = name in KEYS ? name : "label";
  }

  /** Takes in who is there, by their names. @param {import("./fleet.js").Fleet} fleet */
  take(fleet) {
    if (fleet.labellings === this.#labellings) return;
    this.#labellings = fleet.labellings;
    this.#entries = [...fleet.all()].map((vehicle) => ({ vehicle, rank: 0, key: 0 }));
    this.#entries.sort((one, other) => BY_LABEL.compare(one.vehicle.label, other.vehicle.label));
    this.#entries.forEach((entry, rank) => (entry.rank = rank));
  }

  /** All that are wanted, in order. @param {(vehicle: Vehicle) => boolean} isWanted @returns {Vehicle[]} */
  arrange(isWanted) {
    const key = KEYS[this.#name];
    for (const entry of this.#entries) entry.key = key(entry.vehicle);
    this.#entries.sort((one, other) => one.key - other.key || one.rank - other.rank);
    return this.pick(isWanted);
  }

  /** All that are wanted, in the order of late. @param {(vehicle: Vehicle) => boolean} isWanted @returns {Vehicle[]} */
  pick(isWanted) {
    const picked = [];
    for (const { vehicle } of this.#entries) if (isWanted(vehicle)) picked.push(vehicle);
    return picked;
  }
}
