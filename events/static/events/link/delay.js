/**
 * How long messages are on their way, which is how it shows that some wait between server and page. Pure.
 *
 * The server writes its time into what it says, cut to seconds. What was the quickest so far took next to nothing, and
 * all else is measured against it, by a clock that nobody sets.
 */

/** So much older than what was said before a message is only by a clock that was set back. */
const SET_BACK_MS = 2_000;

export class Delay {
  #quickest = Infinity;
  /** @type {?number} */
  #newest = null;
  /** By the server's clock. */
  #lastSaid = -Infinity;

  /** The link is another. */
  clear() {
    this.#quickest = Infinity;
    this.#newest = null;
    this.#lastSaid = -Infinity;
  }

  /** @param {string|undefined} serverTime of a message @param {number} now by a steady clock, in milliseconds */
  take(serverTime, now) {
    const said = Date.parse(serverTime ?? "");
    if (Number.isNaN(said)) return;
    // What was measured before is no measure any more.
    if (said < this.#lastSaid - SET_BACK_MS) this.clear();
    this.#lastSaid = said;
    const took = now - said;
    this.#newest = took;
    this.#quickest = Math.min(this.#quickest, took);
  }

  /** @returns {?number} milliseconds of the newest message, to a second; null: nothing was heard */
  get ms() {
    return this.#newest === null ? null : this.#newest - this.#quickest;
  }
}
