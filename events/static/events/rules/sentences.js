/** A rule in plain language: "When Van 7 leaves Depot between 20:00 and 06:00, tell me by mail." Pure. */

import { eventWords, halfOf, kindOf, phraseOf, shownOf, valueOf } from "./kinds.js";
import { NOUNS } from "./nouns.js";
import { scheduleWords } from "./schedule.js";
import { listed, t } from "../words/words.js";

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
  const [what, schedule] = [happeningOf(rule, names), scheduleWords(rule.schedule)];
  const receivers = receiversOf(rule, names);
  return schedule ? t("When {what} {schedule}, {receivers}.", { what, schedule, receivers }) : t("When {what}, {receivers}.", { what, receivers });
}

/** A name for a rule that was given none. @param {Rule} rule @param {Names} names */
export function titleOf(rule, names) {
  return happeningOf(rule, names).slice(0, MAX_NAME);
}

/** "Van 7, Van 8 or Truck"; an ellipsis: none is chosen @param {string[]} labels @param {import("./nouns.js").Noun} noun */
export function either(labels, noun) {
  if (labels.length === 0) return "…";
  return labels.length > MOST_NAMED ? noun.anyOf(labels.length) : listed(labels, "or");
}

/** @param {Rule} rule @param {Names} names */
function happeningOf(rule, names) {
  const kind = kindOf(rule.type);
  const vehicles = either(rule.trackers.map(names.vehicle), NOUNS.vehicle);
  const zones = either(rule.zone_ids.map(names.zone), NOUNS.zone);
  const isCrossing = kind.zones === "needed" || kind.zones === "route";
  const event = eventWords(kind, halfOf(rule));
  const rest = [...figuresOf(rule, kind, names), isCrossing ? "" : limitOf(rule, zones)].filter(Boolean).join(" ");
  const parts = { vehicles, event, zones: isCrossing ? zones : "", rest };
  return t("{vehicles} {event} {zones} {rest}", parts, "rule").replace(/\s+/g, " ").trim();
}

/** @param {Rule} rule @param {string} zones */
function limitOf({ zone_ids: zoneIds, extended_params: details }, zones) {
  if (zoneIds.length === 0) return "";
  return details.zone_limit_inverted ? t("outside of {zones}", { zones }, "rule") : t("in {zones}", { zones }, "rule");
}

/** @param {Rule} rule @param {import("./kinds.js").Kind} kind @param {Names} names */
function figuresOf(rule, kind, names) {
  const ranges = rule.extended_params.tracker_params ?? [];
  if (ranges.length > 0) return [t("{sensors} out of range", { sensors: listed([...new Set(ranges.map(({ sensor_id: id }) => names.sensor(id)))], "or") }, "rule")];
  const virtualId = valueOf(rule, "virtual_sensor_id");
  if (virtualId !== null) return [t("of the sensor {sensor} as {value}", { sensor: names.sensor(Number(virtualId)), value: String(valueOf(rule, "trigger_value")) }, "rule")];
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
  const shown = parameter.form === "sensor" ? names.sensor(Number(value)) : parameter.form === "switch" ? "" : String(shownOf(parameter, value));
  return phraseOf(parameter, halfOf(rule), precedent).replace("{n}", () => shown);
}

/** @param {Rule} rule @param {Names} names */
function receiversOf({ alerts }, names) {
  const mailed = alerts.emails.map((address) => (address === names.me ? t("me", undefined, "rule tells") : address));
  const told = [
    ...(alerts.push_enabled ? [t("open pages", undefined, "rule tells")] : []),
    ...(mailed.length > 0 ? [t("{people} by mail", { people: mailed.length > MOST_NAMED ? t("{n} people", { n: mailed.length }) : listed(mailed, "and") }, "rule tells")] : []),
    ...(alerts.webhook_ids.length > 0 ? [t("{programs} by webhook", { programs: hooksOf(alerts.webhook_ids, names) }, "rule tells")] : []),
  ];
  const receivers = told.join(t(", and ", undefined, "rule tells"));
  const action = told.length > 0 ? t("tell {receivers}", { receivers }, "rule") : t("tell nobody, only note it", undefined, "rule");
  return alerts.emergency ? t("{action}, as an emergency", { action }, "rule") : action;
}

/** @param {number[]} ids @param {Names} names */
function hooksOf(ids, names) {
  return ids.length > MOST_NAMED ? t("{n} programs", { n: ids.length }) : listed(ids.map(names.webhook), "and");
}
