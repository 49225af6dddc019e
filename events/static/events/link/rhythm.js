/** How often a link is usually heard, and so how long it may be quiet. Pure. */

/** A busy fleet is not quiet for so long. */
const BUSY_PATIENCE_MS = 5_000;
const PATIENCE_MS = 15_000;
/** So many usual pauses make a silence. */
const PAUSES = 4;
/** How much the newest pause counts. */
const WEIGHT = 1 / 4;
/** What comes within it is heard at once: all states of a fleet are, after the login. */
const AT_ONCE_MS = 100;

export class Rhythm {
  #usualMs = PATIENCE_MS;
  /** @type {?number} */
  #heardAt = null;

  /** @param {number} now milliseconds of a steady clock */
  heard(now) {
    const pause = now - (this.#heardAt ?? now);
    if (this.#heardAt !== null && pause < AT_ONCE_MS) return;
    if (this.#heardAt !== null) this.#usualMs += (pause - this.#usualMs) * WEIGHT;
    this.#heardAt = now;
  }

  /** What was usual no longer counts: another fleet, or another server. */
  forget() {
    this.#usualMs = PATIENCE_MS;
    this.#heardAt = null;
  }

  /** How long it may be quiet before that means something. */
  get patienceMs() {
    return this.#usualMs * PAUSES <= BUSY_PATIENCE_MS ? BUSY_PATIENCE_MS : PATIENCE_MS;
  }
}
