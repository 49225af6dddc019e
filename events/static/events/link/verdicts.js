/** What the server answered for each tracker when it was asked to tell of it, by the kind of events. Pure. */

/**
 * A status of the answer (api, Events); `refused`: the server took no such request at all.
 *
 * @typedef {"normal"|"blocked"|"unknown"|"disallowed"|"refused"} Verdict
 * @typedef {import("./frames.js").Frame} Frame
 */

/** Kinds that tell where a vehicle is; the others go with them. */
const STATES = ["state", "state_batch"];
const FOLLOWED = new Set(["normal", "blocked"]);

export class Verdicts {
  /** @type {Map<string, Map<number, string>>} statuses by tracker id, by kind */
  #statuses = new Map();
  /** @type {Set<string>} kinds that were refused as a whole */
  #refused = new Set();

  /** The link is gone, and with it what was asked. */
  clear() {
    this.#statuses.clear();
    this.#refused.clear();
  }

  /** @param {Frame} frame */
  take(frame) {
    if (frame.type !== "response") return;
    const isAsked = frame.action === "subscription/subscribe";
    for (const [kind, { success, value = {} }] of Object.entries(frame.data)) {
      if (isAsked) this.#note(kind, success, value);
      else for (const trackerId of Object.keys(value)) this.#statuses.get(kind)?.delete(Number(trackerId));
    }
  }

  /** @param {number} trackerId @returns {?Verdict} null: the server was not asked, or has not answered */
  of(trackerId) {
    for (const kind of STATES) {
      const status = this.#statuses.get(kind)?.get(trackerId);
      if (status !== undefined) return /** @type {Verdict} */ (status);
    }
    return STATES.some((kind) => this.#refused.has(kind)) ? "refused" : null;
  }

  /** @param {number} trackerId @returns {string[]} the kinds of events that come of it, or will once it is unblocked */
  kindsOf(trackerId) {
    return [...this.#statuses].filter(([, statuses]) => FOLLOWED.has(statuses.get(trackerId) ?? "")).map(([kind]) => kind);
  }

  /** @param {string} kind @param {boolean} success @param {Record<string, string>} value */
  #note(kind, success, value) {
    if (success) this.#refused.delete(kind);
    else this.#refused.add(kind);
    const statuses = this.#statuses.get(kind) ?? new Map();
    this.#statuses.set(kind, statuses);
    for (const [trackerId, status] of Object.entries(value)) statuses.set(Number(trackerId), status);
  }
}
