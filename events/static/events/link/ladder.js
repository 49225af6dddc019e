/** Over which transport the next try goes. Pure. */

/** @typedef {"websocket"|"sse"|"streaming"|"long-polling"} Transport */

/** The best first. @type {readonly Transport[]} */
export const TRANSPORTS = ["websocket", "sse", "streaming", "long-polling"];
/** What worked before is tried so often before others are: a server that is away is likelier than another network. */
const LOYAL_TRIES = 3;

/**
 * All transports are gone through without a pause, the best first; what worked last stands before them.
 */
export class Ladder {
  /** @type {?Transport} what worked last */
  #known = null;
  #failures = 0;
  /** How many transports of this round were tried; none while the known one is. */
  #tried = 0;

  /** @returns {Transport} */
  get next() {
    return this.#isLoyal ? /** @type {Transport} */ (this.#known) : TRANSPORTS[this.#tried];
  }

  get #isLoyal() {
    return this.#known !== null && this.#failures % (LOYAL_TRIES + 1) < LOYAL_TRIES;
  }

  /** @param {Transport} transport over which the server was heard */
  works(transport) {
    this.#known = transport;
    this.#failures = this.#tried = 0;
  }

  /** The last try failed. @returns {boolean} whether the next one follows without a pause */
  fails() {
    if (!this.#isLoyal && ++this.#tried < TRANSPORTS.length) return true;
    this.#tried = 0;
    this.#failures += 1;
    return false;
  }
}
