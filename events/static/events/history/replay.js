/** A drive of the past gone through again, slower or faster. Pure: the clock is handed in. */

import { SILENCE_MS } from "./day.js";

/** How many times as fast as it was. */
export const PACES = [1, 3, 10, 30, 100, 300];

export class Replay {
  #points;
  #time;
  /** When it was last moved on, by the clock of frames; null: it stands. @type {?number} */
  #shownAt = null;
  pace = 30;

  /** @param {import("./day.js").Point[]} points in order, one at least */
  constructor(points) {
    this.#points = points;
    this.#time = this.start;
  }

  get start() {
    return this.#points[0].time;
  }

  get end() {
    return this.#points[this.#points.length - 1].time;
  }

  get time() {
    return this.#time;
  }

  get isPlaying() {
    return this.#shownAt !== null;
  }

  /** Goes on from where it stands, or from the begin when it is over. @param {number} now milliseconds */
  play(now) {
    if (this.#time >= this.end) this.#time = this.start;
    this.#shownAt = now;
  }

  pause() {
    this.#shownAt = null;
  }

  /** @param {number} time a moment of the drive */
  seek(time) {
    this.#time = Math.min(this.end, Math.max(this.start, time));
  }

  /** Moves on to `now`; stands at the end. @param {number} now */
  tick(now) {
    if (this.#shownAt === null) return;
    this.seek(this.#time + (now - this.#shownAt) * this.pace);
    this.#shownAt = this.#time >= this.end ? null : now;
  }

  /** Where the vehicle is. @returns {import("./day.js").Point} */
  get place() {
    return placeAt(this.#points, this.#time);
  }
}

/**
 * Where a vehicle was at a moment: between two points on the way, in a silence where it was heard last.
 * @param {import("./day.js").Point[]} points @param {number} time @returns {import("./day.js").Point}
 */
export function placeAt(points, time) {
  const after = firstAfter(points, time);
  const before = points[Math.max(0, after - 1)];
  const next = points[after];
  if (next === undefined || time <= before.time || next.time - before.time > SILENCE_MS) return { ...before, time };
  const share = (time - before.time) / (next.time - before.time);
  const between = (/** @type {"lat"|"lng"|"speed"} */ name) => before[name] + (next[name] - before[name]) * share;
  return { ...before, time, lat: between("lat"), lng: between("lng"), speed: between("speed") };
}

/** @param {import("./day.js").Point[]} points @param {number} time @returns {number} index of the first point after a moment; as many as there are for none */
function firstAfter(points, time) {
  let [low, high] = [0, points.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (points[middle].time <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}
