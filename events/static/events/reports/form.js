/** The form of a report that is to be made, now or again and again by mail. */

import { find } from "../dom.js";
import { isolate } from "../texts.js";
import { nameOfDay } from "../time.js";
import { limitOf, speedPhrase, storedLimit, units } from "../units.js";
import { FIGURES, orderOf, scheduleOf } from "./kinds.js";
import { NAMED_PERIODS, periodOf } from "./periods.js";
import { told } from "../words/told.js";
import { t } from "../words/words.js";

/** @typedef {HTMLInputElement|HTMLSelectElement} Field */

const MOST_VEHICLES = 500;
const NOW = "now";
const OWN_PERIOD = "own";
const WITHOUT_REPORT = new Set(["blocked", "unavailable"]);

/** @typedef {{report_kinds: Record<string, string>, report_formats: string[]}} Settings of the page, as far as they are of reports */

/** Events: `cancel`; (CustomEvent) `make` with `{often, order}` or `{often, schedule}`. */
export class ReportForm extends EventTarget {
  #form;
  #clock;
  #kinds;
  #choices;

  /**
   * @param {HTMLFormElement} form
   * @param {{clock: import("../time.js").ServerClock, settings: Settings, choices: () => import("./choices.js").Choice[]}} parts
   */
  constructor(form, { clock, settings, choices }) {
    super();
    this.#form = form;
    this.#clock = clock;
    this.#kinds = Object.fromEntries(Object.entries(settings.report_kinds).map(([kind, title]) => [kind, told(title)]));
    this.#choices = choices;
    fill(this.#field("kind"), Object.entries(this.#kinds).sort(([, one], [, other]) => one.localeCompare(other)));
    fill(this.#field("period"), [...NAMED_PERIODS, [OWN_PERIOD, t("From … to …")]]);
    fill(this.#field("format"), settings.report_formats.map((format) => [format, format.toUpperCase()]));
    this.#listen();
  }

  /** @param {{often?: string, me: string}} wanted how often to begin with, and where letters to who is logged in go */
  open({ often = NOW, me }) {
    this.#form.hidden = false;
    this.#field("often").value = often;
    this.#field("emails").value ||= me;
    this.#showVehicles();
    this.#namePeriod(this.#field("period").value === OWN_PERIOD ? "week" : this.#field("period").value);
    this.#show();
    this.refuse("");
    find(this.#form, "h3").focus();
  }

  close() {
    this.#form.hidden = true;
  }

  /** Nothing of who was logged in stays. */
  clear() {
    this.#form.reset();
    this.close();
  }

  /** @param {string} text why the server refused; empty: it did not */
  refuse(text) {
    const failure = find(this.#form, ".failure");
    failure.hidden = text === "";
    failure.textContent = text;
  }

  #listen() {
    const form = this.#form;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#make();
    });
    find(form, "[data-does=cancel]").addEventListener("click", () => this.dispatchEvent(new Event("cancel")));
    for (const name of ["kind", "often"]) this.#field(name).addEventListener("change", () => this.#show());
    this.#field("period").addEventListener("change", () => this.#namePeriod(this.#field("period").value));
    for (const name of ["from", "to"]) this.#field(name).addEventListener("change", () => (this.#field("period").value = OWN_PERIOD));
  }

  #showVehicles() {
    const chosen = this.#field("vehicles").value;
    const options = this.#choices().map(({ name, label }) => [name, label]);
    fill(this.#field("vehicles"), options);
    if (options.some(([name]) => name === chosen)) this.#field("vehicles").value = chosen;
  }

  /** @param {string} name */
  #namePeriod(name) {
    if (name === OWN_PERIOD) return this.#field("from").focus();
    const { from, to } = periodOf(name, nameOfDay(this.#clock.now()));
    this.#field("period").value = name;
    [this.#field("from").value, this.#field("to").value] = [from, to];
  }

  /** Shows the fields that this kind has, made so often. */
  #show() {
    const isNow = this.#field("often").value === NOW;
    for (const part of /** @type {NodeListOf<HTMLElement>} */ (this.#form.querySelectorAll("[data-when]"))) {
      const isOff = (part.dataset.when === NOW) !== isNow;
      part.hidden = isOff;
      const fields = /** @type {NodeListOf<HTMLInputElement|HTMLSelectElement>} */ (part.querySelectorAll("input, select"));
      for (const field of fields) field.disabled = isOff;
    }
    find(this.#form, "[type=submit]").textContent = isNow ? t("Make it") : t("Send it so");
    const figures = FIGURES[this.#field("kind").value] ?? [];
    find(this.#form, "[data-part=figures]").replaceChildren(...figures.map(figureField));
  }

  #make() {
    const trackers = this.#choices().find(({ name }) => name === this.#field("vehicles").value)?.find() ?? [];
    const usable = trackers.filter(({ status }) => !WITHOUT_REPORT.has(status)).map(({ trackerId }) => trackerId);
    const lack = lackOf(usable.length, this.#field("from"), this.#field("to"));
    if (lack) return this.refuse(lack);
    this.refuse("");
    const often = this.#field("often").value;
    const read = this.#read(usable);
    const made = often === NOW ? { order: orderOf(read) } : { schedule: scheduleOf(read) };
    this.dispatchEvent(new CustomEvent("make", { detail: { often, ...made } }));
  }

  /** @param {number[]} trackers @returns {import("./kinds.js").Asked} */
  #read(trackers) {
    const value = (/** @type {string} */ name) => this.#field(name).value;
    const inputs = /** @type {NodeListOf<HTMLInputElement>} */ (this.#form.querySelectorAll("[data-part=figures] input"));
    const figures = [...inputs].map((field) => [field.name, field.dataset.form === "speed" ? storedLimit(Number(field.value)) : Number(field.value)]);
    const title = value("title").trim() || this.#kinds[value("kind")];
    const [kind, from, to, often, at, emails, format] = ["kind", "from", "to", "often", "at", "emails", "format"].map(value);
    return { trackers, title, figures: Object.fromEntries(figures), kind, from, to, often, at, emails, format };
  }

  /** @param {string} name */
  #field(name) {
    return /** @type {Field} */ (this.#form.elements.namedItem(name));
  }
}

/** @param {number} count of vehicles @param {Field} from @param {Field} to @returns {string} empty: nothing */
function lackOf(count, from, to) {
  if (count === 0) return t("There is no vehicle among these of which a report can be made.");
  if (count > MOST_VEHICLES) return t("A report is of {most} vehicles at most, and these are {n}. Search for fewer, or choose a group.", { most: MOST_VEHICLES, n: count });
  return !from.disabled && from.value > to.value ? t("The last day is before the first.") : "";
}

/** @param {import("./kinds.js").Figure} figure */
function figureField({ name, label, unit, value, least, most }) {
  const [line, input] = [document.createElement("label"), document.createElement("input")];
  const isSpeed = unit === null;
  const [highest, initial] = isSpeed ? [Math.floor(most / units().km), limitOf(value)] : [most, value];
  Object.assign(input, { name, type: "number", min: String(least), max: String(highest), step: "1", required: true, value: String(initial) });
  input.dataset.form = isSpeed ? "speed" : "whole";
  line.append(`${label} `, input, ` ${unit ?? speedPhrase().replace("{n}", "").trim()}`);
  return line;
}

/** @param {Field} select @param {string[][]} options value and text of each */
function fill(select, options) {
  select.replaceChildren(...options.map(([value, text]) => new Option(isolate(text), value)));
}
