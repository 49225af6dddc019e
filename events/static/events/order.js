/**
 * In what order vehicles are listed. Pure.
 *
 * Names are compared once, when they come; afterwards numbers are. Those whose number is another one now are put in order
 * by themselves, and merged into the others, who are in order still.
 */

import { STATUS_KEYS } from "./statuses.js";
import { LOCALE } from "./words/words.js";
import { distanceBetween } from "./zones/shapes.js";

export const BY_LABEL = new Intl.Collator(LOCALE, { numeric: true, sensitivity: "base" });
/** A label with a number in it, and no digits of another script, which would be of that number. */
const NUMBERED = /^([^\p{Nd}]*)(\d{1,15})(?!\p{Nd})/u;
/** The order by distance from a place. */
export const NEAREST = "near";

/**
 * @typedef {import("./fleet.js").Vehicle} Vehicle
 * @typedef {import("./map/mercator.js").Place} Place
 *
 * A vehicle in the list; `state` and `status` are those that its key was made of.
 *
 * @typedef {{vehicle: Vehicle, rank: number, key: number, state: ?import("./fleet.js").State, status: string}} Entry
 */

/** What comes first has the smallest number. @type {Record<string, (vehicle: Vehicle, place: ?Place) => number>} */
const KEYS = {
  label: () => 0,
  status: ({ status }) => STATUS_KEYS.indexOf(status),
  updated: ({ state }) => -(state?.updatedAt ?? 0),
  speed: ({ state }) => -(state?.speed ?? -1),
  battery: ({ state }) => state?.battery ?? Infinity,
  [NEAREST]: (vehicle, place) => distanceOf(vehicle, place) ?? Infinity,
};

/** The order that is meant by a name; by label if none is. @param {?string} name */
export function orderNamed(name) {
  return name !== null && Object.hasOwn(KEYS, name) ? name : "label";
}

/** @param {Vehicle} vehicle @param {?Place} place @returns {?number} metres as the crow flies; null: nobody knows */
export function distanceOf({ state }, place) {
  const position = state?.position ?? null;
  return position === null || place === null ? null : distanceBetween(position, place);
}

export class Order {
  #name = "label";
  /** @type {?Place} from where distances are measured */
  #place = null;
  #labellings = -1;
  /** @type {Entry[]} all vehicles, in order as of late */
  #entries = [];
  /** Whether all keys are of another order. */
  #isOther = false;

  get name() {
    return this.#name;
  }

  /** @param {string} name one of `KEYS`, else by label */
  set name(name) {
    this.#isOther ||= this.#name !== orderNamed(name);
    this.#name = orderNamed(name);
  }

  /** @param {?Place} place from where distances are measured */
  set place(place) {
    this.#isOther ||= this.#place !== place;
    this.#place = place;
  }

  /** Takes in who is there, by their names. @param {import("./fleet.js").Fleet} fleet */
  take(fleet) {
    if (fleet.labellings === this.#labellings) return;
    this.#labellings = fleet.labellings;
    const vehicles = inOrder([...fleet.all()], ({ label }) => label);
    this.#entries = vehicles.map((vehicle, rank) => ({ vehicle, rank, key: 0, state: null, status: "" }));
  }

  /** All that are wanted, in order. @param {(vehicle: Vehicle) => boolean} isWanted @returns {Vehicle[]} */
  arrange(isWanted) {
    /** @type {[Entry[], Entry[]]} */
    const [still, moved] = [[], []];
    for (const entry of this.#entries) (this.#isMoved(entry) ? moved : still).push(entry);
    this.#isOther = false;
    this.#entries = merged(still, moved.sort(compare));
    return this.pick(isWanted);
  }

  /** Makes the key of an entry anew, if what it is made of is news. @param {Entry} entry @returns {boolean} whether it is another one */
  #isMoved(entry) {
    const { vehicle, key } = entry;
    if (!this.#isOther && entry.state === vehicle.state && entry.status === vehicle.status) return false;
    [entry.state, entry.status] = [vehicle.state, vehicle.status];
    entry.key = KEYS[this.#name](vehicle, this.#place);
    return entry.key !== key;
  }

  /** All that are wanted, in the order of late. @param {(vehicle: Vehicle) => boolean} isWanted @returns {Vehicle[]} */
  pick(isWanted) {
    const picked = [];
    for (const { vehicle } of this.#entries) if (isWanted(vehicle)) picked.push(vehicle);
    return picked;
  }
}

/**
 * Things in the order of their labels. Most labels of a large fleet differ by a number alone, which is compared as such:
 * the collator would say the same, in five times the time.
 *
 * @template T @param {T[]} things @param {(thing: T) => string} labelOf @returns {T[]}
 */
export function inOrder(things, labelOf) {
  const labelled = things.map((thing) => {
    const label = labelOf(thing);
    const [, head = "", digits = ""] = NUMBERED.exec(label) ?? [];
    return { thing, label, head, number: digits ? Number(digits) : NaN };
  });
  labelled.sort((one, other) => (one.head === other.head && one.number - other.number) || BY_LABEL.compare(one.label, other.label));
  return labelled.map(({ thing }) => thing);
}

/** @param {Entry} one @param {Entry} other */
function compare(one, other) {
  return one.key === other.key ? one.rank - other.rank : one.key - other.key;
}

/** @param {Entry[]} some in order @param {Entry[]} others in order @returns {Entry[]} all of them in order */
function merged(some, others) {
  if (others.length === 0) return some;
  const all = [];
  let next = 0;
  for (const entry of some) {
    while (next < others.length && compare(others[next], entry) < 0) all.push(others[next++]);
    all.push(entry);
  }
  return all.concat(others.slice(next));
}
