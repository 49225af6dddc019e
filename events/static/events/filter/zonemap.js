/**
 * Which zones hold a place, found through the squares of the earth that they touch. Pure.
 *
 * There may be thousands of zones and ten thousand vehicles: to look into each zone for each vehicle takes seconds.
 */

import { boxOf } from "../zones/shapes.js";
import { insideOf } from "./area.js";

/** Degrees, as a fraction that binary numbers have. */
const SIDE = 1 / 16;
const COLUMNS = 360 / SIDE;
/** A zone that touches more squares than these is looked into for every place. */
const MOST_SQUARES = 400;

/**
 * @typedef {import("../zones/shapes.js").Place} Place
 * @typedef {import("../zones/shapes.js").Zone} Zone
 * @typedef {{key: string, holds: (place: Place) => boolean}} Entry
 */

export class ZoneMap {
  /** @type {Map<number, Entry[]>} by square */
  #squares = new Map();
  /** @type {Entry[]} */
  #large = [];
  /** @type {WeakMap<Place, string[]>} most vehicles are where they were when they were asked for last */
  #known = new WeakMap();

  /** @param {Iterable<Zone>} zones */
  constructor(zones) {
    for (const zone of zones) this.#add({ key: String(zone.id), holds: insideOf(zone) }, boxOf(zone));
  }

  /** @param {Place} place @returns {string[]} the ids of the zones that hold it, as texts */
  keysAt(place) {
    const known = this.#known.get(place);
    if (known) return known;
    const near = this.#squares.get(squareOf(Math.floor(place.lng / SIDE), Math.floor(place.lat / SIDE))) ?? [];
    const keys = [...near, ...this.#large].filter(({ holds }) => holds(place)).map(({ key }) => key);
    this.#known.set(place, keys);
    return keys;
  }

  /** @param {Entry} entry @param {[[number, number], [number, number]]} box that may reach beyond 180 degrees */
  #add(entry, [from, to]) {
    const [west, south, east, north] = [...from, ...to].map((degrees) => Math.floor(degrees / SIDE));
    if ((east - west + 1) * (north - south + 1) > MOST_SQUARES) return void this.#large.push(entry);
    for (let column = west; column <= east; column += 1) {
      for (let line = south; line <= north; line += 1) this.#put(squareOf(column, line), entry);
    }
  }

  /** @param {number} square @param {Entry} entry */
  #put(square, entry) {
    const entries = this.#squares.get(square);
    if (entries) entries.push(entry);
    else this.#squares.set(square, [entry]);
  }
}

/** @param {number} column of any turn around the earth @param {number} line */
function squareOf(column, line) {
  return line * COLUMNS + (((column % COLUMNS) + COLUMNS) % COLUMNS);
}
