/** Watching a fleet: the trackers of a login, and the live link that keeps them up to date. */

import { ApiFailure, isSessionEnd, listTrackersAnew, logOut } from "./api.js";
import { detailOf } from "./dom.js";
import { endingOf } from "./endings.js";
import { Cost } from "./link/cost.js";
import { Link } from "./link/link.js";
import { Lookout, addCounts } from "./link/lookout.js";
import { Pace } from "./pace.js";
import { isolate } from "./texts.js";
import { told } from "./words/told.js";
import { t } from "./words/words.js";

/** New trackers and changed labels are told; they are looked for so often all the same. */
const LIST_EVERY_MS = 600_000;
/** All pages of an account are told at once that the list is another; they do not ask at once. */
const LIST_WITHIN_MS = 2_000;
/** Somebody who moves the map moves it many times. */
const LOOK_AFTER_MS = 250;
/** A tracker that nobody has: to be told so proves that the link is alive. */
const NO_TRACKER = 0;
/** What becomes of a vehicle, in words. @type {Record<string, (label: string) => string>} */
const CHANGES = {
  block: (label) => t("{label} was blocked.", { label }),
  unblock: (label) => t("{label} was unblocked.", { label }),
  corrupt: (label) => t("{label} was removed.", { label }),
};
/** The request for alerts; trackers that come later are in it. */
const ALERTS = { type: "history", target: { type: "all" } };
/** The request to be told that the list of trackers is another. */
const LIST = { type: "tracker_list", rate_limit: "5s" };

/**
 * @typedef {import("./link/frames.js").Frame} Frame
 * @typedef {import("./link/frames.js").EventFrame} EventFrame
 * @typedef {{fleet: import("./fleet.js").Fleet, clock: import("./time.js").ServerClock, session: import("./session.js").Session, areaFrom: number}} Parts
 *   `areaFrom`: more trackers than these are not followed as a whole, but those in the window of the map
 */

/** Events: `change` when the fleet changed; `hearing` when alerts are told from now on, and some may have been missed; (CustomEvent) `alert` with an entry, `ended` and `problem` with a text. */
export class Watch extends EventTarget {
  #fleet;
  #clock;
  #session;
  #areaFrom;
  #isListed = false;
  /** Whether the link is that of this login: a large fleet's begins before the list is there. */
  #isBegun = false;
  /** @type {Frame[]} what came before the list that says whom it is of */
  #early = [];
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #listTimer;
  /** @type {?number} whose readings are followed */
  #readOf = null;
  #pace = new Pace();
  #lookout = new Lookout();
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #lookTimer;
  /** @type {?string} of the list that is shown */
  #listTag = null;
  #isCrowded = false;

  /** @param {Parts} parts */
  constructor({ fleet, clock, session, areaFrom }) {
    super();
    this.#areaFrom = areaFrom;
    this.#fleet = fleet;
    this.#clock = clock;
    this.#session = session;
    const aboutAll = (/** @type {string} */ action) => this.#command(action, this.#whole, this.#readOf, this.#lookout.isOn ? [LIST] : [ALERTS, LIST]);
    this.link = new Link(new URL("event/subscription", document.baseURI).href, {
      subscribe: () => aboutAll("subscribe"),
      unsubscribe: () => aboutAll("unsubscribe"),
      probe: () => this.#command("unsubscribe", selected([NO_TRACKER])),
    });
    this.link.addEventListener("frame", (event) => this.#hear(detailOf(event)));
    this.link.addEventListener("confirmed", () => this.#confirmed());
    const cost = new Cost();
    this.#pace.save(cost.isHigh);
    cost.addEventListener("change", () => this.#pace.save(cost.isHigh) && this.#setPace());
    document.addEventListener("visibilitychange", () => this.#pace.hide(document.hidden) && this.#setPace());
  }

  /** @returns {number} the milliseconds that are to lie between two batches of states */
  get interval() {
    return this.#pace.interval;
  }

  /** Begins with the session's login; what was there before stays until the server says otherwise. */
  async start() {
    this.#isListed = this.#isBegun = false;
    this.#early = [];
    this.#listTag = null;
    await this.#list();
  }

  /** Reads the list of trackers now, as somebody has changed it here. */
  async refresh() {
    await this.#list();
  }

  /** A part of the map is seen; of a large fleet those are followed that are there. @param {import("./link/lookout.js").Box} seen */
  look(seen) {
    if (!this.#lookout.see(seen) || !this.#lookout.isOn) return;
    clearTimeout(this.#lookTimer);
    this.#lookTimer = setTimeout(() => this.#setPace(), LOOK_AFTER_MS);
  }

  stop() {
    clearTimeout(this.#listTimer);
    clearTimeout(this.#lookTimer);
    this.link.stop();
  }

  /** Follows the readings of this tracker and of no other; null: of none. @param {?number} trackerId */
  readSensorsOf(trackerId) {
    if (trackerId === this.#readOf) return;
    if (this.#readOf !== null) {
      this.link.send(this.#command("unsubscribe", null, this.#readOf));
      this.#fleet.forgetReadings(this.#readOf);
    }
    this.#readOf = trackerId;
    if (trackerId !== null) this.link.send(this.#command("subscribe", null, trackerId));
  }

  /** Knows nothing any more of what was watched. */
  forget() {
    this.stop();
    this.#fleet.clear();
    this.#tell("change");
  }

  /** Ends the login, here and on the server. */
  async logOut() {
    const { hash } = this.#session;
    this.#session.end();
    if (hash !== null) await logOut(hash).catch(() => {}); // Nothing here depends on it, and the session ends by itself.
  }

  async #list() {
    const { hash } = this.#session;
    clearTimeout(this.#listTimer);
    if (hash === null) return;
    try {
      const answer = await listTrackersAnew(hash, this.#listTag, (count) => hash === this.#session.hash && this.#expect(count));
      if (hash !== this.#session.hash) return;
      if (answer !== null) this.#takeList(answer.list);
      this.#listTag = answer?.tag ?? this.#listTag;
    } catch (error) {
      if (hash !== this.#session.hash) return;
      if (this.#refused(error)) return;
      if (!this.#isListed) this.#putOff();
    }
    this.#listSoon(this.#isListed ? LIST_EVERY_MS : 5_000);
  }

  /** @param {number} afterMs */
  #listSoon(afterMs) {
    clearTimeout(this.#listTimer);
    this.#listTimer = setTimeout(() => this.#list(), afterMs);
  }

  /** So many trackers are about to be listed: where a part of the map is asked for, that need not wait. @param {number} count */
  #expect(count) {
    if (this.#isBegun || count <= this.#areaFrom) return;
    this.#lookout.isOn = this.#fleet.isPartial = true;
    if (this.#lookout.isOfArea) this.#begin();
  }

  #begin() {
    this.#isBegun = true;
    this.link.start();
  }

  /** The list does not come: what is heard meanwhile would pile up. */
  #putOff() {
    this.link.stop();
    this.#isBegun = false;
    this.#early = [];
  }

  /** @param {import("./fleet.js").WireTracker[]} trackers */
  #takeList(trackers) {
    const wasPartial = this.#lookout.isOn;
    this.#lookout.isOn = this.#fleet.isPartial = trackers.length > this.#areaFrom;
    if (!this.#lookout.isOn) this.#fleet.setCounts(null);
    const added = this.#fleet.setTrackers(trackers);
    if (!this.#isBegun) this.#begin();
    else if (wasPartial !== this.#lookout.isOn) this.link.send(this.#command("subscribe", this.#whole));
    else if (added.length > 0 && !wasPartial) this.link.send(this.#command("subscribe", selected(added)));
    this.#isListed = true;
    for (const frame of this.#early.splice(0)) this.#take(frame);
    this.#tell("change");
  }

  /** @param {unknown} error @returns {boolean} whether it was the end of the session */
  #refused(error) {
    if (!(error instanceof ApiFailure)) throw error;
    if (isSessionEnd(error.code)) this.#end(t("Your session has ended. Please log in again."));
    // An unreachable server is told by the state of the link already, once there is one.
    else if (error.code !== null || !this.#isListed) {
      this.#tell("problem", t("The list of vehicles cannot be read: {reason}", { reason: error.message }));
    }
    return isSessionEnd(error.code);
  }

  #confirmed() {
    this.#clock.reset();
    // Somebody without trackers asks for nothing.
    if (!this.#lookout.isOn && this.#fleet.size === 0) this.#tell("hearing");
  }

  /** @param {Frame} frame */
  #hear(frame) {
    if (frame.user_time) this.#clock.observe(frame.user_time);
    const isOfTrackers = frame.type === "response" || (frame.type === "event" && frame.event !== "logout");
    if (isOfTrackers && this.#isBegun && !this.#isListed) this.#early.push(frame);
    else this.#take(frame);
  }

  /** @param {Frame} frame */
  #take(frame) {
    if (frame.type === "response") this.#takeResponse(frame);
    else if (frame.type === "event") this.#takeEvent(frame);
    else if (frame.type === "error") this.#takeError(frame);
  }

  /** @param {import("./link/frames.js").ResponseFrame} response */
  #takeResponse({ action, data }) {
    if (action !== "subscription/subscribe") return;
    // For alerts of all the server looks at each tracker: where these are many, states come first.
    if (data.tracker_list && !data.history) this.link.send(this.#about("subscribe", [ALERTS]));
    if (data.history) this.#tell("hearing");
    if (!data.state_batch) return;
    if (!data.state_batch.success) this.#tell("problem", t("The server refused the subscription."));
    this.#fleet.applyAccess(data.state_batch.value ?? {});
    this.#tell("change");
  }

  /** @param {EventFrame} frame */
  #takeEvent(frame) {
    if (frame.event === "logout") return this.#end(endingOf(frame.cause));
    const { event, data } = frame;
    if (event === "history") return this.#tell("alert", data);
    if (event === "state_batch") this.#takeStates(data);
    else if (event === "state") this.#fleet.applyState(data);
    else if (event === "readings_batch") for (const item of data) this.#fleet.applyReadings(item);
    else if (event === "lifecycle") this.#takeLifecycle(data);
    else if (event === "area_counts") this.#takeCounts(data);
    else if (event === "tracker_list") this.#listSoon(Math.random() * LIST_WITHIN_MS);
    this.#tell("change");
  }

  /** @param {{state: import("./fleet.js").WireState}[]} items */
  #takeStates(items) {
    const start = performance.now();
    for (const { state } of items) this.#fleet.applyState(state);
    // What it costs to show them is seen once they are shown.
    requestAnimationFrame(() => setTimeout(() => this.#pace.note(performance.now() - start) && this.#setPace()));
  }

  /** @param {{inside: Record<string, number>, outside: Record<string, number>, crowded: boolean}} counts */
  #takeCounts(counts) {
    this.#fleet.setCounts(addCounts(counts));
    if (counts.crowded && !this.#isCrowded) this.#tell("problem", t("Too many vehicles to be shown here. Zoom in to see them move."));
    this.#isCrowded = counts.crowded;
  }

  /** Has states come at the pace that is right now, and from where the map is; to name one tracker again sets it for all. */
  #setPace() {
    const [one] = this.#fleet.trackerIds();
    if (this.#lookout.isOfArea) this.link.send(this.#command("subscribe", this.#whole));
    else if (one !== undefined) this.link.send(this.#command("subscribe", selected([one])));
  }

  /** @param {import("./link/frames.js").Lifecycle} data */
  #takeLifecycle(data) {
    const vehicle = this.#fleet.applyLifecycle(data);
    const tell = CHANGES[data.lifecycle_event];
    if (vehicle && tell) this.#tell("problem", tell(isolate(vehicle.label)));
  }

  /** @param {import("./link/frames.js").ErrorFrame} error */
  #takeError({ status }) {
    if (isSessionEnd(status.code)) this.#end(t("Your session has ended. Please log in again."));
    else this.#tell("problem", t("The server reports an error: {reason} ({code})", { reason: told(status.description), code: status.code }));
  }

  /** @param {string} text */
  #end(text) {
    this.stop();
    this.#session.end(text);
    this.#tell("ended", text);
  }

  /** The target that is followed; null: nobody is there. */
  get #whole() {
    const trackerIds = this.#fleet.trackerIds();
    return trackerIds.length > 0 || this.#lookout.isOfArea ? this.#lookout.target(trackerIds) : null;
  }

  /**
   * @param {string} action @param {?object} target whose states it is about; null: nobody's
   * @param {?number} readOf @param {object[]} more is asked for with states
   * @returns {?object} null when there is nothing to ask for
   */
  #command(action, target, readOf = null, more = []) {
    /** @type {object[]} */
    const requests = [];
    if (target !== null) requests.push(...more, this.#statesOf(target));
    if (readOf !== null) requests.push({ type: "state", trackers: [readOf] });
    if (readOf !== null) requests.push(...["readings_batch", "iot_monitor"].map((type) => ({ type, target: selected([readOf]) })));
    return requests.length > 0 ? this.#about(action, requests) : null;
  }

  /** @param {string} action @param {object[]} requests */
  #about(action, requests) {
    return { action, hash: this.#session.hash, requests, iso_datetime: true, logout_cause: true };
  }

  /** @param {object} target */
  #statesOf(target) {
    return { type: "state_batch", target, format: "compact", item: "event", rate_limit: this.#pace.limit };
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
