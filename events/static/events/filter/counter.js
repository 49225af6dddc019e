/** The numbers beside the choices of the filter: counted anew while somebody sees them, once a second at most, and a little at a time. */

import { STATUS_KEYS } from "../statuses.js";
import { Counting } from "./counting.js";

/** So long the page is kept at work by counting; the rest is counted after what waits meanwhile. */
const SLICE_MS = 8;

/**
 * @typedef {object} Parts
 * @property {import("../fleet.js").Fleet} fleet
 * @property {import("./filter.js").Filter} filter
 * @property {import("./areas.js").Areas} areas
 * @property {import("../summary.js").Summary} summary the bar of statuses
 * @property {import("./bar.js").FilterBar} bar all other choices
 */

export class Counter {
  #parts;
  #isStale = true;
  /** @type {?import("./counting.js").Counts} null: not counted yet */
  #counts = null;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #timer;

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
    parts.bar.addEventListener("open", () => this.#count());
  }

  /** Vehicles or choices are others since. */
  spoil() {
    this.#isStale = true;
  }

  /** Shows how many have each status, where nobody is left out for something else: then nothing has to be counted. */
  showStatuses() {
    const { fleet, filter, summary } = this.#parts;
    if (!filter.isOnBesideStatus) summary.show(fleet.counts());
  }

  /** Something else is chosen. */
  countNow() {
    this.spoil();
    this.showStatuses();
    if (this.#isSeen) this.#count();
  }

  /** Once a second, while nobody types: whoever does has the page for that alone. */
  tick() {
    if (this.#isStale && this.#isSeen && !document.hidden) this.#count();
    // What was open when it was counted may be shut by now.
    else this.#showChoices();
  }

  get #isSeen() {
    return this.#parts.bar.isOpen || this.#parts.filter.isOnBesideStatus;
  }

  /** Counts all anew, in place of a count that is under way. */
  #count() {
    const { fleet, filter, bar, areas } = this.#parts;
    clearTimeout(this.#timer);
    this.#isStale = false;
    this.#goOn(new Counting(fleet.all(), filter, bar.isOpen ? areas.finder() : () => []));
  }

  /** @param {Counting} counting */
  #goOn(counting) {
    const end = performance.now() + SLICE_MS;
    if (!counting.go(() => performance.now() < end)) {
      this.#timer = setTimeout(() => this.#goOn(counting));
      return;
    }
    this.#counts = counting.counts;
    if (this.#parts.filter.isOnBesideStatus) this.#parts.summary.show(asRecord(this.#counts.statuses));
    this.#showChoices();
  }

  #showChoices() {
    if (this.#counts !== null) this.#parts.bar.showCounts(this.#counts);
  }
}

/** @param {import("./counting.js").Numbers} statuses */
function asRecord(statuses) {
  return Object.fromEntries(STATUS_KEYS.map((key) => [key, statuses.get(key) ?? 0]));
}
