/** What a row of the list tells of a vehicle, beside its name; chosen by the user, kept by the browser. */

import { describeAge } from "../freshness.js";
import { recall, remember } from "../memory.js";
import { STATUSES } from "../statuses.js";
import { isolate } from "../texts.js";
import { formatSpeed } from "../units.js";
import { t } from "../words/words.js";

const KEY = "fleetsphere.fields";

/**
 * @typedef {import("../fleet.js").Vehicle} Vehicle
 * @typedef {{name: string, place: "speed"|"status"|"note"|"age", text: (vehicle: Vehicle, now: number) => string}} Field
 */

/** In the order in which they are told; what is not known is an empty text. @type {Record<string, Field>} */
export const FIELDS = {
  speed: { name: t("Speed"), place: "speed", text: speedOf },
  status: { name: t("Status"), place: "status", text: ({ status }) => STATUSES[status].label },
  plate: { name: t("Plate"), place: "note", text: ({ notes }) => isolate(notes.plate) },
  driver: { name: t("Driver"), place: "note", text: ({ notes }) => isolate(notes.driver?.name ?? "") },
  group: { name: t("Group"), place: "note", text: ({ notes }) => isolate(notes.group) },
  model: { name: t("Model"), place: "note", text: ({ notes }) => isolate(notes.model) },
  battery: { name: t("Battery"), place: "note", text: ({ state }) => told(state?.battery, (n) => t("Battery {n} %", { n })) },
  satellites: { name: t("Satellite signal"), place: "note", text: ({ state }) => told(state?.satellites, (n) => t("GPS {n} %", { n })) },
  gsm: { name: t("GSM signal"), place: "note", text: ({ state }) => told(state?.gsm?.level, (n) => t("GSM {n} %", { n })) },
  age: { name: t("Last report"), place: "age", text: ({ state }, now) => describeAge(state, now) },
};
/** What rows tell until somebody chooses otherwise. */
const USUAL = ["speed", "status", "plate", "driver", "age"];

/** @returns {Set<string>} names of fields */
export function recalledFields() {
  const kept = recall(KEY);
  return fieldsNamed(kept === null ? USUAL : kept.split(","));
}

/** @param {string[]} names @returns {Set<string>} those that there are */
export function fieldsNamed(names) {
  return new Set(Object.keys(FIELDS).filter((name) => names.includes(name)));
}

/** As the address has them. @param {Set<string>} names @returns {?string[]} null: the usual ones */
export function unusualFields(names) {
  const isUsual = names.size === USUAL.length && USUAL.every((name) => names.has(name));
  return isUsual ? null : [...names];
}

/** @param {Set<string>} names */
export function rememberFields(names) {
  remember(KEY, [...names].join(","));
}

/** What stands in a place of a row. @param {Field["place"]} place @param {Set<string>} names that are chosen @param {Vehicle} vehicle @param {number} now */
export function textAt(place, names, vehicle, now) {
  const told = [];
  for (const [name, field] of Object.entries(FIELDS)) if (field.place === place && names.has(name)) told.push(field.text(vehicle, now));
  return told.filter(Boolean).join(" · ");
}

/** @param {Vehicle} vehicle @returns {string} how fast it moves; empty where that means nothing */
function speedOf({ status, state }) {
  const speed = state?.speed ?? null;
  return (status === "moving" || status === "here") && speed !== null ? formatSpeed(speed) : "";
}

/** @param {number|null|undefined} value @param {(value: number) => string} tell */
function told(value, tell) {
  return value === null || value === undefined ? "" : tell(value);
}
