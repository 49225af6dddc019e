/** The last minutes of a vehicle that is followed live. Pure. */

/** How long a trail may be, in minutes; 0: there is none. */
export const LENGTHS = [0, 5, 15, 60];
const USUAL = 15;

/** @param {?string} kept what the browser kept @returns {number} minutes */
export function readLength(kept) {
  return LENGTHS.find((minutes) => String(minutes) === kept) ?? USUAL;
}

export class Trail {
  lengthMs = 0;
  /** @type {import("./day.js").Point[]} in order */
  #points = [];

  /** @returns {import("./day.js").Point[]} */
  get points() {
    return this.#points;
  }

  clear() {
    this.#points = [];
  }

  /** Takes in what came before, which may be told after what is live. @param {import("./day.js").Point[]} points */
  begin(points) {
    const first = this.#points[0]?.time ?? Infinity;
    this.#points = [...points.filter(({ time }) => time < first), ...this.#points];
  }

  /** Takes in a position; one that is no newer is none. @param {import("./day.js").Point} point @returns {boolean} whether it was news */
  add(point) {
    const last = this.#points.at(-1);
    if (last && point.time <= last.time) return false;
    this.#points.push(point);
    return true;
  }

  /** Forgets what is too old. @param {number} now @returns {boolean} whether something was */
  age(now) {
    const before = this.#points.length;
    const first = this.#points.findIndex(({ time }) => time >= now - this.lengthMs);
    this.#points = first < 0 ? [] : this.#points.slice(first);
    return this.#points.length < before;
  }
}
