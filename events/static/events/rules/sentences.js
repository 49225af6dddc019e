/** A rule in plain language: "When Van 7 leaves Depot between 20:00 and 06:00, tell me by mail." Pure. */

import { eventWords, halfOf, kindOf, valueOf, wordsBefore } from "./kinds.js";
import { scheduleWords } from "./schedule.js";

const MOST_NAMED = 3;
const MAX_NAME = 255;

/**
 * @typedef {import("./draft.js").Rule} Rule
 * @typedef {import("./kinds.js").Parameter} Parameter
 *
 * What things are called; each takes an id.
 * @typedef {object} Names
 * @property {(id: number) => string} vehicle
 * @property {(id: number) => string} zone
 * @property {(id: number) => string} sensor
 * @property {(id: number) => string} webhook
 * @property {string} me the address of who reads it
 */

/** @param {Rule} rule @param {Names} names */
export function sentenceOf(rule, names) {
  const when = [happeningOf(rule, names), scheduleWords(rule.schedule)].filter(Boolean).join(" ");
  return `When ${when}, ${receiversOf(rule, names)}.`;
}

/** A name for a rule that was given none. @param {Rule} rule @param {Names} names */
export function titleOf(rule, names) {
  return happeningOf(rule, names).slice(0, MAX_NAME);
}

/** "Van 7, Van 8 or Truck"; an ellipsis: none is chosen @param {string[]} labels @param {string} noun */
export function either(labels, noun) {
  if (labels.length === 0) return "…";
  if (labels.length > MOST_NAMED) return `any of ${labels.length} ${noun}`;
  return listed(labels, "or");
}

/** @param {Rule} rule @param {Names} names */
function happeningOf(rule, names) {
  const kind = kindOf(rule.type);
  const vehicles = either(rule.trackers.map(names.vehicle), "vehicles");
  const zones = either(rule.zone_ids.map(names.zone), "zones");
  const isCrossing = kind.zones === "needed" || kind.zones === "route";
  const event = eventWords(kind, halfOf(rule));
  return [vehicles, event, isCrossing ? zones : "", ...figuresOf(rule, kind, names), isCrossing ? "" : limitOf(rule, zones)]
    .filter(Boolean)
    .join(" ");
}

/** @param {Rule} rule @param {string} zones */
function limitOf({ zone_ids: zoneIds, extended_params: details }, zones) {
  if (zoneIds.length === 0) return "";
  return `${details.zone_limit_inverted ? "outside of" : "in"} ${zones}`;
}

/** @param {Rule} rule @param {import("./kinds.js").Kind} kind @param {Names} names */
function figuresOf(rule, kind, names) {
  const ranges = rule.extended_params.tracker_params ?? [];
  if (ranges.length > 0) return [`${listed([...new Set(ranges.map(({ sensor_id: id }) => names.sensor(id)))], "or")} out of range`];
  const virtualId = valueOf(rule, "virtual_sensor_id");
  if (virtualId !== null) return [`of the sensor ${names.sensor(Number(virtualId))} as ${valueOf(rule, "trigger_value")}`];
  const said = kind.parameters.filter((parameter) => isSaid(parameter, valueOf(rule, parameter.name)));
  return said.map((parameter, index) => figure(parameter, rule, names, said[index - 1]));
}

/** @param {Parameter} parameter @param {?import("./kinds.js").Value} value */
function isSaid({ unsaid }, value) {
  return value !== null && value !== "" && value !== unsaid;
}

/** @param {Parameter} parameter @param {Rule} rule @param {Names} names @param {Parameter} [precedent] */
function figure(parameter, rule, names, precedent) {
  const value = valueOf(rule, parameter.name);
  const shown = parameter.form === "sensor" ? names.sensor(Number(value)) : parameter.form === "switch" ? "" : String(value);
  const joint = precedent?.form === parameter.form ? parameter.joint : "";
  return [joint, wordsBefore(parameter, halfOf(rule)), shown, parameter.after].filter(Boolean).join(" ");
}

/** @param {Rule} rule @param {Names} names */
function receiversOf({ alerts }, names) {
  const mailed = alerts.emails.map((address) => (address === names.me ? "me" : address));
  const told = [
    ...(alerts.push_enabled ? ["open pages"] : []),
    ...(mailed.length > 0 ? [`${mailed.length > MOST_NAMED ? `${mailed.length} people` : listed(mailed, "and")} by mail`] : []),
    ...(alerts.webhook_ids.length > 0 ? [`${hooksOf(alerts.webhook_ids, names)} by webhook`] : []),
  ];
  const action = told.length > 0 ? `tell ${told.join(", and ")}` : "tell nobody, only note it";
  return alerts.emergency ? `${action}, as an emergency` : action;
}

/** @param {number[]} ids @param {Names} names */
function hooksOf(ids, names) {
  return ids.length > MOST_NAMED ? `${ids.length} programs` : listed(ids.map(names.webhook), "and");
}

/** @param {string[]} labels @param {string} word */
function listed(labels, word) {
  return labels.length < 2 ? (labels[0] ?? "") : `${labels.slice(0, -1).join(", ")} ${word} ${labels.at(-1)}`;
}
