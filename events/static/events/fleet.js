/** The fleet as the page knows it. Pure: nothing here touches the network, the document or the clock. */

import { listReadings } from "./readings.js";
import { STATUS_KEYS, statusOf } from "./statuses.js";
import { readDate } from "./time.js";

/**
 * What a device reported last, read from the server's state object; moments in milliseconds since 1970.
 *
 * @typedef {object} State
 * @property {?{lat: number, lng: number}} position
 * @property {?number} heading degrees
 * @property {?number} speed km/h
 * @property {?number} fixedAt
 * @property {?number} updatedAt
 * @property {string} connection
 * @property {?string} movement
 * @property {?number} movementSince
 * @property {?boolean} ignition null: it has no ignition sensor
 * @property {?number} ignitionSince
 * @property {?number} battery percent
 *
 * @typedef {object} Vehicle
 * @property {number} trackerId
 * @property {number} sourceId
 * @property {string} label
 * @property {string} deviceId
 * @property {string} haystack what a search looks through, in lower case
 * @property {boolean} isBlocked
 * @property {string} access the status in the server's answer to the subscription
 * @property {?State} state
 * @property {Map<string, import("./readings.js").Reading>} readings of sensors and counters, while they are followed
 * @property {import("./statuses.js").StatusKey} status
 */

export class Fleet {
  /** @type {Map<number, Vehicle>} by tracker id */
  #vehicles = new Map();
  /** @type {Map<number, number>} source id to tracker id: unique within an account */
  #trackerOfSource = new Map();
  #dirty = new Set();
  /** @type {Record<string, number>} how many vehicles have each status */
  #counts = Object.fromEntries(STATUS_KEYS.map((key) => [key, 0]));

  #labellings = 0;

  get size() {
    return this.#vehicles.size;
  }

  /** @returns {?Vehicle} */
  get(trackerId) {
    return this.#vehicles.get(trackerId) ?? null;
  }

  all() {
    return this.#vehicles.values();
  }

  /** Grows whenever somebody came, left, or is called otherwise. */
  get labellings() {
    return this.#labellings;
  }

  trackerIds() {
    return [...this.#vehicles.keys()];
  }

  /** The ids of vehicles that changed, came or went since the last call. @returns {Set<number>} */
  takeDirty() {
    const dirty = this.#dirty;
    this.#dirty = new Set();
    return dirty;
  }

  /** @returns {Record<string, number>} how many vehicles have each status */
  counts() {
    return this.#counts;
  }

  /**
   * Takes the answer of `tracker/list`; who is not in it leaves.
   * @returns {number[]} the tracker ids that are new
   */
  setTrackers(trackers) {
    const added = trackers.filter(({ id }) => !this.#vehicles.has(id)).map(({ id }) => id);
    const present = new Set(trackers.map(({ id }) => id));
    for (const trackerId of this.trackerIds()) if (!present.has(trackerId)) this.#remove(trackerId);
    for (const tracker of trackers) this.#setTracker(tracker);
    return added;
  }

  clear() {
    for (const trackerId of this.trackerIds()) this.#remove(trackerId);
  }

  /** Takes a state object of the server. @returns {?Vehicle} whose state it is */
  applyState(wire) {
    const vehicle = this.#bySource(wire.source_id);
    if (vehicle) this.#change(vehicle, { state: readState(wire, vehicle.state) });
    return vehicle;
  }

  /** Takes what is new of a tracker's readings, an item of a batch. */
  applyReadings(item) {
    const vehicle = this.get(item.tracker_id);
    if (vehicle) this.#change(vehicle, { readings: new Map([...vehicle.readings, ...listReadings(item)]) });
  }

  forgetReadings(trackerId) {
    const vehicle = this.get(trackerId);
    if (vehicle) this.#change(vehicle, { readings: new Map() });
  }

  /** Takes a lifecycle event. @returns {?Vehicle} whom it is about, even if that one has just left */
  applyLifecycle({ source_id: sourceId, lifecycle_event: event }) {
    const vehicle = this.#bySource(sourceId);
    if (!vehicle) return null;
    if (event === "corrupt") this.#remove(vehicle.trackerId);
    else this.#change(vehicle, { isBlocked: event === "block" });
    return vehicle;
  }

  /** Takes the status per tracker in the answer to a subscription. */
  applyAccess(statuses) {
    for (const [id, access] of Object.entries(statuses)) {
      const vehicle = this.get(Number(id));
      if (vehicle) this.#change(vehicle, { access, isBlocked: access === "blocked" });
    }
  }

  #bySource(sourceId) {
    return this.get(this.#trackerOfSource.get(sourceId));
  }

  #setTracker({ id, label, source }) {
    const vehicle = this.get(id) ?? this.#add(id);
    this.#trackerOfSource.set(source.id, id);
    if (vehicle.label !== label) this.#labellings += 1;
    this.#change(vehicle, {
      sourceId: source.id,
      label,
      deviceId: source.device_id,
      haystack: [label, source.device_id, source.model, source.phone].join("\n").toLowerCase(),
      isBlocked: source.blocked,
    });
  }

  #add(trackerId) {
    const vehicle = { trackerId, access: "normal", state: null, readings: new Map(), status: "new" };
    this.#vehicles.set(trackerId, vehicle);
    this.#counts.new += 1;
    this.#labellings += 1;
    return vehicle;
  }

  #change(vehicle, values) {
    Object.assign(vehicle, values);
    this.#counts[vehicle.status] -= 1;
    vehicle.status = statusOf(vehicle);
    this.#counts[vehicle.status] += 1;
    this.#dirty.add(vehicle.trackerId);
  }

  #remove(trackerId) {
    this.#trackerOfSource.delete(this.get(trackerId).sourceId);
    this.#counts[this.get(trackerId).status] -= 1;
    this.#vehicles.delete(trackerId);
    this.#labellings += 1;
    this.#dirty.add(trackerId);
  }
}

/** @param {?State} before what a compact state does not say is as it was @returns {State} */
function readState(wire, before) {
  const gps = wire.gps ?? {};
  return {
    position: gps.location ?? null,
    heading: gps.heading ?? null,
    speed: gps.speed ?? null,
    fixedAt: readDate(gps.updated),
    updatedAt: readDate(wire.last_update),
    connection: wire.connection_status,
    movement: wire.movement_status ?? null,
    movementSince: readDate(wire.movement_status_update),
    ignition: wire.ignition ?? null,
    ignitionSince: readDate(wire.ignition_update),
    battery: wire.battery_level === undefined ? (before?.battery ?? null) : wire.battery_level,
  };
}
