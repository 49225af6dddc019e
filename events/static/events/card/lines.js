/** What the card tells line by line. Pure. */

import { isolate } from "../texts.js";
import { formatAge, formatDuration, formatMoment } from "../time.js";
import { formatSpeed } from "../units.js";
import { t } from "../words/words.js";

const POINTS = t("N NE E SE S SW W NW", undefined, "one word each").split(" ");
/** @type {Record<string, string>} */
const CONNECTIONS = {
  active: t("Active"),
  idle: t("No current GPS fix"),
  offline: t("Offline"),
  signal_lost: t("Signal lost"),
  just_registered: t("Registered, no report yet"),
  just_replaced: t("Replaced, no report yet"),
};
/** @type {Record<string, string>} */
const MOVEMENTS = { moving: t("Moving"), stopped: t("Stopped"), parked: t("Parked") };
/** @type {Record<string, string>} */
const LAST_HEARD = {
  moving: t("Moving when last heard"),
  stopped: t("Stopped when last heard"),
  parked: t("Parked when last heard"),
};

/**
 * @typedef {import("../fleet.js").State} State
 * @typedef {import("../fleet.js").Vehicle} Vehicle
 * @typedef {{key: string, name: string, text: string}} Line `key`: by which the browser keeps whether it is wanted
 */

/** What is written down of the vehicle, before all that it tells of itself. @type {[string, string, (notes: import("../records/notes.js").Notes) => string][]} */
const NOTES = [
  ["plate", t("Plate"), ({ plate }) => isolate(plate)],
  ["driver", t("Driver"), ({ driver }) => [driver?.name ?? "", driver?.phone ?? ""].filter(Boolean).map(isolate).join(", ")],
  ["group", t("Group"), ({ group }) => isolate(group)],
  ["tags", t("Tags"), ({ tags }) => tags.map(isolate).join(", ")],
];

/** What its state says, in this order. @type {[string, string, (state: State, now: number) => string][]} */
const FIELDS = [
  ["speed", t("Speed"), ({ speed, connection }) => (speed === null || connection !== "active" ? "" : formatSpeed(speed))],
  ["heading", t("Heading"), ({ heading }) => (heading === null ? "" : `${heading}° ${POINTS[Math.round(heading / 45) % 8]}`)],
  ["movement", t("Movement"), describeMovement],
  ["connection", t("Connection"), ({ connection }) => CONNECTIONS[connection] ?? connection],
  ["ignition", t("Ignition"), ({ ignition, ignitionSince }, now) =>
    ignition === null ? "" : since(ignition ? t("On", undefined, "ignition") : t("Off", undefined, "ignition"), ignitionSince, now)],
  ["battery", t("Battery"), ({ battery }) => (battery === null ? "" : t("{n} %", { n: battery }))],
  ["gsm", t("Mobile network"), ({ gsm }) => (gsm === null ? "" : describeNetwork(gsm))],
  ["inputs", t("Inputs"), ({ inputs }) => describeSwitches(inputs)],
  ["outputs", t("Outputs"), ({ outputs }) => describeSwitches(outputs)],
  ["position", t("Position"), ({ position }) => (position ? `${position.lat.toFixed(5)}, ${position.lng.toFixed(5)}` : t("Unknown"))],
  ["fix", t("Last fix"), ({ fixedAt }, now) => moment(fixedAt, now)],
  ["report", t("Last report"), ({ updatedAt }, now) => moment(updatedAt, now)],
];

/** The keys of all lines with their names, in their order. @type {[string, string][]} */
export const LINES = [...[...NOTES, ...FIELDS].map(([key, name]) => /** @type {[string, string]} */ ([key, name])), ["device", t("Device")]];

/** @param {Vehicle} vehicle @param {number} now @returns {Line[]} always the same ones in the same order; an empty text leaves a line out */
export function linesOf({ notes, state, deviceId }, now) {
  return [
    ...NOTES.map(([key, name, tell]) => ({ key, name, text: tell(notes) })),
    ...FIELDS.map(([key, name, tell]) => ({ key, name, text: state ? tell(state, now) : "" })),
    { key: "device", name: t("Device"), text: deviceId },
  ];
}

/** A silent device keeps its last movement, which is no news of now. @param {State} state @param {number} now */
function describeMovement({ movement, movementSince, connection }, now) {
  if (movement === null || !(movement in MOVEMENTS)) return "";
  if (connection !== "active") return LAST_HEARD[movement];
  return since(MOVEMENTS[movement], movementSince, now);
}

/** @param {NonNullable<State["gsm"]>} gsm */
function describeNetwork({ level, network, isRoaming }) {
  const told = [level === null ? "" : t("{n} %", { n: level }), isolate(network ?? ""), isRoaming ? t("abroad", undefined, "mobile network") : ""];
  return told.filter(Boolean).join(", ");
}

/** @param {?boolean[]} switches from the first one on; null: not told */
function describeSwitches(switches) {
  if (switches === null || switches.length === 0) return "";
  const on = switches.flatMap((isOn, index) => (isOn ? [index + 1] : []));
  return on.length === 0 ? t("none of {n} is on", { n: switches.length }) : t("on: {numbers}", { numbers: on.join(", ") });
}

/** @param {string} text @param {?number} start @param {number} now */
function since(text, start, now) {
  return start === null ? text : t("{what} for {duration}", { what: text, duration: formatDuration(now - start) });
}

/** @param {?number} at @param {number} now */
function moment(at, now) {
  return at === null ? t("Never") : t("{moment} ({age})", { moment: formatMoment(at), age: formatAge(at, now) });
}
