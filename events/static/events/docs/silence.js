/**
 * Why a tracker is silent: what is known of each one that was asked for.
 *
 * A report's age is the difference of two dates that the server wrote in one message, so neither the zone of the user
 * nor this computer's clock matters. From then on it is counted.
 */

import { isolate } from "../texts.js";
import { formatDuration } from "../time.js";
import { addRefusal } from "./refusals.js";

/** @typedef {"unknown"|"disallowed"|"blocked"|"ended"|"no_report"|"reported"} Kind */
/** @typedef {{id: number, label: string, kind: Kind, connection: string, text: string}} Explanation */

/**
 * @typedef {import("./elements.js").Json} Json
 * @typedef {{status: string, age: ?number, connection: string, receivedAt: ?number}} Tracked
 */

/** Who is silent for good comes before who may only have nothing to say. @type {Kind[]} */
const ORDER = ["ended", "unknown", "disallowed", "blocked", "no_report", "reported"];

const BY_LABEL = new Intl.Collator(undefined, { numeric: true });

/** @type {Record<string, string>} */
const CONNECTIONS = {
  active: "The next event comes with the next report that changes something.",
  idle: "It reports, but without a current position.",
  offline: "Nothing came for its offline timeout: it is switched off, out of coverage, or sends elsewhere.",
  signal_lost: "Nothing came for a long time.",
};

/** What an event of the lifecycle makes of a status. @type {Record<string, string>} */
const STATUSES = { block: "blocked", unblock: "normal", corrupt: "unknown" };

export class Silence {
  /** @type {Map<number, Tracked>} by tracker id */
  #asked = new Map();
  /** @type {Map<number, number>} tracker id by source id */
  #bySource = new Map();
  /** @type {Map<number, import("../fleet.js").WireTracker>} */
  #trackers = new Map();
  /** @type {Map<number, import("./refusals.js").Refused>} the last one, by tracker id */
  #refusals = new Map();
  /** @type {Map<number, {names: string[]}[]>} by tracker id */
  #leftOut = new Map();

  /** @param {Json} answer of `tracker/refusals/list`, the newest first */
  setRefusals({ list, left_out: leftOut }) {
    this.#refusals = new Map([...list].reverse().map((refusal) => [refusal.tracker_id, refusal]));
    this.#leftOut = new Map();
    for (const one of leftOut) this.#leftOut.set(one.tracker_id, [...(this.#leftOut.get(one.tracker_id) ?? []), one]);
  }

  /** @param {import("../fleet.js").WireTracker[]} trackers as `tracker/list` gives them */
  setTrackers(trackers) {
    this.#trackers = new Map(trackers.map((tracker) => [tracker.id, tracker]));
    for (const tracker of trackers) this.#bySource.set(tracker.source.id, tracker.id);
  }

  /** @param {Record<string, string>} statuses of the response to a subscription */
  setStatuses(statuses) {
    for (const [id, status] of Object.entries(statuses)) {
      const known = this.#asked.get(Number(id)) ?? { age: null, connection: "", receivedAt: null };
      this.#asked.set(Number(id), { ...known, status });
    }
  }

  /** @param {number[]} ids */
  forget(ids) {
    for (const id of ids) this.#asked.delete(id);
  }

  clear() {
    this.#asked.clear();
  }

  /** The ids of those that were asked for. */
  ids() {
    return [...this.#asked.keys()];
  }

  /** Those of them that the login may see. */
  known() {
    return this.ids().filter((id) => this.#trackers.has(id));
  }

  /** The label of a tracker, or of the tracker of a source. @param {number} id @param {boolean} isSource @returns {string} */
  nameOf(id, isSource = false) {
    if (!isSource) return this.#trackers.has(id) ? `${isolate(this.#trackers.get(id)?.label ?? "")} (${id})` : `tracker ${id}`;
    const trackerId = this.#bySource.get(id);
    return trackerId === undefined ? `source ${id}` : this.nameOf(trackerId);
  }

  /**
   * @param {number} trackerId @param {Json} state of it
   * @param {string} userTime the server's "now", written like the state's dates
   * @param {number} now
   */
  setState(trackerId, state, userTime, now) {
    this.#bySource.set(state.source_id, trackerId);
    const tracked = this.#asked.get(trackerId);
    if (!tracked) return;
    tracked.connection = state.connection_status;
    tracked.age = state.last_update ? readWritten(userTime) - readWritten(state.last_update) : null;
    tracked.receivedAt = now;
  }

  /** @param {Json} frame a document from the server @param {number} now */
  hear(frame, now) {
    if (frame.type !== "event") return;
    const { event, data, user_time: userTime } = frame;
    if (event === "state") this.#hearState(data, userTime, now);
    else if (event === "state_batch") for (const item of data) this.#hearState(item.state ?? item, userTime, now);
    else if (event === "lifecycle") this.#setStatus(data);
    else if (event === "logout") for (const tracked of this.#asked.values()) tracked.status = "ended";
  }

  /** @param {number} now @returns {Explanation[]} by kind, then by label */
  explain(now) {
    const all = [...this.#asked].map(([id, tracked]) => {
      const { kind, text } = explainOne(tracked, this.#trackers.get(id), now);
      const more = addRefusal(this.#refusals.get(id), this.#leftOut.get(id));
      return { id, label: this.nameOf(id), connection: tracked.connection, kind, text: text + more };
    });
    const rank = (/** @type {Explanation} */ { kind }) => ORDER.indexOf(kind);
    return all.sort((a, b) => rank(a) - rank(b) || BY_LABEL.compare(a.label, b.label));
  }

  /** @param {Json} state @param {string} userTime @param {number} now */
  #hearState(state, userTime, now) {
    const trackerId = this.#bySource.get(state.source_id);
    if (trackerId !== undefined) this.setState(trackerId, state, userTime, now);
  }

  /** @param {Json} lifecycle */
  #setStatus({ source_id: sourceId, lifecycle_event: event }) {
    const tracked = this.#asked.get(this.#bySource.get(sourceId) ?? NaN);
    if (tracked) tracked.status = STATUSES[event] ?? tracked.status;
  }
}

/**
 * @param {Tracked} tracked @param {import("../fleet.js").WireTracker|undefined} tracker @param {number} now
 * @returns {{kind: Kind, text: string}}
 */
function explainOne(tracked, tracker, now) {
  const device = tracker ? `, as device ${tracker.source.device_id}` : "";
  switch (tracked.status) {
    case "unknown":
      return { kind: "unknown", text: "Unknown: this account has no such tracker, or it was removed." };
    case "disallowed":
      return { kind: "disallowed", text: "Disallowed: the account has it, but this login may not see it." };
    case "blocked":
      return { kind: "blocked", text: "Blocked: its reports are refused. Events come again once it is unblocked." };
    case "ended":
      return { kind: "ended", text: "The login ended. Log in and subscribe again." };
  }
  if (tracked.receivedAt === null) return { kind: "no_report", text: "Subscribed; its state has not come yet." };
  if (tracked.age === null) return { kind: "no_report", text: `No report yet: nothing was ever received${device}.` };
  const age = Math.max(0, tracked.age + now - tracked.receivedAt);
  const hint = CONNECTIONS[tracked.connection] ?? "";
  return { kind: "reported", text: `Last report ${formatDuration(age)} ago. ${hint}` };
}

/** @param {string} text @returns {number} a written date as if it were at UTC, unless it says otherwise: only differences count */
function readWritten(text) {
  return Date.parse(text.includes("T") ? text : `${text.replace(" ", "T")}Z`);
}
