/**
 * How many vehicles each choice of the filter would leave, all else being as it is chosen. Pure.
 *
 * So a number is what the list will have after a click: a status, group or area counts in the place of the one that is
 * chosen, a tag beside those that are, as a vehicle must have all of them.
 */

/** Vehicles that are counted between two looks at the clock. */
const AT_ONCE = 250;

/**
 * @typedef {import("../fleet.js").Vehicle} Vehicle
 * @typedef {Map<string|number, number>} Numbers by choice; "": by no choice of this kind
 * @typedef {{statuses: Numbers, groups: Numbers, tags: Numbers, areas: Numbers}} Counts
 */

/** One count of a fleet, which may be done bit by bit. */
export class Counting {
  /** @type {Counts} */
  counts = { statuses: new Map(), groups: new Map(), tags: new Map(), areas: new Map() };
  #vehicles;
  #filter;
  #areasAt;

  /**
   * @param {Iterable<Vehicle>} vehicles @param {import("./filter.js").Filter} filter
   * @param {(place: import("./area.js").Place) => string[]} areasAt the areas that hold a place
   */
  constructor(vehicles, filter, areasAt) {
    this.#vehicles = vehicles[Symbol.iterator]();
    this.#filter = filter;
    this.#areasAt = areasAt;
  }

  /** Goes on while there is time. @param {() => boolean} hasTime @returns {boolean} whether all are counted */
  go(hasTime) {
    do {
      for (let index = 0; index < AT_ONCE; index += 1) {
        const { done, value } = this.#vehicles.next();
        if (done) return true;
        this.#count(value);
      }
    } while (hasTime());
    return false;
  }

  /** @param {Vehicle} vehicle */
  #count(vehicle) {
    const obstacle = this.#filter.obstacleTo(vehicle);
    if (obstacle === "several") return;
    const { statuses, groups, tags, areas } = this.counts;
    if (obstacle === "none" || obstacle === "status") add(statuses, vehicle.status);
    if (obstacle === "none" || obstacle === "group") add(groups, vehicle.groupId);
    if (obstacle === "none") for (const tagId of vehicle.tagIds) addOne(tags, tagId);
    if (obstacle === "none" || obstacle === "area") this.#countAreas(areas, vehicle);
  }

  /** @param {Numbers} areas @param {Vehicle} vehicle */
  #countAreas(areas, { state }) {
    addOne(areas, "");
    const position = state?.position ?? null;
    if (position !== null) for (const key of this.#areasAt(position)) addOne(areas, key);
  }
}

/** @param {Numbers} numbers @param {string|number} choice */
function add(numbers, choice) {
  addOne(numbers, choice);
  addOne(numbers, "");
}

/** @param {Numbers} numbers @param {string|number} choice */
function addOne(numbers, choice) {
  numbers.set(choice, (numbers.get(choice) ?? 0) + 1);
}
