/** The fleet as the page knows it. Pure: nothing here touches the network, the document or the clock. */

import { freshnessOf } from "./freshness.js";
import { listReadings } from "./readings.js";
import { NO_NOTES, wordsOf } from "./records/notes.js";
import { levelsOf, readState } from "./states.js";
import { STATUS_KEYS, statusOf } from "./statuses.js";

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
 * @property {?number} satellites percent of the best signal
 * @property {?number} batteryAt when it was told
 * @property {?boolean[]} inputs whether each is on; null: not told
 * @property {?boolean[]} outputs
 * @property {?{level: ?number, network: ?string, isRoaming: boolean, at: ?number}} gsm its mobile network, `level` in percent; null: not told
 *
 * The server's state object, as far as it is read here (api §5.3).
 *
 * @typedef {object} WireState
 * @property {number} source_id
 * @property {{location?: ?{lat: number, lng: number}, heading?: ?number, speed?: ?number, updated?: ?string,
 *   signal_level?: ?number}} [gps]
 * @property {?string} [last_update]
 * @property {string} connection_status
 * @property {?string} [movement_status]
 * @property {?string} [movement_status_update]
 * @property {?boolean} [ignition]
 * @property {?string} [ignition_update]
 * @property {?number} [battery_level]
 * @property {?string} [battery_update]
 * @property {?WireGsm} [gsm]
 * @property {boolean[]} [inputs] from input 1 on
 * @property {boolean[]} [outputs]
 *
 * @typedef {{updated?: ?string, signal_level?: ?number, network_name?: ?string, roaming?: ?boolean}} WireGsm
 *
 * An item of `tracker/list` or `tracker/list_compact`, as far as it is read here.
 *
 * @typedef {object} WireTracker
 * @property {number} id
 * @property {string} label
 * @property {number} [group_id]
 * @property {Array<{tag_id: number}>} [tag_bindings]
 * @property {{id: number, device_id: string, model: string, phone?: ?string, blocked?: boolean}} source
 *
 * @typedef {object} Vehicle
 * @property {number} trackerId
 * @property {number} sourceId
 * @property {string} label
 * @property {string} deviceId
 * @property {string} model what kind of device it is
 * @property {number} groupId 0: in none
 * @property {number[]} tagIds in their order
 * @property {import("./records/notes.js").Notes} notes what is written down of it
 * @property {?string} phone of its device
 * @property {string} haystack all that a search looks through, in lower case
 * @property {boolean} isBlocked
 * @property {string} access the status in the server's answer to the subscription
 * @property {?State} state
 * @property {Map<string, import("./readings.js").Reading>} readings of sensors and counters, while they are followed
 * @property {import("./statuses.js").StatusKey} status
 * @property {import("./freshness.js").Freshness} freshness of its position, as of the last look
 *
 * @typedef {Pick<Vehicle, "state"|"status"|"freshness">} Past how a vehicle was
 */

/** @type {Past} */
const UNKNOWN = { state: null, status: "new", freshness: "fresh" };
/** Nobody puts anything into it. @type {Vehicle["readings"]} */
const NO_READINGS = new Map();
/** @type {Record<string, number>} */
const NOBODY = Object.fromEntries(STATUS_KEYS.map((key) => [key, 0]));

export class Fleet {
  /** @type {Map<number, Vehicle>} by tracker id */
  #vehicles = new Map();
  /** @type {Map<number, number>} source id to tracker id: unique within an account */
  #trackerOfSource = new Map();
  /** @type {Set<number>} */
  #dirty = new Set();
  /** @type {(vehicle: Vehicle) => import("./records/notes.js").Notes} */
  #notesOf = () => NO_NOTES;
  #hear;
  /** @type {?Map<number, Vehicle>} what is so now of those who are shown as they were; null: all are shown as they are */
  #now = null;
  /** @type {Record<string, number>} how many vehicles have each status */
  #counts = { ...NOBODY };

  /** @type {?Record<string, number>} the same as the server counts them, where not all are followed */
  #told = null;

  #labellings = 0;

  /** Whether only those on a part of the map are followed: of the others nothing is known until they are seen. */
  isPartial = false;
  /** Whether it is known who is there: the list of a large fleet takes a while. */
  isListed = false;

  /** @param {{hear?: (vehicle: Vehicle) => void}} options who is told of a vehicle whenever it changes, as it is now */
  constructor({ hear = () => {} } = {}) {
    this.#hear = hear;
  }

  get size() {
    return this.#vehicles.size;
  }

  /** @param {?number} [trackerId] @returns {?Vehicle} */
  get(trackerId) {
    return (trackerId && this.#vehicles.get(trackerId)) || null;
  }

  all() {
    return this.#vehicles.values();
  }

  /** Grows whenever somebody came, left, or is called, grouped or blocked otherwise. */
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
    return this.#told === null ? this.#counts : { ...NOBODY, ...this.#told };
  }

  /** Takes the server's counts, where not all are followed; null: all are. @param {?Record<string, number>} counts */
  setCounts(counts) {
    this.#told = counts;
  }

  /**
   * Takes a list of the server's; who is not in it leaves.
   * @param {WireTracker[]} trackers
   * @returns {number[]} the tracker ids that are new
   */
  setTrackers(trackers) {
    const added = trackers.map(({ id }) => id).filter((id) => !this.#vehicles.has(id));
    // Of none, none leaves: the first list of a large fleet is long.
    const present = new Set(this.size > 0 ? trackers.map(({ id }) => id) : []);
    for (const trackerId of this.trackerIds()) if (!present.has(trackerId)) this.#remove(trackerId);
    for (const tracker of trackers) this.#setTracker(tracker);
    this.isListed = true;
    return added;
  }

  /**
   * Takes what is written down of vehicles, of those that come later, too.
   * @param {(vehicle: Vehicle) => import("./records/notes.js").Notes} notesOf
   */
  setNotes(notesOf) {
    this.#notesOf = notesOf;
    for (const vehicle of this.#vehicles.values()) this.#note(vehicle);
  }

  /** Takes which tags a tracker has from now on. @param {number} trackerId @param {number[]} tagIds */
  setTags(trackerId, tagIds) {
    const vehicle = this.get(trackerId);
    if (!vehicle) return;
    vehicle.tagIds = tagIds;
    this.#note(vehicle);
  }

  clear() {
    this.isListed = false;
    for (const trackerId of this.trackerIds()) this.#remove(trackerId);
  }

  /** @param {WireState} wire @returns {?Vehicle} whose state it is */
  applyState(wire) {
    const vehicle = this.#bySource(wire.source_id);
    if (!vehicle) return null;
    const now = this.#nowOf(vehicle);
    this.#change(vehicle, { state: readState(wire, now.state), access: seen(now.access) });
    return vehicle;
  }

  /** Takes what compact states lack, of a whole state that may be older; all of it where none is known. @param {WireState} wire */
  applyLevels(wire) {
    const vehicle = this.#bySource(wire.source_id);
    const state = vehicle && this.#nowOf(vehicle).state;
    if (!vehicle || !state) return void this.applyState(wire);
    const levels = levelsOf(wire, state);
    const isNews = levels.battery !== state.battery || levels.gsm?.level !== state.gsm?.level;
    if (isNews) this.#change(vehicle, { state: { ...state, ...levels } });
  }

  /** Takes what is new of a tracker's readings, an item of a batch. @param {import("./readings.js").ReadingsItem} item */
  applyReadings(item) {
    const vehicle = this.get(item.tracker_id);
    if (vehicle) this.#change(vehicle, { readings: new Map([...this.#nowOf(vehicle).readings, ...listReadings(item)]) });
  }

  /** @param {number} trackerId */
  forgetReadings(trackerId) {
    const vehicle = this.get(trackerId);
    if (vehicle) this.#change(vehicle, { readings: new Map() });
  }

  /** Looks how old positions are. @param {number} now by the server's clock */
  age(now) {
    for (const vehicle of this.#vehicles.values()) {
      const freshness = freshnessOf(vehicle.state, now);
      if (freshness !== vehicle.freshness) this.#change(vehicle, { freshness });
    }
  }

  /**
   * @param {import("./link/frames.js").Lifecycle} event
   * @returns {?Vehicle} whom it is about, even if that one has just left
   */
  applyLifecycle({ source_id: sourceId, lifecycle_event: event }) {
    const vehicle = this.#bySource(sourceId);
    if (!vehicle) return null;
    if (event === "corrupt") this.#remove(vehicle.trackerId);
    else this.#change(vehicle, { isBlocked: event === "block" });
    return vehicle;
  }

  /** Takes the status per tracker in the answer to a subscription. @param {Record<string, string>} statuses */
  applyAccess(statuses) {
    for (const [id, access] of Object.entries(statuses)) {
      const vehicle = this.get(Number(id));
      if (vehicle) this.#change(vehicle, { access, isBlocked: access === "blocked" });
    }
  }

  /**
   * Shows vehicles as they were, and those of whom nothing is said as new ones, until `showNow`; what comes meanwhile is
   * kept, and not seen.
   * @param {Map<number, Past>} pasts by tracker id
   */
  showPast(pasts) {
    this.#now ??= new Map();
    for (const vehicle of this.#vehicles.values()) {
      const isNew = !this.#now.has(vehicle.trackerId);
      if (isNew) this.#now.set(vehicle.trackerId, { ...vehicle });
      const past = pasts.get(vehicle.trackerId) ?? (isNew ? UNKNOWN : null);
      if (past === null) continue;
      Object.assign(vehicle, { state: past.state, freshness: past.freshness, readings: new Map() });
      this.#look(vehicle, past.status);
    }
  }

  showNow() {
    for (const [trackerId, { state, readings, freshness, isBlocked, access, status }] of this.#now ?? []) {
      const vehicle = /** @type {Vehicle} */ (this.get(trackerId));
      Object.assign(vehicle, { state, readings, freshness, isBlocked, access });
      this.#look(vehicle, status);
    }
    this.#now = null;
  }

  /** What is so now of a vehicle, however it is shown. @param {Vehicle} vehicle */
  #nowOf(vehicle) {
    return this.#now?.get(vehicle.trackerId) ?? vehicle;
  }

  /** @param {number} sourceId */
  #bySource(sourceId) {
    return this.get(this.#trackerOfSource.get(sourceId));
  }

  /** @param {WireTracker} tracker */
  #setTracker(tracker) {
    const { id, label, source, group_id: groupId = 0 } = tracker;
    const vehicle = this.get(id);
    this.#trackerOfSource.set(source.id, id);
    if (vehicle === null) return this.#add(tracker);
    if (vehicle.label !== label || vehicle.groupId !== groupId || vehicle.isBlocked !== (source.blocked ?? false)) this.#labellings += 1;
    this.#change(vehicle, listedOf(tracker));
    this.#note(vehicle);
  }

  /** @param {WireTracker} tracker */
  #add(tracker) {
    /** @type {Vehicle} */
    const vehicle = {
      trackerId: tracker.id,
      ...listedOf(tracker),
      notes: NO_NOTES,
      haystack: "",
      access: this.isPartial ? "elsewhere" : "normal",
      state: null,
      readings: NO_READINGS,
      status: "new",
      freshness: "fresh",
    };
    vehicle.status = statusOf(vehicle);
    this.#vehicles.set(tracker.id, vehicle);
    this.#counts[vehicle.status] += 1;
    this.#labellings += 1;
    this.#dirty.add(tracker.id);
    this.#note(vehicle);
    this.#hear(vehicle);
  }

  /** @param {Vehicle} vehicle */
  #note(vehicle) {
    const { label, deviceId, model, phone } = vehicle;
    const notes = this.#notesOf(vehicle);
    const written = notes === NO_NOTES ? "" : wordsOf(notes);
    const haystack = `${label}\n${deviceId}\n${model}\n${phone ?? ""}\n${written}`.toLowerCase();
    if (haystack !== vehicle.haystack) this.#dirty.add(vehicle.trackerId);
    vehicle.notes = notes;
    vehicle.haystack = haystack;
  }

  /** @param {Vehicle} vehicle @param {Partial<Vehicle>} values */
  #change(vehicle, values) {
    const now = this.#nowOf(vehicle);
    Object.assign(now, values);
    if (now === vehicle) this.#look(vehicle, statusOf(vehicle));
    else this.#changeUnseen(vehicle, now, values);
    this.#hear(now);
  }

  /** What it is called and belongs to is seen at once, even while it is shown as it was. @param {Vehicle} vehicle @param {Vehicle} now @param {Partial<Vehicle>} values */
  #changeUnseen(vehicle, now, { state, readings, freshness, isBlocked, access, ...rest }) {
    now.status = statusOf(now);
    Object.assign(vehicle, rest);
    this.#dirty.add(vehicle.trackerId);
  }

  /** @param {Vehicle} vehicle @param {import("./statuses.js").StatusKey} status */
  #look(vehicle, status) {
    this.#counts[vehicle.status] -= 1;
    vehicle.status = status;
    this.#counts[status] += 1;
    this.#dirty.add(vehicle.trackerId);
  }

  /** @param {number} trackerId */
  #remove(trackerId) {
    const vehicle = /** @type {Vehicle} */ (this.get(trackerId));
    this.#trackerOfSource.delete(vehicle.sourceId);
    this.#counts[vehicle.status] -= 1;
    this.#vehicles.delete(trackerId);
    this.#now?.delete(trackerId);
    this.#labellings += 1;
    this.#dirty.add(trackerId);
  }
}

/** What a list tells of a vehicle. @param {WireTracker} tracker */
function listedOf({ label, source, group_id: groupId = 0, tag_bindings: tags = [] }) {
  return {
    sourceId: source.id,
    label,
    deviceId: source.device_id,
    model: source.model,
    phone: source.phone ?? null,
    groupId,
    tagIds: tags.map(({ tag_id: tagId }) => tagId),
    isBlocked: source.blocked ?? false,
  };
}

/** @param {string} access @returns {string} of somebody whose state has come */
function seen(access) {
  return access === "elsewhere" ? "normal" : access;
}
