/** The figures of a type of rule: a field for each, between the words that lead to it. */

import { units } from "../units.js";
import { halfOf, isAskedFor, phraseOf, shownOf, storedOf, valueOf } from "./kinds.js";
import { t } from "../words/words.js";

/**
 * @typedef {import("./kinds.js").Parameter} Parameter
 * @typedef {import("./kinds.js").Value} Value
 * @typedef {HTMLInputElement|HTMLSelectElement} Field
 */

const KEPT = t("What exactly it looks for is more than this form can ask, and is kept.");
/** @type {Record<string, string>} */
const TYPES = { whole: "number", decimal: "number", speed: "number", text: "text", switch: "checkbox" };

export class Figures {
  #box;
  #shown = "";
  /** @type {{id: number, label: string}[]} */
  #sensors = [];

  /** @param {HTMLElement} box */
  constructor(box) {
    this.#box = box;
  }

  /** @param {import("./draft.js").Draft} draft @param {{id: number, label: string}[]} sensors to choose from */
  show(draft, sensors) {
    const { rule, choice } = draft;
    const key = JSON.stringify([rule.id, choice, sensors, units().speed]);
    if (key === this.#shown) return;
    [this.#shown, this.#sensors] = [key, sensors];
    const { parameters } = draft.kind;
    const lines = parameters.map((parameter, index) => this.#line(parameter, rule, parameters[index - 1]));
    this.#box.replaceChildren(...(isAskedFor(rule) ? lines : [KEPT]));
    this.#box.hidden = parameters.length === 0;
  }

  /** Forgets for which rule it was made. */
  reset() {
    this.#shown = "";
  }

  /** Takes what was entered. @param {import("./draft.js").Draft} draft */
  read(draft) {
    const fields = /** @type {NodeListOf<Field>} */ (this.#box.querySelectorAll("[data-name]"));
    for (const field of fields) {
      const { name = "", form = "" } = field.dataset;
      draft.set(name, storedOf({ form }, valueIn(field), valueOf(draft.rule, name)));
    }
  }

  /** @param {Parameter} parameter @param {import("./draft.js").Rule} rule @param {Parameter} [precedent] */
  #line(parameter, rule, precedent) {
    const line = document.createElement("label");
    const [before, after = ""] = phraseOf(parameter, halfOf(rule), precedent).split("{n}").map((words) => words.trim());
    const value = valueOf(rule, parameter.name);
    const field = parameter.form === "sensor" ? this.#sensorField(value) : inputFor(parameter, value);
    field.dataset.name = parameter.name;
    field.dataset.form = parameter.form;
    field.setAttribute("aria-label", parameter.called);
    const parts = [before, field, after].filter((part) => part !== "");
    line.append(...(parameter.form === "switch" ? parts.reverse() : parts));
    return line;
  }

  /** @param {?Value} value */
  #sensorField(value) {
    const field = document.createElement("select");
    const isUnknown = value !== null && !this.#sensors.some(({ id }) => id === value);
    const options = [...this.#sensors, ...(isUnknown ? [{ id: Number(value), label: t("sensor {id}", { id: String(value) }) }] : [])];
    field.append(new Option(options.length > 0 ? t("choose a sensor") : t("no sensor"), ""), ...options.map(({ id, label }) => new Option(label, String(id))));
    field.value = String(value ?? "");
    return field;
  }
}

/** @param {Parameter} parameter @param {?Value} value */
function inputFor(parameter, value) {
  const { form, least, most, isOptional } = parameter;
  const field = document.createElement("input");
  field.type = TYPES[form];
  if (form === "switch") field.checked = value === true;
  else field.value = String(shownOf(parameter, value) ?? "");
  if (form === "text") field.maxLength = most ?? -1;
  if (TYPES[form] === "number") {
    const highest = form === "speed" ? Math.floor((most ?? 0) / units().km) : most;
    Object.assign(field, { min: String(least), max: String(highest), step: form === "decimal" ? "any" : "1", inputMode: "decimal" });
  }
  field.required = form !== "switch" && !isOptional;
  return field;
}

/** @param {Field} field @returns {?Value} */
function valueIn(field) {
  if (field instanceof HTMLInputElement && field.type === "checkbox") return field.checked;
  if (field.dataset.form === "text") return field.value;
  return field.value === "" ? null : Number(field.value);
}
