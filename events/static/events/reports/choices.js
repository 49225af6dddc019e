/** Of which vehicles a report can be asked for. Pure. */

/** @typedef {{name: string, label: string, find: () => import("../fleet.js").Vehicle[]}} Choice */

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
    ...(filter.isOn ? [choice("listed", "Those in the list", listed)] : []),
    choice("all", "All vehicles", vehicles),
    ...[...groups].map(([id, title]) => choice(`group ${id}`, title, grouped.get(id) ?? [])),
  ];
}

function choice(name, label, vehicles) {
  return { name, label: `${label} (${vehicles.length})`, find: () => vehicles };
}

/** `Map.groupBy` is younger than many browsers. */
function groupsOf(vehicles) {
  const groups = new Map();
  for (const vehicle of vehicles) {
    if (!groups.has(vehicle.groupId)) groups.set(vehicle.groupId, []);
    groups.get(vehicle.groupId).push(vehicle);
  }
  return groups;
}
