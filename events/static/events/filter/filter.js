/** Which vehicles are wanted: by what is typed, by status, group, tags and area. Pure. */

/** The vehicles in no group. */
export const NO_GROUP = 0;

/** @typedef {import("../fleet.js").Vehicle} Vehicle */

export class Filter {
  /** @type {string} in lower case */
  #needle = "";
  /** @type {?Set<string>} null: all */
  statuses = null;
  /** @type {?number} null: all */
  groupId = null;
  /** @type {Set<number>} all of which a vehicle must have */
  tagIds = new Set();
  /** @type {?import("./area.js").Area} in which a vehicle must be; null: anywhere */
  area = null;
  /** @type {Set<number>} who was left out when it was looked at last */
  #out = new Set();

  /** @param {string} text */
  search(text) {
    this.#needle = text.trim().toLowerCase();
  }

  get isSearching() {
    return this.#needle !== "";
  }

  /** Whether it may leave somebody out. */
  get isOn() {
    return this.statuses !== null || this.isOnBesideStatus;
  }

  /** Whether it may leave somebody out for something else than its status. */
  get isOnBesideStatus() {
    return this.groupId !== null || this.tagIds.size > 0 || this.area !== null || this.isSearching;
  }

  /** Whether a vehicle is in the list. @param {Vehicle} vehicle */
  accepts(vehicle) {
    return this.#isOfGroup(vehicle) && this.acceptsOfAnyGroup(vehicle);
  }

  /** Whether a vehicle would be in the list if every group were wanted. @param {Vehicle} vehicle */
  acceptsOfAnyGroup(vehicle) {
    return this.#isLikeIt(vehicle) && this.#isInArea(vehicle);
  }

  /**
   * Which kind of choice alone leaves a vehicle out of the list: another choice of that kind would have it there.
   * @param {Vehicle} vehicle @returns {"none"|"status"|"group"|"area"|"several"} "none": it is in the list
   */
  obstacleTo(vehicle) {
    if (!this.#hasTags(vehicle) || !vehicle.haystack.includes(this.#needle)) return "several";
    const [isOfStatus, isOfGroup, isInArea] = [this.#isOfStatus(vehicle), this.#isOfGroup(vehicle), this.#isInArea(vehicle)];
    if (isOfStatus && isOfGroup) return isInArea ? "none" : "area";
    if (isInArea && (isOfStatus || isOfGroup)) return isOfStatus ? "group" : "status";
    return "several";
  }

  /** Whether a vehicle is on the map: what the map shows must not be empty around it when it is moved. @param {Vehicle} vehicle */
  acceptsOnMap(vehicle) {
    return this.#isOfGroup(vehicle) && this.#isLikeIt(vehicle) && (this.area?.isOfMap || this.#isInArea(vehicle));
  }

  /**
   * Notes who is left out of the map now.
   * @param {Iterable<Vehicle>} vehicles
   * @returns {number[]} the tracker ids of those of whom it was otherwise before
   */
  sift(vehicles) {
    const changed = [];
    for (const vehicle of vehicles) {
      const isOut = !this.acceptsOnMap(vehicle);
      if (isOut === this.#out.has(vehicle.trackerId)) continue;
      changed.push(vehicle.trackerId);
      if (isOut) this.#out.add(vehicle.trackerId);
      else this.#out.delete(vehicle.trackerId);
    }
    return changed;
  }

  /** @param {Vehicle} vehicle */
  #isOfGroup({ groupId }) {
    return this.groupId === null || this.groupId === groupId;
  }

  /** @param {Vehicle} vehicle */
  #isLikeIt(vehicle) {
    return this.#isOfStatus(vehicle) && this.#hasTags(vehicle) && vehicle.haystack.includes(this.#needle);
  }

  /** @param {Vehicle} vehicle */
  #isOfStatus({ status }) {
    return this.statuses === null || this.statuses.has(status);
  }

  /** @param {Vehicle} vehicle */
  #hasTags({ tagIds }) {
    for (const tagId of this.tagIds) if (!tagIds.includes(tagId)) return false;
    return true;
  }

  /** @param {Vehicle} vehicle */
  #isInArea({ state }) {
    if (this.area === null) return true;
    const position = state?.position ?? null;
    return position !== null && this.area.holds(position);
  }
}
