/** Of which vehicles a report can be asked for. Pure. */

import { t } from "../words/words.js";

/** @typedef {import("../fleet.js").Vehicle} Vehicle */
/** @typedef {{name: string, label: string, find: () => Vehicle[]}} Choice */

/**
 * @param {{fleet: import("../fleet.js").Fleet, filter: import("../filter/filter.js").Filter, groups: Map<number, string>, selected: ?number}} known
 * @returns {Choice[]} the likeliest first
 */
export function choicesOf({ fleet, filter, groups, selected }) {
  const vehicles = [...fleet.all()];
  const one = fleet.get(selected);
  const listed = vehicles.filter((vehicle) => filter.accepts(vehicle));
  const grouped = groupsOf(vehicles);
  return [
    ...(one ? [{ name: "selected", label: one.label, find: () => [one] }] : []),
    ...(filter.isOn ? [choice("listed", t("Those in the list"), listed)] : []),
    choice("all", t("All vehicles"), vehicles),
    ...[...groups].map(([id, title]) => choice(`group ${id}`, title, grouped.get(id) ?? [])),
  ];
}

/** @param {string} name @param {string} label @param {Vehicle[]} vehicles @returns {Choice} */
function choice(name, label, vehicles) {
  return { name, label: t("{label} ({n})", { label, n: vehicles.length }), find: () => vehicles };
}

/** `Map.groupBy` is younger than many browsers. @param {Vehicle[]} vehicles */
function groupsOf(vehicles) {
  /** @type {Map<number, Vehicle[]>} */
  const groups = new Map();
  for (const vehicle of vehicles) {
    const group = groups.get(vehicle.groupId);
    if (group) group.push(vehicle);
    else groups.set(vehicle.groupId, [vehicle]);
  }
  return groups;
}
