/**
 * Where a vehicle is drawn between two fixes. Pure.
 *
 * It glides to the newest fix in about the time that fixes are apart, and then waits: nothing is drawn where no device
 * has been reported to be or to come from.
 */

/** Fixes further apart than this (a device that sleeps, a first fix) are jumped to. */
const MAX_GLIDE_MS = 10_000;
/** A jump of more degrees than this is no drive but a correction. */
const MAX_GLIDE_DEGREES = 0.05;

/** @typedef {{lng: number, lat: number}} Point */

export class Glide {
  /** @type {Point} */
  #from;
  /** @type {Point} */
  #to;
  #since;
  #duration = 0;
  #fixAt;

  /** @param {Point} point @param {number} now milliseconds of any steady clock */
  constructor(point, now) {
    this.#from = this.#to = point;
    this.#since = this.#fixAt = now;
  }

  get target() {
    return this.#to;
  }

  /** A new fix arrived. @param {Point} point @param {number} now */
  moveTo(point, now) {
    const interval = now - this.#fixAt;
    this.#from = this.at(now);
    this.#to = point;
    this.#fixAt = this.#since = now;
    const isDrive = interval <= MAX_GLIDE_MS && distance(this.#from, point) <= MAX_GLIDE_DEGREES;
    this.#duration = isDrive ? interval : 0;
  }

  /** @param {number} now */
  isOver(now) {
    return now >= this.#since + this.#duration;
  }

  /** @param {number} now @returns {Point} */
  at(now) {
    if (this.isOver(now)) return this.#to;
    const part = (now - this.#since) / this.#duration;
    return {
      lng: this.#from.lng + (this.#to.lng - this.#from.lng) * part,
      lat: this.#from.lat + (this.#to.lat - this.#from.lat) * part,
    };
  }
}

/** @param {Point} one @param {Point} other */
function distance(one, other) {
  return Math.max(Math.abs(one.lng - other.lng), Math.abs(one.lat - other.lat));
}
