/** The types of rules as people say them: what happens, and the figures that belong to it (alerts §3). Pure. */

const MAX_MINUTES = 60_000;
const MAX_NUMBER = 2 ** 31 - 1;
const MAX_VALUE = 1e15;

/**
 * @typedef {import("./draft.js").Rule} Rule
 * @typedef {number|string|boolean} Value
 *
 * @typedef {object} Parameter of a type
 * @property {string} name `param`, or the key in `extended_params`
 * @property {"whole"|"decimal"|"text"|"switch"|"sensor"} form
 * @property {string} called by those who cannot see the words around it
 * @property {string|string[]} before the words that lead to it; a list: for the first event, the second, and both
 * @property {string} [after] its unit
 * @property {string} [joint] the word before these where another figure of the same kind precedes it
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
function kind(group, events, { both = events.join(" or "), zones = "limit", parameters = [] } = {}) {
  return { group, events, both, zones, parameters };
}

/**
 * @param {string} name @param {string} called @param {string|string[]} before @param {string} after
 * @param {Partial<Parameter>} rest
 * @returns {Parameter}
 */
function whole(name, called, before, after, { least, most, ...rest }) {
  return { name, form: "whole", called, before, after, least, most, ...rest };
}

/** @param {string} name @param {string|string[]} before @param {Partial<Parameter>} rest */
function minutes(name, before, { least, initial, ...rest }) {
  return whole(name, "Minutes", before, "minutes", { least, most: MAX_MINUTES, initial, ...rest });
}

/** @param {string} name @param {string} called @param {string} before @param {Partial<Parameter>} rest @returns {Parameter} */
function bound(name, called, before, rest = {}) {
  return { name, form: "decimal", called, before, least: -MAX_VALUE, most: MAX_VALUE, isOptional: true, ...rest };
}

/** @param {string} name @param {string} called @param {string} before @param {number} most @returns {Parameter} */
function text(name, called, before, most) {
  return { name, form: "text", called, before, most, initial: "" };
}

/** In the order in which the form offers them. @type {Record<string, Kind>} */
export const KINDS = {
  inoutzone: kind("Zones and routes", ["enters", "leaves"], { zones: "needed" }),
  route: kind("Zones and routes", ["leaves the route", "is back on the route"], {
    both: "leaves or is back on the route",
    zones: "route",
    parameters: [
      { name: "allow_exit_at_endpoints", form: "switch", called: "not at its ends", before: "but not at its ends", initial: true, unsaid: false },
    ],
  }),
  speedup: kind("Driving", ["drives faster than"], {
    parameters: [
      whole("param", "Speed in km/h", "", "km/h", { least: 0, most: 100_000, initial: 90 }),
      whole("min_duration_seconds", "Seconds", "for at least", "seconds", { least: 0, most: 86_400, initial: 0, unsaid: 0, isOptional: true }),
    ],
  }),
  track_change: kind("Driving", ["parks", "begins a trip"]),
  harsh_driving: kind("Driving", ["is driven harshly"]),
  over_speed_reported: kind("Driving", ["says itself that it speeds"]),
  excessive_parking: kind("Standing", ["has parked for", "drives on after parking for"], {
    both: "has parked for, or drives on after,",
    parameters: [minutes("max_parking_duration", "more than", { least: 5, initial: 30 })],
  }),
  idling_soft: kind("Standing", ["has idled for", "ends idling of"], {
    both: "has idled for, or ends idling of,",
    parameters: [minutes("param", "", { least: 1, initial: 10 })],
  }),
  offline: kind("Connection and power", ["goes offline", "is heard again"], {
    zones: "never",
    parameters: [
      minutes("param", ["and stays so for", "after being offline for", "with a silence of"], { least: 0, initial: 5, unsaid: 0, isOptional: true }),
    ],
  }),
  gps_lost_recover: kind("Connection and power", ["loses the satellites", "finds satellites again"]),
  battery_off: kind("Connection and power", ["loses external power", "has external power again"]),
  lowpower: kind("Connection and power", ["has a low battery"]),
  backup_battery_low: kind("Connection and power", ["has a low backup battery"]),
  input_change: kind("Inputs and values", ["switches on", "switches off"], {
    both: "switches on or off",
    parameters: [whole("param", "Number of the input", "input", "", { least: 1, most: 64, initial: 1 })],
  }),
  sensor_range: kind("Inputs and values", ["has the sensor", "no longer has the sensor"], {
    both: "begins or ceases to have the sensor",
    parameters: [
      { name: "sensor_id", form: "sensor", called: "Sensor", before: "" },
      bound("min", "Lower bound", "below"),
      bound("max", "Upper bound", "above", { joint: "or" }),
    ],
  }),
  state_field_control: kind("Inputs and values", ["reports the field"], {
    parameters: [
      text("state_field", "Field", "", 64),
      text("trigger_value", "Value", "as", 1024),
      whole("repeat_delay_seconds", "Seconds", "at most once in", "seconds", { least: 0, most: MAX_NUMBER, isOptional: true }),
    ],
  }),
  sos: kind("Alarms", ["calls for help (SOS)"]),
  crash_alarm: kind("Alarms", ["reports a crash"]),
  call_button_pressed: kind("Alarms", ["has its call button pressed"]),
  door_alarm: kind("Alarms", ["reports a door alarm"]),
  detach: kind("Alarms", ["has its device taken off"]),
  case_intrusion: kind("Alarms", ["has the case of its device opened"]),
};

/** @param {string} type @returns {Kind} also of a type that is newer than this page */
export function kindOf(type) {
  return KINDS[type] ?? kind("Others", [`has “${type}”`]);
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

/** The words before a figure. @param {Parameter} parameter @param {number} half */
export function wordsBefore({ before }, half) {
  return Array.isArray(before) ? before[half] : before;
}
