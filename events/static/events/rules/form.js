/** The form of a rule, which reads as the sentence that the rule is. */

import { Figures } from "./figures.js";
import { KINDS, isAskedFor, kindOf } from "./kinds.js";
import { Picker } from "./picker.js";
import { WEEKDAYS, hoursOf, scheduleWords } from "./schedule.js";
import { sentenceOf } from "./sentences.js";

const BUSY_HOURS = { days: [1, 2, 3, 4, 5, 6, 7], from: "20:00", to: "06:00" };
const MAX_MAILED = 20;
const BETWEEN_ADDRESSES = /[\s,;]+/;

/** Events: `save`, `cancel`, `remove`. */
export class RuleForm extends EventTarget {
  #form;
  #book;
  #vehicles;
  #zones;
  #hooks;
  #figures;
  /** @type {?import("./draft.js").Draft} */
  #draft = null;
  #options = { vehicles: [], zones: [], corridors: [], hooks: [], sensors: [] };
  #sensorsOf = "";

  /** @param {HTMLFormElement} form @param {import("./book.js").RuleBook} book */
  constructor(form, book) {
    super();
    [this.#form, this.#book] = [form, book];
    this.#vehicles = new Picker(this.#find("[data-picks=vehicles]"), ["vehicle", "vehicles"]);
    this.#zones = new Picker(this.#find("[data-picks=zones]"), ["zone", "zones"]);
    this.#hooks = new Picker(this.#find("[data-picks=webhooks]"), ["webhook", "webhooks"]);
    this.#figures = new Figures(this.#find("[data-part=figures]"));
    this.#find("[data-part=days]").append(...WEEKDAYS.map(dayBox));
    this.#listen();
  }

  /** @param {?import("./draft.js").Draft} draft null: closes the form */
  open(draft) {
    this.#draft = draft;
    this.#form.hidden = draft === null;
    if (draft === null) return;
    this.#figures.reset();
    this.#sensorsOf = "";
    this.#takeOptions();
    this.#find("h3").textContent = draft.isNew ? "New rule" : "Change the rule";
    this.#find("[data-does=remove]").hidden = draft.isNew;
    this.#find(".question").hidden = true;
    this.refuse("");
    this.#fill();
    this.#refresh();
  }

  /** @param {string} text why it could not be done; empty: it could */
  refuse(text) {
    const failure = this.#find(".failure");
    failure.textContent = text;
    failure.hidden = text === "";
    this.#find(".question").hidden = true;
  }

  focus() {
    this.#find("h3").focus();
  }

  #find(selector) {
    return this.#form.querySelector(selector);
  }

  #field(name) {
    return this.#form.elements[name];
  }

  #takeOptions() {
    const { vehicles, zones, webhooks } = this.#book;
    const hooks = webhooks.map(({ id, title }) => ({ id, label: title }));
    this.#options = { vehicles, zones, corridors: zones.filter(({ type }) => type === "sausage"), hooks, sensors: [] };
    for (const picker of [this.#vehicles, this.#zones, this.#hooks]) picker.close();
  }

  /** Shows what the draft has where nothing depends on anything else. */
  #fill() {
    const { rule, choice } = this.#draft;
    this.#fillChoices(choice);
    this.#fillWhere(rule);
    this.#fillHours(rule.schedule);
    this.#fillReceivers(rule);
    this.#field("suspended").checked = rule.suspended;
    this.#field("title").value = rule.name;
    this.#vehicles.show(this.#options.vehicles, rule.trackers);
  }

  #fillWhere({ zone_ids: zoneIds, extended_params: details }) {
    this.#field("where").value = zoneIds.length === 0 ? "anywhere" : details.zone_limit_inverted ? "outside" : "inside";
  }

  #fillReceivers({ alerts }) {
    const { me } = this.#book.names;
    this.#field("push").checked = alerts.push_enabled;
    this.#field("me").checked = alerts.emails.includes(me);
    this.#field("me").closest("label").hidden = !me.includes("@");
    this.#field("emails").value = alerts.emails.filter((address) => address !== me).join(", ");
    this.#field("emergency").checked = this.#draft.isEmergency;
    this.#find("[data-part=hooks]").hidden = this.#options.hooks.length === 0 && alerts.webhook_ids.length === 0;
    this.#hooks.show(this.#options.hooks, alerts.webhook_ids);
  }

  #fillChoices(choice) {
    const field = this.#field("what");
    const isKnown = isAskedFor(this.#draft.rule);
    const groups = Map.groupBy(Object.entries(KINDS), ([, { group }]) => group);
    field.replaceChildren(...[...groups].map(([group, kinds]) => groupOf(group, kinds)));
    if (!isKnown) field.replaceChildren(...optionsOf([choice.split(".")[0], kindOf(choice.split(".")[0])]));
    field.value = choice;
  }

  #fillHours(schedule) {
    const hours = hoursOf(schedule);
    const isOwn = schedule.length > 0 && hours === null;
    const own = this.#find("option[value=own]");
    [own.hidden, own.disabled, own.textContent] = [!isOwn, !isOwn, isOwn ? scheduleWords(schedule) : ""];
    this.#field("when").value = schedule.length === 0 ? "always" : isOwn ? "own" : "hours";
    const { days, from, to } = hours ?? BUSY_HOURS;
    for (const box of this.#dayBoxes) box.checked = days.includes(Number(box.value));
    [this.#field("from").value, this.#field("to").value] = [from, to];
  }

  get #dayBoxes() {
    return [...this.#find("[data-part=days]").querySelectorAll("input")];
  }

  #listen() {
    this.#form.addEventListener("change", (event) => event.target.closest("[data-picks]") || this.#read());
    this.#form.addEventListener("input", (event) => event.target.closest("[data-picks]") || this.#read());
    for (const picker of [this.#vehicles, this.#zones, this.#hooks]) picker.addEventListener("change", () => this.#read());
    this.#on("cancel", () => this.dispatchEvent(new Event("cancel")));
    this.#on("remove", () => this.#ask());
    this.#on("really", () => this.dispatchEvent(new Event("remove")));
    this.#on("keep", () => {
      this.#find(".question").hidden = true;
      this.#find("[data-does=remove]").focus();
    });
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      const lack = this.#draft.lack || this.#lack;
      if (lack) this.refuse(lack);
      else this.dispatchEvent(new Event("save"));
    });
  }

  #on(name, act) {
    this.#find(`[data-does=${name}]`).addEventListener("click", act);
  }

  /** What was begun to be said, and would be lost. */
  get #lack() {
    if (this.#field("when").value === "hours" && this.#dayBoxes.every((box) => !box.checked)) return "Choose a day of the week.";
    const isSomewhere = !this.#field("where").disabled && this.#field("where").value !== "anywhere";
    return isSomewhere && this.#draft.rule.zone_ids.length === 0 ? "Choose a zone, or anywhere." : "";
  }

  /** Takes what is in the form into the draft, and shows what follows. */
  #read() {
    const draft = this.#draft;
    if (this.#field("what").value === draft.choice) this.#readCondition(draft);
    else this.#choose(draft);
    this.#readHours(draft);
    this.#readReceivers(draft);
    draft.rule.trackers = this.#vehicles.chosen;
    draft.rule.suspended = this.#field("suspended").checked;
    draft.rule.name = this.#field("title").value.trim();
    this.#refresh();
  }

  /** Another event has figures and zones of its own. */
  #choose(draft) {
    draft.choose(this.#field("what").value);
    this.#fillWhere(draft.rule);
  }

  #readCondition(draft) {
    this.#figures.read(draft);
    const where = this.#field("where").value;
    const isLimited = draft.kind.zones === "limit";
    if (draft.kind.zones !== "never") draft.rule.zone_ids = isLimited && where === "anywhere" ? [] : this.#zones.chosen;
    if (isLimited) draft.isOutside = where === "outside";
  }

  #readHours(draft) {
    const when = this.#field("when").value;
    const days = this.#dayBoxes.filter((box) => box.checked).map((box) => Number(box.value));
    const [from, to] = [this.#field("from").value, this.#field("to").value];
    if (when === "always") draft.hours = null;
    else if (when === "hours" && from && to && days.length > 0) draft.hours = { days, from, to };
  }

  #readReceivers(draft) {
    const { alerts } = draft.rule;
    const me = this.#field("me").checked ? [this.#book.names.me] : [];
    const others = this.#field("emails").value.split(BETWEEN_ADDRESSES).filter(Boolean);
    alerts.push_enabled = this.#field("push").checked;
    alerts.emails = [...new Set([...alerts.emails.filter((one) => [...me, ...others].includes(one)), ...me, ...others])].slice(0, MAX_MAILED);
    alerts.webhook_ids = this.#hooks.chosen;
    draft.isEmergency = this.#field("emergency").checked;
  }

  /** Shows what depends on the rest. */
  #refresh() {
    const { rule, kind } = this.#draft;
    this.#showWhere(rule, kind);
    const when = this.#field("when").value;
    this.#find("[data-part=hours]").hidden = when !== "hours";
    for (const name of ["from", "to"]) this.#field(name).disabled = when !== "hours";
    this.#figures.show(this.#draft, this.#options.sensors);
    if (rule.type === "sensor_range") this.#readSensors(rule.trackers);
    this.#find("[data-part=sentence]").textContent = sentenceOf(rule, this.#book.names);
  }

  #showWhere(rule, { zones }) {
    const field = this.#field("where");
    const isLimited = zones === "limit";
    field.hidden = field.disabled = !isLimited;
    const isShown = zones === "needed" || zones === "route" || (isLimited && field.value !== "anywhere");
    this.#find("[data-picks=zones]").hidden = !isShown;
    this.#zones.show(zones === "route" ? this.#options.corridors : this.#options.zones, rule.zone_ids, { isSingle: zones === "route" });
  }

  async #readSensors(trackerIds) {
    const asked = trackerIds.join();
    if (asked === this.#sensorsOf) return;
    this.#sensorsOf = asked;
    const draft = this.#draft;
    const found = await this.#book.readSensors(trackerIds);
    if (asked !== this.#sensorsOf || draft !== this.#draft) return;
    const { vehicle } = this.#book.names;
    this.#options.sensors = found.map(({ id, name, trackerId }) => ({ id, label: `${name} of ${vehicle(trackerId)}` }));
    this.#refresh();
  }

  #ask() {
    this.#find(".question p").textContent = `Delete “${this.#draft.rule.name}”? Its alerts stay in the list; this cannot be undone.`;
    this.#find(".question").hidden = false;
    this.#find("[data-does=keep]").focus();
  }
}

function groupOf(name, kinds) {
  const group = document.createElement("optgroup");
  group.label = name;
  group.append(...kinds.flatMap(optionsOf));
  return group;
}

function optionsOf([type, { events, both }]) {
  const words = events.length === 1 ? events : [...events, both];
  return words.map((text, half) => new Option(text, `${type}.${half}`));
}

function dayBox(name, index) {
  const [line, box] = ["label", "input"].map((tag) => document.createElement(tag));
  box.type = "checkbox";
  box.value = String(index + 1);
  line.append(box, name);
  return line;
}
