/** Which vehicles are wanted: by what is typed, by status, group and tags. Pure. */

/** The vehicles in no group. */
export const NO_GROUP = 0;

export class Filter {
  /** @type {string} in lower case */
  #needle = "";
  /** @type {?Set<string>} null: all */
  statuses = null;
  /** @type {?number} null: all */
  groupId = null;
  /** @type {Set<number>} all of which a vehicle must have */
  tagIds = new Set();
  /** @type {Set<number>} who was left out when it was looked at last */
  #out = new Set();

  /** @param {string} text */
  search(text) {
    this.#needle = text.trim().toLowerCase();
  }

  /** Whether it may leave somebody out. */
  get isOn() {
    return this.statuses !== null || this.groupId !== null || this.tagIds.size > 0 || this.#needle !== "";
  }

  /** @param {import("../fleet.js").Vehicle} vehicle */
  accepts({ status, groupId, tagIds, haystack }) {
    if (this.statuses !== null && !this.statuses.has(status)) return false;
    if (this.groupId !== null && this.groupId !== groupId) return false;
    for (const tagId of this.tagIds) if (!tagIds.includes(tagId)) return false;
    return haystack.includes(this.#needle);
  }

  /**
   * Notes who is left out now.
   * @param {Iterable<import("../fleet.js").Vehicle>} vehicles
   * @returns {number[]} the tracker ids of those of whom it was otherwise before
   */
  sift(vehicles) {
    const changed = [];
    for (const vehicle of vehicles) {
      const isOut = !this.accepts(vehicle);
      if (isOut === this.#out.has(vehicle.trackerId)) continue;
      changed.push(vehicle.trackerId);
      if (isOut) this.#out.add(vehicle.trackerId);
      else this.#out.delete(vehicle.trackerId);
    }
    return changed;
  }
}
