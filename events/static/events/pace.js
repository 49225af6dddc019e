/**
 * How often states are to come: as often as the page can take them, more seldom where each byte costs, and seldom while nobody sees it. Pure.
 *
 * Nothing is lost by a longer pause: a batch has the newest state of everybody that changed.
 */

/** Milliseconds between two batches, from the best to the worst. */
const STEPS = [500, 1_000, 2_000, 5_000];
const HIDDEN = 10_000;
/** At least so many where what comes costs. */
const SAVING = 5_000;
/** A batch may keep the page at work for this share of the time between two. */
const MOST = 0.1;
const LEAST = 0.03;
/** So many batches must agree that a change is due. */
const AGREED = 3;

export class Pace {
  #step = 0;
  #isHidden = false;
  #isSaving = false;
  #wish = 0;
  #agreed = 0;

  /** @returns {number} the milliseconds that are to lie between two batches */
  get interval() {
    if (this.#isHidden) return HIDDEN;
    return this.#isSaving ? Math.max(SAVING, STEPS[this.#step]) : STEPS[this.#step];
  }

  /** @returns {string} the interval as a request has it */
  get limit() {
    return `${this.interval}ms`;
  }

  /** @param {boolean} isHidden @returns {boolean} whether the interval is another now */
  hide(isHidden) {
    const before = this.interval;
    this.#isHidden = isHidden;
    this.#agreed = 0;
    return this.interval !== before;
  }

  /** @param {boolean} isSaving whether what comes costs @returns {boolean} whether the interval is another now */
  save(isSaving) {
    const before = this.interval;
    this.#isSaving = isSaving;
    return this.interval !== before;
  }

  /** Takes in how long a batch kept the page at work. @param {number} tookMs @returns {boolean} whether the interval is another now */
  note(tookMs) {
    if (this.#isHidden) return false;
    const wish = this.#wishOf(tookMs);
    this.#agreed = wish === this.#wish ? this.#agreed + 1 : 1;
    this.#wish = wish;
    if (wish === 0 || this.#agreed < AGREED) return false;
    this.#step += wish;
    this.#agreed = 0;
    return true;
  }

  /** @param {number} tookMs @returns {number} 1: more seldom, -1: oftener, 0: as it is */
  #wishOf(tookMs) {
    if (tookMs > MOST * STEPS[this.#step] && this.#step < STEPS.length - 1) return 1;
    return tookMs < LEAST * STEPS[Math.max(0, this.#step - 1)] && this.#step > 0 ? -1 : 0;
  }
}
