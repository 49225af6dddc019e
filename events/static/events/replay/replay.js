/**
 * The last minutes again: the fleet is shown as the page saw it at a moment of the past, while what comes is kept.
 */

import { freshnessOf } from "../freshness.js";
import { Cursor } from "./cursor.js";
import { Log } from "./log.js";

export const PACES = [1, 5, 15, 60];
/** So far before now a replay begins. */
const FIRST_BACK_MS = 60_000;
/** What lasts longer than this between two looks is no play but a sleep. */
const LONGEST_STEP_MS = 1_000;
/** The log goes by a clock that nobody sets: that of the server is found out anew with each link. */
const steadyNow = () => performance.timeOrigin + performance.now();

/**
 * @typedef {import("../fleet.js").Fleet} Fleet
 * @typedef {import("../fleet.js").State} State
 * @typedef {import("./log.js").Sight} Sight
 */

/** Event: `change` when another moment is shown, or now. */
export class Replay extends EventTarget {
  log = new Log();
  #cursor = new Cursor(this.log);
  /** @type {?number} what is shown, in milliseconds since 1970; null: now */
  moment = null;
  isPlaying = false;
  pace = PACES[1];
  #steppedAt = 0;
  #clock;
  #hasJumped = false;

  /** @param {Fleet} fleet @param {{now(): number}} clock the server's */
  constructor(fleet, clock) {
    super();
    this.#clock = clock;
    this.fleet = fleet;
  }

  get isOn() {
    return this.moment !== null;
  }

  /** The moment that is shown, by the server's clock; null: now. */
  get shownAt() {
    return this.moment === null ? null : this.moment + this.#shift;
  }

  /** Whether vehicles came to where they are by a jump since this was asked last, and not by driving. */
  takeJump() {
    const hasJumped = this.#hasJumped;
    this.#hasJumped = false;
    return hasJumped;
  }

  /** To be called once a second. @param {boolean} isLive */
  tick(isLive) {
    if (this.log.start !== null) this.log.tick(steadyNow(), isLive);
  }

  /** A vehicle changed; the past begins with the first that has a place. @param {import("../fleet.js").Vehicle} vehicle as it is now */
  hear(vehicle) {
    if (this.log.start === null && vehicle.state?.position) this.log.tick(steadyNow(), true);
    this.log.note(vehicle);
  }

  /** @returns {boolean} whether there is a past */
  begin() {
    const { start, end } = this.log;
    if (start === null || end <= start) return false;
    this.seek(end - FIRST_BACK_MS);
    return true;
  }

  /** Shows what is so now. */
  end() {
    if (this.moment === null) return;
    this.moment = null;
    this.isPlaying = false;
    this.fleet.showNow();
    this.#tell({ hasJumped: true });
  }

  /** Nobody is logged in any more, and what they saw is nobody's. */
  clear() {
    this.end();
    this.log.clear();
  }

  /** @param {number} moment in milliseconds since 1970; what is not kept any more is not shown */
  seek(moment) {
    this.#show(moment);
    this.#tell({ hasJumped: true });
  }

  /** @param {number} now of a steady clock */
  play(now) {
    this.isPlaying = true;
    this.#steppedAt = now;
    this.#tell();
  }

  pause() {
    this.isPlaying = false;
    this.#tell();
  }

  /** Goes on with what is played, up to now; a pause goes on with what is kept. @param {number} now of a steady clock */
  step(now) {
    if (this.moment === null) return;
    const passed = this.isPlaying ? Math.min(LONGEST_STEP_MS, now - this.#steppedAt) * this.pace : 0;
    this.#steppedAt = now;
    if (this.moment + passed >= this.log.end) return this.end();
    this.#show(this.moment + passed);
    this.#tell();
  }

  /** @param {number} moment */
  #show(moment) {
    const isFirst = this.moment === null;
    this.moment = Math.max(this.log.start ?? moment, Math.min(this.log.end, moment));
    const changed = this.#cursor.go(this.moment);
    /** @type {Map<number, import("../fleet.js").Past>} */
    const pasts = new Map();
    for (const trackerId of this.log.trackerIds) {
      const slot = this.log.slotOfTracker(trackerId);
      if (isFirst || changed[slot]) pasts.set(trackerId, this.#pastOf(trackerId, this.#cursor.sight(slot)));
    }
    this.fleet.showPast(pasts);
  }

  /** @param {number} trackerId @param {?Sight} sight @returns {import("../fleet.js").Past} */
  #pastOf(trackerId, sight) {
    if (sight === null) return { state: null, status: "new", freshness: "fresh" };
    const at = sight.at + this.#shift;
    const state = stateOf({ ...sight, at }, this.fleet.get(trackerId)?.state ?? null);
    return { state, status: sight.status, freshness: freshnessOf(state, this.shownAt ?? at) };
  }

  /** How far the server's clock is ahead of the log's. */
  get #shift() {
    return this.#clock.now() - steadyNow();
  }

  #tell({ hasJumped = false } = {}) {
    this.#hasJumped ||= hasJumped;
    this.dispatchEvent(new Event("change"));
  }
}

/** What is not kept of a state is not known. @param {Sight} sight @param {?State} other @returns {State} */
function stateOf({ place, heading, speed, at }, other) {
  const unknown = Object.fromEntries(Object.keys(other ?? {}).map((name) => [name, null]));
  return /** @type {State} */ (/** @type {unknown} */ ({ ...unknown, position: place, heading, speed, fixedAt: at, updatedAt: at, connection: "active" }));
}
