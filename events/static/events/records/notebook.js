/** What the account has written down of its vehicles, as far as the page shows it, and what the login may change. */

import { ApiFailure, call, isSessionEnd } from "../api.js";
import { driverOf, vehicleOf } from "./notes.js";
import { t } from "../words/words.js";

/** So many are read by a call, and so many calls are made at most. */
const PAGE = 1_000;
const MOST_PAGES = 10;
/** Records change seldom; whoever changes one here sees it at once. */
const READ_EVERY_MS = 600_000;
const TRY_AGAIN_MS = 30_000;

/**
 * @typedef {import("./notes.js").Driver} Driver
 * @typedef {import("./notes.js").Papers} Papers
 *
 * What the server has; without privileges the login may do all.
 * @typedef {{info: {privileges?: {rights: string[]}}, groups: {id: number, title: string}[],
 *   tags: {id: number, name: string, color: string}[], vehicles: Papers[], drivers: Driver[]}} Found
 */

/** Events: `change` when it was read; (CustomEvent) `problem` with a text. */
export class Notebook extends EventTarget {
  /** @type {Map<number, string>} titles by id */
  groups = new Map();
  /** @type {Map<number, {name: string, color: string}>} by id */
  tags = new Map();
  /** @type {Driver[]} */
  drivers = [];
  isRead = false;
  #session;
  /** @type {Map<number, Papers>} by tracker id */
  #vehicles = new Map();
  /** @type {Map<number, Driver>} by tracker id */
  #driverOf = new Map();
  /** @type {?Set<string>} null: all */
  #rights = new Set();
  #dueAt = Infinity;
  /** Who reads last: what an older reading finds is nobody's. */
  #reading = 0;

  /** @param {{session: import("../session.js").Session}} parts */
  constructor({ session }) {
    super();
    this.#session = session;
  }

  /** Whether the login has a right of the API. @param {string} right */
  may(right) {
    return this.#rights === null || this.#rights.has(right);
  }

  /** @param {{trackerId: number, groupId: number, tagIds: number[]}} vehicle @returns {import("./notes.js").Notes} */
  of({ trackerId, groupId, tagIds }) {
    return {
      plate: this.#vehicles.get(trackerId)?.plate ?? "",
      model: this.#vehicles.get(trackerId)?.model ?? "",
      driver: this.#driverOf.get(trackerId) ?? null,
      group: this.groups.get(groupId) ?? "",
      tags: tagIds.map((id) => this.tags.get(id)?.name ?? "").filter(Boolean),
    };
  }

  /** Reads all anew. */
  async load() {
    const [{ hash }, reading] = [this.#session, ++this.#reading];
    if (!hash) return;
    this.#dueAt = performance.now() + READ_EVERY_MS;
    try {
      const found = await this.#read();
      if (reading === this.#reading && hash === this.#session.hash) this.#take(found);
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      if (reading === this.#reading) this.#dueAt = performance.now() + TRY_AGAIN_MS;
      // That the server is away, or the session over, is told by others.
      const isNews = reading === this.#reading && error.code !== null && !isSessionEnd(error.code);
      if (isNews) this.dispatchEvent(new CustomEvent("problem", { detail: t("Drivers, plates and tags cannot be read: {reason}", { reason: error.message }) }));
    }
  }

  /** Once a second. */
  tick() {
    if (performance.now() > this.#dueAt && !document.hidden) this.load();
  }

  /** Nobody is logged in any more. */
  clear() {
    this.#reading += 1;
    this.#dueAt = Infinity;
    this.#take({ info: { privileges: { rights: [] } }, groups: [], tags: [], vehicles: [], drivers: [] }, false);
  }

  /** @returns {Promise<Found>} */
  async #read() {
    const [info, groups, tags, vehicles, drivers] = await Promise.all([
      this.#call("user/get_info"),
      this.#call("tracker/group/list"),
      this.#call("tag/list"),
      this.#readPages("vehicle/list", vehicleOf),
      this.#readPages("employee/list", driverOf),
    ]);
    return { info, groups: groups.list, tags: tags.list, vehicles, drivers };
  }

  /**
   * Page by page, so that the page is never busy for long.
   * @template Item, Kept
   * @param {string} path @param {(item: Item) => Kept} pick what is kept of an item
   */
  async #readPages(path, pick) {
    /** @type {Kept[]} */
    const found = [];
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const { list, count } = await this.#call(path, { limit: PAGE, offset: page * PAGE });
      found.push(...list.map(pick));
      if (list.length < PAGE || found.length >= count) break;
    }
    return found;
  }

  /** @param {Found} found @param {boolean} isRead whether the server said so */
  #take({ info, groups, tags, vehicles, drivers }, isRead = true) {
    this.#rights = info.privileges === undefined ? null : new Set(info.privileges.rights);
    this.groups = new Map(groups.map(({ id, title }) => [id, title]));
    this.tags = new Map(tags.map(({ id, name, color }) => [id, { name, color }]));
    this.drivers = drivers;
    this.#vehicles = new Map(vehicles.filter(hasTracker).map((one) => [one.trackerId, one]));
    this.#driverOf = new Map(drivers.filter(hasTracker).map((one) => [one.trackerId, one]));
    this.isRead = isRead;
    this.dispatchEvent(new Event("change"));
  }

  /** @param {string} path @param {object} [parameters] */
  #call(path, parameters = {}) {
    return call(path, { hash: this.#session.hash, ...parameters });
  }
}

/** @template {{trackerId: ?number}} One @param {One} one @returns {one is One & {trackerId: number}} */
function hasTracker(one) {
  return one.trackerId !== null;
}
