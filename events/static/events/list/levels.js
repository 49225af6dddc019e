/** Batteries and GSM signals of the fleet, which compact states lack; they are read while somebody wants to see them. */

import { ApiFailure, call } from "../api.js";

/** So many are read by a call, and so many calls are made at most. */
const PAGE = 500;
const MOST_PAGES = 20;
/** They change slowly. */
const READ_EVERY_MS = 120_000;

/** @typedef {import("../fleet.js").WireState} WireState */

export class Levels {
  #fleet;
  #session;
  #isWanted = false;
  #dueAt = 0;
  /** @type {?string} the session that they were read in */
  #readIn = null;

  /** @param {{fleet: import("../fleet.js").Fleet, session: import("../session.js").Session}} parts */
  constructor({ fleet, session }) {
    this.#fleet = fleet;
    this.#session = session;
  }

  /** @param {boolean} isWanted */
  want(isWanted) {
    this.#isWanted = isWanted;
  }

  /** Once a second. */
  tick(now = performance.now()) {
    const { hash } = this.#session;
    const isDue = now >= this.#dueAt || hash !== this.#readIn;
    if (!this.#isWanted || !isDue || hash === null || document.hidden || this.#fleet.size === 0) return;
    [this.#dueAt, this.#readIn] = [now + READ_EVERY_MS, hash];
    this.#read(hash).catch((error) => {
      // That the server is away, or the session over, is told by others; what is missing is read the next time.
      if (!(error instanceof ApiFailure)) throw error;
    });
  }

  /** @param {string} hash */
  async #read(hash) {
    const ids = this.#fleet.trackerIds();
    for (let page = 0; page < MOST_PAGES && page * PAGE < ids.length && hash === this.#session.hash; page += 1) {
      const trackers = ids.slice(page * PAGE, (page + 1) * PAGE);
      const parameters = { hash, trackers, list_blocked: true, allow_not_exist: true, iso_datetime: true };
      /** @type {{states: Record<string, WireState>}} */
      const { states } = await call("tracker/get_states", parameters);
      for (const state of Object.values(states)) this.#fleet.applyLevels(state);
    }
  }
}
