/**
 * Vehicles as the graphics card reads them, a row of numbers each. Pure.
 *
 * A vehicle glides to its newest fix in about the time that fixes are apart, and then waits: nothing is drawn where no
 * device has been reported to be or to come from. The card works out where it is meanwhile.
 */

import { toSpot } from "./mercator.js";

/** Numbers of a row: where from (2), where to (2), since when and for how long in seconds (2), icon, angle, look. */
export const ROW = 9;
const [FROM, TO, START, LONG, ICON, ANGLE, LOOK] = [0, 2, 4, 5, 6, 7, 8];
/** How faint an icon is drawn is said by whole multiples of this beside its number. */
export const FADE = 4096;
/** How a row is drawn: not at all, or below those that move. */
export const [HIDDEN, BELOW, ABOVE] = [0, 1, 2];

/** Fixes further apart than this (a device that sleeps, a first fix) are jumped to. */
const MAX_GLIDE_MS = 15_000;
/** A jump of more of the world than this, some five kilometres, is no drive but a correction. */
const MAX_GLIDE = 0.05 / 360;
/** Seconds are counted from a moment this long ago at most, so that few digits say them exactly. */
const MAX_EPOCH_MS = 3_600_000;
const FIRST_ROOM = 256;

/** @typedef {import("./mercator.js").Spot} Spot */

export class Rows {
  /** @type {Map<number, number>} tracker id to row */
  #rowOf = new Map();
  /** @type {number[]} tracker id of each row */
  ids = [];
  numbers = new Float32Array(FIRST_ROOM * ROW);
  /** @type {Float64Array} x and y of the newest fix of each row */
  spots = new Float64Array(FIRST_ROOM * 2);
  /** @type {number[]} when the newest fix of each row came, in milliseconds of a steady clock */
  #fixedAt = [];
  /** @type {?Spot} spots are counted from here: few digits say what is near exactly */
  origin = null;
  epoch = 0;

  get size() {
    return this.ids.length;
  }

  /** @param {number} trackerId */
  has(trackerId) {
    return this.#rowOf.has(trackerId);
  }

  /** @param {number} trackerId @returns {number} -1: it is not there */
  rowOf(trackerId) {
    return this.#rowOf.get(trackerId) ?? -1;
  }

  /**
   * Puts a vehicle where its newest fix is, or has it go there.
   * @param {number} trackerId
   * @param {import("./mercator.js").Place} place
   * @param {{icon: number, fade?: number, angle: number, now: number, isGliding: boolean}} options `fade`: 0 to 2,
   *   the fainter; angle in radians
   */
  put(trackerId, place, { icon, fade = 0, angle, now, isGliding }) {
    const row = this.#rowOf.get(trackerId) ?? this.#add(trackerId);
    const spot = toSpot(place);
    this.origin ??= spot;
    if (this.spots[2 * row] !== spot[0] || this.spots[2 * row + 1] !== spot[1]) this.#move(row, spot, now, isGliding);
    this.numbers[row * ROW + ICON] = icon + fade * FADE;
    this.numbers[row * ROW + ANGLE] = angle;
  }

  /** @param {number} trackerId @returns {boolean} whether it was there */
  remove(trackerId) {
    const row = this.rowOf(trackerId);
    if (row < 0) return false;
    const last = this.ids.length - 1;
    this.numbers.copyWithin(row * ROW, last * ROW, (last + 1) * ROW);
    this.spots.copyWithin(2 * row, 2 * last, 2 * last + 2);
    this.#fixedAt[row] = this.#fixedAt[last];
    this.ids[row] = this.ids[last];
    this.#rowOf.set(this.ids[row], row);
    this.#rowOf.delete(trackerId);
    this.ids.length = this.#fixedAt.length = last;
    return true;
  }

  /** @param {number} row @param {number} look HIDDEN, BELOW or ABOVE */
  show(row, look) {
    this.numbers[row * ROW + LOOK] = look;
  }

  /** @param {number} row */
  isShown(row) {
    return this.numbers[row * ROW + LOOK] !== HIDDEN;
  }

  /** Where a vehicle is drawn. @param {number} row @param {number} now @returns {Spot} */
  spotOf(row, now) {
    const at = row * ROW;
    const numbers = this.numbers;
    const origin = /** @type {Spot} */ (this.origin);
    const part = this.#partOf(at, now);
    return /** @type {Spot} */ (
      [0, 1].map((axis) => {
        const [from, to] = [numbers[at + FROM + axis], numbers[at + TO + axis]];
        return origin[axis] + from + (to - from) * part;
      })
    );
  }

  /** The way of a vehicle's glide in units of the world per second; 0 when it is over. @param {number} row @param {number} now */
  speedOf(row, now) {
    const at = row * ROW;
    const numbers = this.numbers;
    if (this.#partOf(at, now) >= 1) return 0;
    const way = Math.max(Math.abs(numbers[at + TO] - numbers[at]), Math.abs(numbers[at + TO + 1] - numbers[at + 1]));
    return way / numbers[at + LONG];
  }

  /** Counts seconds from now on, if they have become many. @param {number} now @returns {boolean} whether all rows changed */
  refresh(now) {
    if (now - this.epoch < MAX_EPOCH_MS) return false;
    const seconds = (now - this.epoch) / 1000;
    for (let at = 0; at < this.ids.length * ROW; at += ROW) this.numbers[at + START] -= seconds;
    this.epoch = now;
    return true;
  }

  /** @param {number} at @param {number} now */
  #partOf(at, now) {
    const long = this.numbers[at + LONG];
    return long > 0 ? Math.min(1, ((now - this.epoch) / 1000 - this.numbers[at + START]) / long) : 1;
  }

  /** @param {number} trackerId */
  #add(trackerId) {
    const row = this.ids.length;
    if ((row + 1) * ROW > this.numbers.length) this.#grow();
    this.numbers.fill(0, row * ROW, (row + 1) * ROW);
    this.spots.fill(NaN, 2 * row, 2 * row + 2);
    this.ids.push(trackerId);
    this.#fixedAt.push(-Infinity);
    this.#rowOf.set(trackerId, row);
    return row;
  }

  #grow() {
    const [numbers, spots] = [this.numbers, this.spots];
    this.numbers = new Float32Array(numbers.length * 2);
    this.numbers.set(numbers);
    this.spots = new Float64Array(spots.length * 2);
    this.spots.set(spots);
  }

  /** @param {number} row @param {Spot} spot @param {number} now @param {boolean} isGliding */
  #move(row, spot, now, isGliding) {
    const at = row * ROW;
    const interval = now - this.#fixedAt[row];
    const start = isGliding && interval <= MAX_GLIDE_MS ? this.spotOf(row, now) : spot;
    const isDrive = Math.max(Math.abs(start[0] - spot[0]), Math.abs(start[1] - spot[1])) <= MAX_GLIDE;
    const origin = /** @type {Spot} */ (this.origin);
    for (const axis of [0, 1]) {
      this.numbers[at + FROM + axis] = (isDrive ? start[axis] : spot[axis]) - origin[axis];
      this.numbers[at + TO + axis] = spot[axis] - origin[axis];
      this.spots[2 * row + axis] = spot[axis];
    }
    this.numbers[at + START] = (now - this.epoch) / 1000;
    this.numbers[at + LONG] = isDrive && start !== spot ? interval / 1000 : 0;
    this.#fixedAt[row] = now;
  }
}
