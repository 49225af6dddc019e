/** The last minutes of a vehicle that is followed live. Pure. */

export const TRAIL_MS = 10 * 60_000;

export class Trail {
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

  /** Forgets what is too old. @param {number} now */
  age(now) {
    const first = this.#points.findIndex(({ time }) => time >= now - TRAIL_MS);
    this.#points = first < 0 ? [] : this.#points.slice(first);
  }
}
