/** Watching a fleet: the trackers of a login, and the live link that keeps them up to date. */

import { ApiFailure, isSessionEnd, listTrackers, logOut } from "./api.js";
import { detailOf } from "./dom.js";
import { Link } from "./link/link.js";
import { Pace } from "./pace.js";
import { isolate } from "./texts.js";

/** New trackers and changed labels are not announced; they are looked for this often. */
const LIST_EVERY_MS = 60_000;
/** A tracker that nobody has: to be told so proves that the link is alive. */
const NO_TRACKER = 0;
/** What becomes of a vehicle, in words. @type {Record<string, string>} */
const CHANGES = { block: "was blocked", unblock: "was unblocked", corrupt: "was removed" };
/** The request for alerts; trackers that come later are in it. */
const ALERTS = { type: "history", target: { type: "all" } };

/**
 * @typedef {import("./link/frames.js").Frame} Frame
 * @typedef {import("./link/frames.js").EventFrame} EventFrame
 * @typedef {{fleet: import("./fleet.js").Fleet, clock: import("./time.js").ServerClock, session: import("./session.js").Session}} Parts
 */

/** Events: `change` when the fleet changed; (CustomEvent) `alert` with an entry, `ended` and `problem` with a text. */
export class Watch extends EventTarget {
  #fleet;
  #clock;
  #session;
  #isListed = false;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #listTimer;
  /** @type {?number} whose readings are followed */
  #readOf = null;
  #pace = new Pace();

  /** @param {Parts} parts */
  constructor({ fleet, clock, session }) {
    super();
    this.#fleet = fleet;
    this.#clock = clock;
    this.#session = session;
    const aboutAll = (/** @type {string} */ action) => this.#command(action, this.#fleet.trackerIds(), this.#readOf, [ALERTS]);
    this.link = new Link(new URL("event/subscription", document.baseURI).href, {
      subscribe: () => aboutAll("subscribe"),
      unsubscribe: () => aboutAll("unsubscribe"),
      probe: () => this.#command("unsubscribe", [NO_TRACKER]),
    });
    this.link.addEventListener("frame", (event) => this.#take(detailOf(event)));
    this.link.addEventListener("confirmed", () => this.#clock.reset());
    document.addEventListener("visibilitychange", () => this.#pace.hide(document.hidden) && this.#setPace());
  }

  /** Begins with the session's login; what was there before stays until the server says otherwise. */
  async start() {
    this.#isListed = false;
    await this.#list();
  }

  stop() {
    clearTimeout(this.#listTimer);
    this.link.stop();
  }

  /** Follows the readings of this tracker and of no other; null: of none. @param {?number} trackerId */
  readSensorsOf(trackerId) {
    if (trackerId === this.#readOf) return;
    if (this.#readOf !== null) {
      this.link.send(this.#command("unsubscribe", [], this.#readOf));
      this.#fleet.forgetReadings(this.#readOf);
    }
    this.#readOf = trackerId;
    if (trackerId !== null) this.link.send(this.#command("subscribe", [], trackerId));
  }

  /** Ends the login, here and on the server. */
  async logOut() {
    const { hash } = this.#session;
    this.stop();
    this.#session.end();
    this.#fleet.clear();
    this.#tell("change");
    if (hash !== null) await logOut(hash).catch(() => {}); // Nothing here depends on it, and the session ends by itself.
  }

  async #list() {
    const { hash } = this.#session;
    clearTimeout(this.#listTimer);
    if (hash === null) return;
    try {
      const trackers = await listTrackers(hash);
      if (hash !== this.#session.hash) return;
      this.#takeList(trackers);
    } catch (error) {
      if (hash !== this.#session.hash) return;
      if (this.#refused(error)) return;
    }
    this.#listTimer = setTimeout(() => this.#list(), this.#isListed ? LIST_EVERY_MS : 5_000);
  }

  /** @param {import("./fleet.js").WireTracker[]} trackers */
  #takeList(trackers) {
    const added = this.#fleet.setTrackers(trackers);
    if (!this.#isListed) this.link.start();
    else if (added.length > 0) this.link.send(this.#command("subscribe", added));
    this.#isListed = true;
    this.#tell("change");
  }

  /** @param {unknown} error @returns {boolean} whether it was the end of the session */
  #refused(error) {
    if (!(error instanceof ApiFailure)) throw error;
    if (isSessionEnd(error.code)) this.#end("Your session has ended. Please log in again.");
    // An unreachable server is told by the state of the link already, once there is one.
    else if (error.code !== null || !this.#isListed) {
      this.#tell("problem", `The list of vehicles cannot be read: ${error.message}`);
    }
    return isSessionEnd(error.code);
  }

  /** @param {Frame} frame */
  #take(frame) {
    if (frame.user_time) this.#clock.observe(frame.user_time);
    if (frame.type === "response") this.#takeResponse(frame);
    else if (frame.type === "event") this.#takeEvent(frame);
    else if (frame.type === "error") this.#takeError(frame);
  }

  /** @param {import("./link/frames.js").ResponseFrame} response */
  #takeResponse({ action, data }) {
    if (action !== "subscription/subscribe" || !data.state_batch) return;
    if (!data.state_batch.success) this.#tell("problem", "The server refused the subscription.");
    this.#fleet.applyAccess(data.state_batch.value ?? {});
    this.#tell("change");
  }

  /** @param {EventFrame} frame */
  #takeEvent({ event, data }) {
    if (event === "logout") return this.#end("You were logged out by the server. The map is frozen at its last state.");
    if (event === "history") return this.#tell("alert", data);
    if (event === "state_batch") this.#takeStates(data);
    else if (event === "state") this.#fleet.applyState(data);
    else if (event === "readings_batch") for (const item of data) this.#fleet.applyReadings(item);
    else if (event === "lifecycle") this.#takeLifecycle(data);
    this.#tell("change");
  }

  /** @param {{state: import("./fleet.js").WireState}[]} items */
  #takeStates(items) {
    const start = performance.now();
    for (const { state } of items) this.#fleet.applyState(state);
    // What it costs to show them is seen once they are shown.
    requestAnimationFrame(() => setTimeout(() => this.#pace.note(performance.now() - start) && this.#setPace()));
  }

  /** Has states come at the pace that is right now; to name one tracker again sets it for all. */
  #setPace() {
    const [one] = this.#fleet.trackerIds();
    if (one !== undefined) this.link.send(this.#command("subscribe", [one]));
  }

  /** @param {import("./link/frames.js").Lifecycle} data */
  #takeLifecycle(data) {
    const vehicle = this.#fleet.applyLifecycle(data);
    const what = CHANGES[data.lifecycle_event];
    if (vehicle && what) this.#tell("problem", `${isolate(vehicle.label)} ${what}.`);
  }

  /** @param {import("./link/frames.js").ErrorFrame} error */
  #takeError({ status }) {
    if (isSessionEnd(status.code)) this.#end("Your session has ended. Please log in again.");
    else this.#tell("problem", `The server reports an error: ${status.description} (${status.code})`);
  }

  /** @param {string} text */
  #end(text) {
    this.stop();
    this.#session.end();
    this.#tell("ended", text);
  }

  /**
   * @param {string} action @param {number[]} trackers @param {?number} readOf @param {object[]} more
   * @returns {?object} null when there is nothing to ask for
   */
  #command(action, trackers, readOf = null, more = []) {
    /** @type {object[]} */
    const requests = trackers.length > 0 ? [...more] : [];
    if (trackers.length > 0) requests.push(this.#statesOf(trackers));
    if (readOf !== null) requests.push({ type: "state", trackers: [readOf] });
    if (readOf !== null) requests.push({ type: "readings_batch", target: selected([readOf]) });
    return requests.length > 0 ? { action, hash: this.#session.hash, requests, iso_datetime: true } : null;
  }

  /** @param {number[]} trackers */
  #statesOf(trackers) {
    return { type: "state_batch", target: selected(trackers), format: "compact", item: "event", rate_limit: this.#pace.limit };
  }

  /** @param {string} name @param {unknown} [detail] */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** @param {number[]} trackerIds */
function selected(trackerIds) {
  return { type: "selected", tracker_ids: trackerIds };
}
