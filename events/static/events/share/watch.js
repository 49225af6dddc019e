/** Watching what a share link shows, over the live link. */

import { isSessionEnd } from "../api.js";
import { detailOf } from "../dom.js";
import { Link } from "../link/link.js";

/** A tracker that nobody has: to be told so proves that the link is alive. */
const NO_TRACKER = 0;

/**
 * @typedef {import("../link/frames.js").Frame} Frame
 * @typedef {{id: number, source_id: number, label: string}} SharedTracker
 * @typedef {{fleet: import("../fleet.js").Fleet, clock: import("../time.js").ServerClock}} Parts
 */

/** Events: `change` when anything changed, `ended` when the link shows nothing any more, or other things. */
export class SharedWatch extends EventTarget {
  #fleet;
  #clock;
  #token;
  #trackers;
  /** Source ids of those that are not to be seen now. @type {Set<number>} */
  #hidden = new Set();

  /** @param {Parts & {trackers: SharedTracker[], token: string}} options */
  constructor({ fleet, clock, token, trackers }) {
    super();
    this.#fleet = fleet;
    this.#clock = clock;
    this.#token = token;
    this.#trackers = trackers;
    const ids = trackers.map(({ id }) => id);
    this.link = new Link(new URL("/event/subscription", document.baseURI).href, {
      subscribe: () => this.#command("subscribe", ids),
      unsubscribe: () => this.#command("unsubscribe", ids),
      probe: () => this.#command("unsubscribe", [NO_TRACKER]),
    });
    this.link.addEventListener("frame", (event) => this.#take(detailOf(event)));
    this.link.addEventListener("confirmed", () => this.#clock.reset());
  }

  start() {
    this.#list();
    this.link.start();
  }

  #list() {
    const shown = this.#trackers.filter(({ source_id: sourceId }) => !this.#hidden.has(sourceId));
    this.#fleet.setTrackers(shown.map(toTracker));
    this.dispatchEvent(new Event("change"));
  }

  /** @param {Frame} frame */
  #take(frame) {
    if (frame.user_time) this.#clock.observe(frame.user_time);
    if (frame.type === "error" && isSessionEnd(frame.status.code)) this.#end();
    if (frame.type === "response" && frame.action === "subscription/subscribe") this.#takeAnswer(frame.data);
    if (frame.type === "event") this.#takeEvent(frame);
  }

  /** @param {import("../link/frames.js").ResponseFrame["data"]} data */
  #takeAnswer({ shared_state: answer }) {
    const statuses = answer?.value ?? {};
    const isHidden = (/** @type {SharedTracker} */ { id }) => statuses[id] !== "normal";
    this.#hidden = new Set(this.#trackers.filter(isHidden).map(({ source_id: sourceId }) => sourceId));
    this.#list();
  }

  /** @param {import("../link/frames.js").EventFrame} frame */
  #takeEvent({ event, data }) {
    if (event === "logout") this.#end();
    else if (event === "lifecycle") this.#takeLifecycle(data);
    else if (event === "shared_state") this.#fleet.applyState(data);
    this.dispatchEvent(new Event("change"));
  }

  /** @param {import("../link/frames.js").Lifecycle} event */
  #takeLifecycle({ source_id: sourceId, lifecycle_event: event }) {
    if (event === "unblock") this.#hidden.delete(sourceId);
    else this.#hidden.add(sourceId);
    this.#list();
  }

  #end() {
    this.link.stop();
    this.dispatchEvent(new Event("ended"));
  }

  /** @param {string} action @param {number[]} trackers @returns {?object} null when there is nothing to ask for */
  #command(action, trackers) {
    if (trackers.length === 0) return null;
    return { action, hash: this.#token, requests: [{ type: "shared_state", trackers }], iso_datetime: true };
  }
}

/** As `tracker/list` would have it, without what a link does not tell. @param {SharedTracker} tracker */
function toTracker({ id, label, source_id: sourceId }) {
  return { id, label, source: { id: sourceId, device_id: "", model: "", phone: "", blocked: false } };
}
