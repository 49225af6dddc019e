/** The types of rules as people say them: what happens, and the figures that belong to it (alerts §3). Pure. */

import { limitOf, speedPhrase, storedLimit } from "../units.js";
import { listed, t } from "../words/words.js";

const MAX_MINUTES = 60_000;
const MAX_NUMBER = 2 ** 31 - 1;
const MAX_VALUE = 1e15;

/**
 * @typedef {import("./draft.js").Rule} Rule
 * @typedef {number|string|boolean} Value
 *
 * @typedef {object} Parameter of a type
 * @property {string} name `param`, or the key in `extended_params`
 * @property {"whole"|"decimal"|"speed"|"text"|"switch"|"sensor"} form `speed`: stored in km/h, and whole in the unit of who reads it
 * @property {string} called by those who cannot see the words around it
 * @property {string|string[]} phrase the words around it, with `{n}` in its place; a list: for the first event, the second, and both
 * @property {string} [joined] the phrase where another figure of the same kind precedes it
 * @property {number} [least]
 * @property {number} [most] of a text its length
 * @property {number|string|boolean} [initial] in a new rule
 * @property {number|boolean} [unsaid] the value that goes without saying
 * @property {boolean} [isOptional] it may be empty
 *
 * @typedef {object} Kind
 * @property {string} group
 * @property {string[]} events what happens: the first and, if there is one, the second
 * @property {string} both of them
 * @property {"needed"|"route"|"never"|"limit"} zones what zones are to it; `limit`: it may hold only in or outside of some
 * @property {Parameter[]} parameters
 */

/**
 * @param {string} group @param {string[]} events
 * @param {Partial<Kind>} [rest] `both` where that is not "the first or the second"
 * @returns {Kind}
 */
function kind(group, events, { both = listed(events, "or"), zones = "limit", parameters = [] } = {}) {
  return { group, events, both, zones, parameters };
}

/**
 * @param {string} name @param {string} called @param {string|string[]} phrase @param {Partial<Parameter>} rest
 * @returns {Parameter}
 */
function whole(name, called, phrase, { least, most, ...rest }) {
  return { name, form: "whole", called, phrase, least, most, ...rest };
}

/** @param {string} name @param {string|string[]} phrase @param {Partial<Parameter>} rest */
function minutes(name, phrase, { least, initial, ...rest }) {
  return whole(name, t("Minutes"), phrase, { least, most: MAX_MINUTES, initial, ...rest });
}

/** @param {string} name @param {string} called @param {string} phrase @param {Partial<Parameter>} rest @returns {Parameter} */
function bound(name, called, phrase, rest = {}) {
  return { name, form: "decimal", called, phrase, least: -MAX_VALUE, most: MAX_VALUE, isOptional: true, ...rest };
}

/** @param {string} name @param {string} called @param {string} phrase @param {number} most @returns {Parameter} */
function text(name, called, phrase, most) {
  return { name, form: "text", called, phrase, most, initial: "" };
}

/** In the order in which the form offers them. @type {Record<string, Kind>} */
export const KINDS = {
  inoutzone: kind(t("Zones and routes"), [t("enters", undefined, "rule"), t("leaves", undefined, "rule")], { zones: "needed" }),
  route: kind(t("Zones and routes"), [t("leaves the route", undefined, "rule"), t("is back on the route", undefined, "rule")], {
    both: t("leaves or is back on the route", undefined, "rule"),
    zones: "route",
    parameters: [
      { name: "allow_exit_at_endpoints", form: "switch", called: t("not at its ends", undefined, "rule"), phrase: t("but not at its ends", undefined, "rule"), initial: true, unsaid: false },
    ],
  }),
  speedup: kind(t("Driving"), [t("drives faster than", undefined, "rule")], {
    parameters: [
      { name: "param", form: "speed", called: t("Speed"), phrase: "", least: 0, most: 100_000, initial: 90 },
      whole("min_duration_seconds", t("Seconds"), t("for at least {n} seconds", undefined, "rule"), { least: 0, most: 86_400, initial: 0, unsaid: 0, isOptional: true }),
    ],
  }),
  track_change: kind(t("Driving"), [t("parks", undefined, "rule"), t("begins a trip", undefined, "rule")]),
  harsh_driving: kind(t("Driving"), [t("is driven harshly", undefined, "rule")]),
  over_speed_reported: kind(t("Driving"), [t("says itself that it speeds", undefined, "rule")]),
  excessive_parking: kind(t("Standing"), [t("has parked for", undefined, "rule"), t("drives on after parking for", undefined, "rule")], {
    both: t("has parked for, or drives on after,", undefined, "rule"),
    parameters: [minutes("max_parking_duration", t("more than {n} minutes", undefined, "rule"), { least: 5, initial: 30 })],
  }),
  idling_soft: kind(t("Standing"), [t("has idled for", undefined, "rule"), t("ends idling of", undefined, "rule")], {
    both: t("has idled for, or ends idling of,", undefined, "rule"),
    parameters: [minutes("param", t("{n} minutes", undefined, "rule"), { least: 1, initial: 10 })],
  }),
  offline: kind(t("Connection and power"), [t("goes offline", undefined, "rule"), t("is heard again", undefined, "rule")], {
    zones: "never",
    parameters: [
      minutes("param", [t("and stays so for {n} minutes", undefined, "rule"), t("after being offline for {n} minutes", undefined, "rule"), t("with a silence of {n} minutes", undefined, "rule")], { least: 0, initial: 5, unsaid: 0, isOptional: true }),
    ],
  }),
  gps_lost_recover: kind(t("Connection and power"), [t("loses the satellites", undefined, "rule"), t("finds satellites again", undefined, "rule")]),
  battery_off: kind(t("Connection and power"), [t("loses external power", undefined, "rule"), t("has external power again", undefined, "rule")]),
  lowpower: kind(t("Connection and power"), [t("has a low battery", undefined, "rule")]),
  backup_battery_low: kind(t("Connection and power"), [t("has a low backup battery", undefined, "rule")]),
  input_change: kind(t("Inputs and values"), [t("switches on", undefined, "rule"), t("switches off", undefined, "rule")], {
    both: t("switches on or off", undefined, "rule"),
    parameters: [whole("param", t("Number of the input"), t("input {n}", undefined, "rule"), { least: 1, most: 64, initial: 1 })],
  }),
  sensor_range: kind(t("Inputs and values"), [t("has the sensor", undefined, "rule"), t("no longer has the sensor", undefined, "rule")], {
    both: t("begins or ceases to have the sensor", undefined, "rule"),
    parameters: [
      { name: "sensor_id", form: "sensor", called: t("Sensor"), phrase: "{n}" },
      bound("min", t("Lower bound"), t("below {n}", undefined, "rule")),
      bound("max", t("Upper bound"), t("above {n}", undefined, "rule"), { joined: t("or above {n}", undefined, "rule") }),
    ],
  }),
  state_field_control: kind(t("Inputs and values"), [t("reports the field", undefined, "rule")], {
    parameters: [
      text("state_field", t("Field"), "{n}", 64),
      text("trigger_value", t("Value"), t("as {n}", undefined, "rule"), 1024),
      whole("repeat_delay_seconds", t("Seconds"), t("at most once in {n} seconds", undefined, "rule"), { least: 0, most: MAX_NUMBER, isOptional: true }),
    ],
  }),
  sos: kind(t("Alarms"), [t("calls for help (SOS)", undefined, "rule")]),
  crash_alarm: kind(t("Alarms"), [t("reports a crash", undefined, "rule")]),
  call_button_pressed: kind(t("Alarms"), [t("has its call button pressed", undefined, "rule")]),
  door_alarm: kind(t("Alarms"), [t("reports a door alarm", undefined, "rule")]),
  detach: kind(t("Alarms"), [t("has its device taken off", undefined, "rule")]),
  case_intrusion: kind(t("Alarms"), [t("has the case of its device opened", undefined, "rule")]),
};

/** @param {string} type @returns {Kind} also of a type that is newer than this page */
export function kindOf(type) {
  return KINDS[type] ?? kind(t("Others"), [t("has “{type}”", { type }, "rule")]);
}

/** Whether the form can ask for all that makes the rule fire; else that is only kept. @param {Rule} rule */
export function isAskedFor({ type, extended_params: details }) {
  return type in KINDS && (details.tracker_params ?? []).length === 0 && (details.virtual_sensor_id ?? null) === null;
}

/** Which of its events are told: 0 the first, 1 the second, 2 both; a rule whose texts are all empty tells none: 2. @param {Rule} rule */
export function halfOf({ type, primary_text: first, secondary_text: second }) {
  if (kindOf(type).events.length === 1) return 0;
  const [isFirst, isSecond] = [first !== "", second !== ""];
  return isFirst === isSecond ? 2 : isFirst ? 0 : 1;
}

/** What happens: the words of one event of a kind, or of both. @param {Kind} kind @param {number} half */
export function eventWords({ events, both }, half) {
  return half === 2 ? both : events[half];
}

/** @param {Rule} rule @param {string} name @returns {?Value} */
export function valueOf(rule, name) {
  return (name === "param" ? rule.param : rule.extended_params[name]) ?? null;
}

/** A figure as it is read and typed. @param {{form: string}} parameter @param {?Value} value */
export function shownOf({ form }, value) {
  return form === "speed" && value !== null ? limitOf(Number(value)) : value;
}

/** What is stored for a figure that was typed; one that nobody has changed stays as it is. @param {{form: string}} parameter @param {?Value} value @param {?Value} before */
export function storedOf({ form }, value, before) {
  if (form !== "speed" || value === null) return value;
  return value === shownOf({ form }, before) ? before : storedLimit(Number(value));
}

/** The words around a figure, with `{n}` in its place. @param {Parameter} parameter @param {number} half @param {Parameter} [precedent] */
export function phraseOf({ phrase, form, joined }, half, precedent) {
  if (form === "speed") return speedPhrase();
  if (joined && precedent?.form === form) return joined;
  return Array.isArray(phrase) ? phrase[half] : phrase;
}
