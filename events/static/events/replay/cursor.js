/** A moment of the log: who was seen how then. Going on costs what came meanwhile, going back all that is kept. Pure. */

/** @typedef {import("./log.js").Log} Log @typedef {import("./log.js").Sight} Sight */

export class Cursor {
  #log;
  /** The last row of each slot before the moment; -1: none that is in the log. */
  #rows = new Float64Array(0);
  /** The first row after the moment. */
  #next = -1;

  /** @param {Log} log */
  constructor(log) {
    this.#log = log;
  }

  /**
   * Goes to a moment, which is in the log.
   * @param {number} moment @returns {Uint8Array} 1 for each slot that may be seen otherwise than before
   */
  go(moment) {
    const end = this.#log.rowAfter(moment);
    const isOnward = this.#next >= this.#log.oldest && end >= this.#next && this.#rows.length === this.#log.size;
    const start = isOnward ? this.#next : this.#rewind();
    const marks = new Uint8Array(this.#log.size).fill(isOnward ? 0 : 1);
    this.#log.collect(start, end, this.#rows, marks);
    this.#next = end;
    return marks;
  }

  /** @param {number} slot @returns {?Sight} how it was seen at the moment; null: not yet */
  sight(slot) {
    return this.#log.read(slot, this.#rows[slot]);
  }

  #rewind() {
    this.#rows = new Float64Array(this.#log.size).fill(-1);
    return this.#log.oldest;
  }
}
