/** The rule that is made or changed. It is the rule as it was read, so that what no form shows goes back as it came. Pure. */

import { halfOf, isAskedFor, kindOf, valueOf } from "./kinds.js";
import { hoursOf, intervalsOf } from "./schedule.js";
import { titleOf } from "./sentences.js";
import { t } from "../words/words.js";

/**
 * @typedef {import("./kinds.js").Value} Value
 *
 * @typedef {object} Alerts
 * @property {boolean} push_enabled
 * @property {string[]} emails
 * @property {boolean} emergency
 * @property {number[]} webhook_ids
 *
 * What of a type of its own is said in words: its parameters, by their names, and what the form does not know.
 *
 * @typedef {Record<string, Value|undefined>} Figures
 * @typedef {{tracker_params?: {sensor_id: number}[]}} Ranges
 *
 * A rule as the server lists it; a text that is left out is what the server calls its event.
 *
 * @typedef {object} Rule
 * @property {?number} id null: it is not stored yet
 * @property {string} name
 * @property {string} description
 * @property {string} type
 * @property {number[]} zone_ids
 * @property {number} [zone_id]
 * @property {number[]} trackers
 * @property {?number} param
 * @property {string} [primary_text]
 * @property {string} [secondary_text]
 * @property {boolean} suspended
 * @property {Alerts} alerts
 * @property {import("./schedule.js").Interval[]} schedule
 * @property {Figures & Ranges} extended_params
 */

/** What belongs to a type, and is put by while another one is looked at. */
const OF_TYPE = /** @type {const} */ (["param", "zone_ids", "extended_params", "primary_text", "secondary_text"]);

/** @param {string} me the address of who makes it @returns {Rule} as the server would list it */
export function newRule(me) {
  return {
    id: null,
    name: "",
    description: "",
    type: "inoutzone",
    zone_ids: [],
    trackers: [],
    param: null,
    secondary_text: "",
    suspended: false,
    alerts: { push_enabled: true, emails: me ? [me] : [], emergency: false, webhook_ids: [] },
    schedule: [],
    extended_params: { append_zone_title: true },
  };
}

export class Draft {
  /** @type {Rule} */
  rule;
  #read;
  /** @type {Map<string, Partial<Rule>>} */
  #byType = new Map();

  /** @param {Rule} rule */
  constructor(rule) {
    this.rule = structuredClone(rule);
    this.#read = JSON.stringify(rule);
  }

  /** Whether a rule, as the server lists it now, is what this one was made of. @param {Rule} rule */
  isOf(rule) {
    return this.#read === JSON.stringify(rule);
  }

  get isNew() {
    return this.rule.id === null;
  }

  get kind() {
    return kindOf(this.rule.type);
  }

  /** What happens, by type and half of it. */
  get choice() {
    return `${this.rule.type}.${halfOf(this.rule)}`;
  }

  /** @param {string} choice as `inoutzone.1`: its second event */
  choose(choice) {
    if (choice === this.choice) return;
    const [type, half] = choice.split(".");
    if (type !== this.rule.type) this.#become(type);
    if (this.kind.events.length === 1) return;
    this.#tell("primary_text", half !== "1");
    this.#tell("secondary_text", half !== "0");
  }

  /** Leaves alone what is as it was: a figure that is said anew has the rule begin anew. @param {string} name @param {?Value} value */
  set(name, value) {
    const before = valueOf(this.rule, name);
    if (value === before || (before === null && value === false)) return;
    if (name === "param") this.rule.param = /** @type {?number} */ (value);
    else if (value === null) delete this.rule.extended_params[name];
    else this.rule.extended_params[name] = value;
  }

  get isEmergency() {
    return this.rule.alerts.emergency;
  }

  /** Either spelling alone makes it one. @param {boolean} isOne */
  set isEmergency(isOne) {
    this.rule.alerts.emergency = this.rule.extended_params.emergency = isOne;
  }

  /** Outside of its zones instead of in them; then no alert can name the zone. @param {boolean} isOutside */
  set isOutside(isOutside) {
    const details = this.rule.extended_params;
    if (isOutside) details.append_zone_title = false;
    details.zone_limit_inverted = isOutside;
  }

  /** @param {?import("./schedule.js").Hours} hours null: always */
  set hours(hours) {
    if (JSON.stringify(hoursOf(this.rule.schedule)) === JSON.stringify(hours) && hours !== null) return;
    this.rule.schedule = hours === null ? [] : intervalsOf(hours);
  }

  /** What is still missing, in words; empty: it can be stored. */
  get lack() {
    const { trackers, zone_ids: zoneIds } = this.rule;
    if (this.isNew && trackers.length === 0) return t("Choose a vehicle.");
    if (this.kind.zones === "needed" && zoneIds.length === 0) return t("Choose a zone.");
    if (this.kind.zones === "route" && zoneIds.length !== 1) return t("Choose the corridor that is the route.");
    return isAskedFor(this.rule) ? this.#lackOfFigures : "";
  }

  get #lackOfFigures() {
    const isLacking = (/** @type {import("./kinds.js").Parameter} */ { name, form }) => (form === "sensor" || form === "text") && !valueOf(this.rule, name);
    const missing = this.kind.parameters.find(isLacking);
    if (missing) return t("{what} is missing.", { what: missing.called });
    if (this.isNew && this.rule.type === "sensor_range" && this.rule.trackers.length > 1) return t("Choose one vehicle: a sensor is of one.");
    const hasNoBound = valueOf(this.rule, "min") === null && valueOf(this.rule, "max") === null;
    return this.rule.type === "sensor_range" && hasNoBound ? t("Say below or above what.") : "";
  }

  /** As the server takes it. @param {import("./sentences.js").Names} names */
  documentBy(names) {
    const { id, zone_id: _, ...rule } = this.rule;
    return { ...rule, ...(this.isNew ? {} : { id }), name: rule.name || titleOf(this.rule, names) };
  }

  /** @param {string} type */
  #become(type) {
    this.#byType.set(this.rule.type, Object.fromEntries(OF_TYPE.map((name) => [name, this.rule[name]])));
    this.rule.type = type;
    const known = this.#byType.get(type);
    Object.assign(this.rule, known ?? this.#beginning(type));
    this.rule.extended_params.emergency = this.isEmergency;
  }

  /** @param {string} type @returns {Partial<Rule>} */
  #beginning(type) {
    const { private_rule: isPrivate = false } = this.rule.extended_params;
    const initial = kindOf(type).parameters.filter(({ initial: value }) => value !== undefined).map(({ name, initial: value }) => [name, value]);
    /** @type {{param?: ?number} & Figures} */
    const { param = null, ...details } = Object.fromEntries(initial);
    const extended = { ...details, private_rule: isPrivate, append_zone_title: type === "inoutzone" };
    return { param, zone_ids: [], extended_params: extended, primary_text: undefined, secondary_text: undefined };
  }

  /** An empty text is silence; one that is left out is what the server calls the event. @param {"primary_text"|"secondary_text"} name @param {boolean} isTold */
  #tell(name, isTold) {
    if (!isTold) this.rule[name] = "";
    else if (this.rule[name] === "") delete this.rule[name];
  }
}
