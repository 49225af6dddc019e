/** The figures of a type of rule: a field for each, between the words that lead to it. */

import { halfOf, isAskedFor, valueOf, wordsBefore } from "./kinds.js";

/**
 * @typedef {import("./kinds.js").Parameter} Parameter
 * @typedef {import("./kinds.js").Value} Value
 * @typedef {HTMLInputElement|HTMLSelectElement} Field
 */

const KEPT = "What exactly it looks for is more than this form can ask, and is kept.";
/** @type {Record<string, string>} */
const TYPES = { whole: "number", decimal: "number", text: "text", switch: "checkbox" };

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
    const key = JSON.stringify([rule.id, choice, sensors]);
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
    for (const field of fields) draft.set(field.dataset.name ?? "", valueIn(field));
  }

  /** @param {Parameter} parameter @param {import("./draft.js").Rule} rule @param {Parameter} [precedent] */
  #line(parameter, rule, precedent) {
    const line = document.createElement("label");
    const joint = precedent?.form === parameter.form ? parameter.joint : "";
    const words = [joint, wordsBefore(parameter, halfOf(rule))].filter(Boolean).join(" ");
    const value = valueOf(rule, parameter.name);
    const field = parameter.form === "sensor" ? this.#sensorField(value) : inputFor(parameter, value);
    field.dataset.name = parameter.name;
    field.dataset.form = parameter.form;
    field.setAttribute("aria-label", parameter.called);
    const parts = [words, field, parameter.after ?? ""].filter((part) => part !== "");
    line.append(...(parameter.form === "switch" ? parts.reverse() : parts));
    return line;
  }

  /** @param {?Value} value */
  #sensorField(value) {
    const field = document.createElement("select");
    const isUnknown = value !== null && !this.#sensors.some(({ id }) => id === value);
    const options = [...this.#sensors, ...(isUnknown ? [{ id: Number(value), label: `sensor ${value}` }] : [])];
    field.append(new Option(options.length > 0 ? "choose a sensor" : "no sensor", ""), ...options.map(({ id, label }) => new Option(label, String(id))));
    field.value = String(value ?? "");
    return field;
  }
}

/** @param {Parameter} parameter @param {?Value} value */
function inputFor({ form, least, most, isOptional }, value) {
  const field = document.createElement("input");
  field.type = TYPES[form];
  if (form === "switch") field.checked = value === true;
  else field.value = String(value ?? "");
  if (form === "text") field.maxLength = most ?? -1;
  if (form === "whole" || form === "decimal") {
    Object.assign(field, { min: String(least), max: String(most), step: form === "whole" ? "1" : "any", inputMode: "decimal" });
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
