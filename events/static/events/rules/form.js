/** The form of a rule, which reads as the sentence that the rule is. */

import { find } from "../dom.js";
import { isolate } from "../texts.js";
import { Figures } from "./figures.js";
import { HourFields } from "./hours.js";
import { KINDS, isAskedFor, kindOf } from "./kinds.js";
import { NOUNS } from "./nouns.js";
import { Picker } from "./picker.js";
import { ReceiverFields } from "./receivers.js";
import { sentenceOf } from "./sentences.js";
import { t } from "../words/words.js";

/**
 * @typedef {import("./draft.js").Draft} Draft
 * @typedef {import("./draft.js").Rule} Rule
 * @typedef {import("./kinds.js").Kind} Kind
 * @typedef {import("../zones/shapes.js").Zone} Zone
 * @typedef {{id: number, label: string}} Option
 */

/** Events: `save`, `cancel`, `remove`. */
export class RuleForm extends EventTarget {
  #form;
  #book;
  #vehicles;
  #zones;
  #figures;
  #hours;
  #receivers;
  /** @type {?import("./draft.js").Draft} */
  #draft = null;
  /** @type {{vehicles: Option[], zones: Zone[], corridors: Zone[], sensors: Option[]}} */
  #options = { vehicles: [], zones: [], corridors: [], sensors: [] };
  #sensorsOf = "";

  /** @param {HTMLFormElement} form @param {import("./book.js").RuleBook} book */
  constructor(form, book) {
    super();
    this.#form = form;
    this.#book = book;
    this.#vehicles = new Picker(find(form, "[data-picks=vehicles]", HTMLDetailsElement), NOUNS.vehicle);
    this.#zones = new Picker(find(form, "[data-picks=zones]", HTMLDetailsElement), NOUNS.zone);
    this.#figures = new Figures(this.#find("[data-part=figures]"));
    this.#hours = new HourFields(form);
    this.#receivers = new ReceiverFields(form);
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
    this.#find("h3").textContent = draft.isNew ? t("New rule") : t("Change the rule");
    this.#find("[data-does=remove]").hidden = draft.isNew;
    this.refuse("");
    this.#fill(draft);
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

  /** @param {string} selector */
  #find(selector) {
    return find(this.#form, selector);
  }

  /** @param {string} name */
  #field(name) {
    return find(this.#form, `input[name=${name}]`, HTMLInputElement);
  }

  /** @param {string} name */
  #select(name) {
    return find(this.#form, `select[name=${name}]`, HTMLSelectElement);
  }

  #takeOptions() {
    const { vehicles, zones } = this.#book;
    this.#options = { vehicles, zones, corridors: zones.filter(({ type }) => type === "sausage"), sensors: [] };
    for (const picker of [this.#vehicles, this.#zones]) picker.close();
  }

  /** Shows what the draft has where nothing depends on anything else. @param {Draft} draft */
  #fill({ rule, choice }) {
    this.#fillChoices(choice, isAskedFor(rule));
    this.#fillWhere(rule);
    this.#hours.fill(rule.schedule);
    this.#receivers.fill(rule.alerts, this.#book.names.me, this.#book.webhooks);
    this.#field("suspended").checked = rule.suspended;
    this.#field("title").value = rule.name;
    this.#vehicles.show(this.#options.vehicles, rule.trackers);
  }

  /** @param {Rule} rule */
  #fillWhere({ zone_ids: zoneIds, extended_params: details }) {
    this.#select("where").value = zoneIds.length === 0 ? "anywhere" : details.zone_limit_inverted ? "outside" : "inside";
  }

  /** @param {string} choice @param {boolean} isKnown */
  #fillChoices(choice, isKnown) {
    const field = this.#select("what");
    const groups = Map.groupBy(Object.entries(KINDS), ([, { group }]) => group);
    field.replaceChildren(...[...groups].map(([group, kinds]) => groupOf(group, kinds)));
    if (!isKnown) field.replaceChildren(...optionsOf([choice.split(".")[0], kindOf(choice.split(".")[0])]));
    field.value = choice;
  }

  #listen() {
    for (const name of ["change", "input"]) {
      this.#form.addEventListener(name, ({ target }) => (target instanceof Element && target.closest("[data-picks]")) || this.#read());
    }
    for (const part of [this.#vehicles, this.#zones, this.#receivers]) part.addEventListener("change", () => this.#read());
    this.#on("cancel", () => this.dispatchEvent(new Event("cancel")));
    this.#on("remove", () => this.#ask());
    this.#on("really", () => this.dispatchEvent(new Event("remove")));
    this.#on("keep", () => {
      this.#find(".question").hidden = true;
      this.#find("[data-does=remove]").focus();
    });
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      const lack = this.#draft?.lack || this.#lack;
      if (lack) this.refuse(lack);
      else this.dispatchEvent(new Event("save"));
    });
  }

  /** @param {string} name @param {() => void} act */
  #on(name, act) {
    this.#find(`[data-does=${name}]`).addEventListener("click", act);
  }

  /** What was begun to be said, and would be lost. */
  get #lack() {
    const where = this.#select("where");
    const isSomewhere = !where.disabled && where.value !== "anywhere";
    return isSomewhere && this.#draft?.rule.zone_ids.length === 0 ? t("Choose a zone, or anywhere.") : this.#hours.lack;
  }

  /** Takes what is in the form into the draft, and shows what follows. */
  #read() {
    const draft = this.#draft;
    if (draft === null) return;
    if (this.#select("what").value === draft.choice) this.#readCondition(draft);
    else this.#choose(draft);
    this.#hours.read(draft);
    this.#receivers.read(draft);
    draft.rule.trackers = this.#vehicles.chosen;
    draft.rule.suspended = this.#field("suspended").checked;
    draft.rule.name = this.#field("title").value.trim();
    this.refuse("");
    this.#refresh();
  }

  /** Another event has figures and zones of its own. @param {Draft} draft */
  #choose(draft) {
    draft.choose(this.#select("what").value);
    this.#fillWhere(draft.rule);
  }

  /** @param {Draft} draft */
  #readCondition(draft) {
    this.#figures.read(draft);
    const where = this.#select("where").value;
    const isLimited = draft.kind.zones === "limit";
    if (draft.kind.zones !== "never") draft.rule.zone_ids = isLimited && where === "anywhere" ? [] : this.#zones.chosen;
    if (isLimited) draft.isOutside = where === "outside";
  }

  /** Shows what depends on the rest. */
  #refresh() {
    if (this.#draft === null) return;
    const { rule, kind } = this.#draft;
    this.#showWhere(rule, kind);
    this.#hours.refresh();
    this.#figures.show(this.#draft, this.#options.sensors);
    if (rule.type === "sensor_range") this.#readSensors(rule.trackers);
    this.#find("[data-part=sentence]").textContent = sentenceOf(rule, this.#book.names);
  }

  /** @param {Rule} rule @param {Kind} kind */
  #showWhere(rule, { zones }) {
    const field = this.#select("where");
    const isLimited = zones === "limit";
    field.hidden = field.disabled = !isLimited;
    const isShown = zones === "needed" || zones === "route" || (isLimited && field.value !== "anywhere");
    this.#find("[data-picks=zones]").hidden = !isShown;
    this.#zones.show(zones === "route" ? this.#options.corridors : this.#options.zones, rule.zone_ids, { isSingle: zones === "route" });
  }

  /** @param {number[]} trackerIds */
  async #readSensors(trackerIds) {
    const asked = trackerIds.join();
    if (asked === this.#sensorsOf) return;
    this.#sensorsOf = asked;
    const draft = this.#draft;
    const found = await this.#book.readSensors(trackerIds);
    if (asked !== this.#sensorsOf || draft !== this.#draft) return;
    const { vehicle } = this.#book.names;
    this.#options.sensors = found.map(({ id, name, trackerId }) => ({ id, label: t("{sensor} of {vehicle}", { sensor: name, vehicle: vehicle(trackerId) }) }));
    this.#refresh();
  }

  #ask() {
    this.#find(".question p").textContent = t("Delete “{name}”? Its alerts stay in the list; this cannot be undone.", { name: isolate(this.#draft?.rule.name ?? "") });
    this.#find(".question").hidden = false;
    this.#find("[data-does=keep]").focus();
  }
}

/** @param {string} name @param {[string, Kind][]} kinds */
function groupOf(name, kinds) {
  const group = document.createElement("optgroup");
  group.label = name;
  group.append(...kinds.flatMap(optionsOf));
  return group;
}

/** @param {[string, Kind]} kind */
function optionsOf([type, { events, both }]) {
  const words = events.length === 1 ? events : [...events, both];
  return words.map((text, half) => new Option(text, `${type}.${half}`));
}
