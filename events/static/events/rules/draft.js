/** The rule that is made or changed. It is the rule as it was read, so that what no form shows goes back as it came. Pure. */

import { halfOf, isAskedFor, kindOf, valueOf } from "./kinds.js";
import { hoursOf, intervalsOf } from "./schedule.js";
import { titleOf } from "./sentences.js";

/** What belongs to a type, and is put by while another one is looked at. */
const OF_TYPE = ["param", "zone_ids", "extended_params", "primary_text", "secondary_text"];

/** @param {string} me the address of who makes it @returns {object} a rule as the server would list it */
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
  /** @type {object} as the server lists it; a text that is left out is what the server calls its event */
  rule;
  #read;
  #byType = new Map();

  constructor(rule) {
    this.rule = structuredClone(rule);
    this.#read = JSON.stringify(rule);
  }

  /** Whether a rule, as the server lists it now, is what this one was made of. */
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

  /** Leaves alone what is as it was: a figure that is said anew has the rule begin anew. */
  set(name, value) {
    const before = valueOf(this.rule, name);
    if (value === before || (before === null && value === false)) return;
    const place = name === "param" ? this.rule : this.rule.extended_params;
    if (value === null && name !== "param") delete place[name];
    else place[name] = value;
  }

  get isEmergency() {
    return this.rule.alerts.emergency;
  }

  /** Either spelling alone makes it one. */
  set isEmergency(isOne) {
    this.rule.alerts.emergency = this.rule.extended_params.emergency = isOne;
  }

  /** Outside of its zones instead of in them; then no alert can name the zone. */
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
    if (this.isNew && trackers.length === 0) return "Choose a vehicle.";
    if (this.kind.zones === "needed" && zoneIds.length === 0) return "Choose a zone.";
    if (this.kind.zones === "route" && zoneIds.length !== 1) return "Choose the corridor that is the route.";
    return isAskedFor(this.rule) ? this.#lackOfFigures : "";
  }

  get #lackOfFigures() {
    const isLacking = ({ name, form }) => (form === "sensor" || form === "text") && !valueOf(this.rule, name);
    const missing = this.kind.parameters.find(isLacking);
    if (missing) return `${missing.called} is missing.`;
    if (this.isNew && this.rule.type === "sensor_range" && this.rule.trackers.length > 1) return "Choose one vehicle: a sensor is of one.";
    const hasNoBound = valueOf(this.rule, "min") === null && valueOf(this.rule, "max") === null;
    return this.rule.type === "sensor_range" && hasNoBound ? "Say below or above what." : "";
  }

  /** As the server takes it. @param {import("./sentences.js").Names} names */
  documentBy(names) {
    const { id, zone_id: _, ...rule } = this.rule;
    return { ...rule, ...(this.isNew ? {} : { id }), name: rule.name || titleOf(rule, names) };
  }

  #become(type) {
    this.#byType.set(this.rule.type, Object.fromEntries(OF_TYPE.map((name) => [name, this.rule[name]])));
    this.rule.type = type;
    const known = this.#byType.get(type);
    Object.assign(this.rule, known ?? this.#beginning(type));
    this.rule.extended_params.emergency = this.isEmergency;
  }

  #beginning(type) {
    const { private_rule: isPrivate = false } = this.rule.extended_params;
    const initial = kindOf(type).parameters.filter(({ initial: value }) => value !== undefined).map(({ name, initial: value }) => [name, value]);
    const { param = null, ...details } = Object.fromEntries(initial);
    const extended = { ...details, private_rule: isPrivate, append_zone_title: type === "inoutzone" };
    return { param, zone_ids: [], extended_params: extended, primary_text: undefined, secondary_text: undefined };
  }

  /** An empty text is silence; one that is left out is what the server calls the event. */
  #tell(name, isTold) {
    if (!isTold) this.rule[name] = "";
    else if (this.rule[name] === "") delete this.rule[name];
  }
}
