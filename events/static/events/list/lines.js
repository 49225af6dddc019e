/** The lines of the list: vehicles alone, or by group under the heads of their groups. Pure. */

import { NO_GROUP } from "../filter/filter.js";
import { LOCALE, t } from "../words/words.js";

const BY_TITLE = new Intl.Collator(LOCALE, { numeric: true, sensitivity: "base" });

/**
 * @typedef {import("../fleet.js").Vehicle} Vehicle
 *
 * The head of a group.
 *
 * @typedef {object} Head
 * @property {number} groupId
 * @property {string} title
 * @property {number} at its line
 * @property {number} shown how many of its vehicles the filter leaves
 * @property {number} all how many there are
 * @property {boolean} isOpen whether they stand below it
 *
 * @typedef {Vehicle|Head} Line
 */

export class Lines {
  /** @param {Line[]} lines @param {Head[]} heads those among them */
  constructor(lines = [], heads = []) {
    this.lines = lines;
    this.heads = heads;
  }

  get length() {
    return this.lines.length;
  }

  /** The head of the group that a line is of. @param {number} index @returns {?Head} null: lines are by no groups */
  headOf(index) {
    return this.heads.findLast(({ at }) => at <= index) ?? null;
  }

  /** @param {number} trackerId @returns {number} -1: it has no line */
  indexOf(trackerId) {
    return this.lines.findIndex((line) => !isHead(line) && line.trackerId === trackerId);
  }

  /** Where a line of before is now; that of its group if it is in a fold. @param {Line} line @returns {number} -1: nowhere */
  indexNow(line) {
    const index = isHead(line) ? -1 : this.indexOf(line.trackerId);
    return index >= 0 ? index : (this.heads.find(({ groupId, isOpen }) => groupId === line.groupId && (isHead(line) || !isOpen))?.at ?? -1);
  }

  /** Where a line is in the tree, for who cannot see it. @param {number} index */
  placeOf(index) {
    const head = this.headOf(index);
    if (head === null) return { level: 1, position: index + 1, size: this.length };
    if (head.at === index) return { level: 1, position: this.heads.indexOf(head) + 1, size: this.heads.length };
    return { level: 2, position: index - head.at, size: head.shown };
  }
}

/** @param {Line} line @returns {line is Head} */
export function isHead(line) {
  return "isOpen" in line;
}

/** How many vehicles each group has. @param {Iterable<Vehicle>} vehicles @returns {Map<number, number>} */
export function sizesOf(vehicles) {
  const sizes = new Map();
  for (const { groupId } of vehicles) sizes.set(groupId, (sizes.get(groupId) ?? 0) + 1);
  return sizes;
}

/**
 * The groups that have vehicles, in the order of the list.
 * @param {Iterable<Vehicle>} vehicles @param {Map<number, string>} titles
 * @returns {{groupId: number, title: string}[]}
 */
export function groupsOf(vehicles, titles) {
  return [...sizesOf(vehicles).keys()].map((groupId) => ({ groupId, title: titleOf(groupId, titles) })).sort(byTitle);
}

/** @param {{groupId: number, title: string}} one @param {{groupId: number, title: string}} other */
function byTitle(one, other) {
  return Number(one.groupId === NO_GROUP) - Number(other.groupId === NO_GROUP) || BY_TITLE.compare(one.title, other.title);
}

/**
 * Groups by their titles, those without one last; a group of whom the filter leaves nobody has no line.
 * @param {Vehicle[]} vehicles in order
 * @param {{titles: Map<number, string>, sizes: Map<number, number>, isOpen: (groupId: number) => boolean}} groups
 */
export function linesByGroup(vehicles, { titles, sizes, isOpen }) {
  const groups = [...membersOf(vehicles)].map(([groupId, list]) => ({ groupId, list, title: titleOf(groupId, titles) }));
  groups.sort(byTitle);
  /** @type {Line[]} */
  const lines = [];
  const heads = groups.map(({ groupId, list, title }) => {
    const head = { groupId, title, at: lines.length, shown: list.length, all: sizes.get(groupId) ?? list.length, isOpen: isOpen(groupId) };
    lines.push(head);
    if (head.isOpen) for (const vehicle of list) lines.push(vehicle);
    return head;
  });
  return new Lines(lines, heads);
}

/** @param {Vehicle[]} vehicles @returns {Map<number, Vehicle[]>} by group */
function membersOf(vehicles) {
  const members = new Map();
  for (const vehicle of vehicles) {
    const list = members.get(vehicle.groupId);
    if (list) list.push(vehicle);
    else members.set(vehicle.groupId, [vehicle]);
  }
  return members;
}

/** @param {number} groupId @param {Map<number, string>} titles */
export function titleOf(groupId, titles) {
  return groupId === NO_GROUP ? t("In no group") : (titles.get(groupId) ?? t("Group {id}", { id: groupId }));
}
