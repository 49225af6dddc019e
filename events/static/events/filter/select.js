/** A list to choose from, where that is a filter with a number beside each choice: how many vehicles it would leave. */

import { isolate } from "../texts.js";
import { t } from "../words/words.js";

/** Browsers shut a list, or go back to its first line, when something is written into it while it is open. */
const OPEN = CSS.supports("selector(:open)") ? ":open" : ":focus";

/**
 * @typedef {import("./counting.js").Numbers} Numbers
 * @typedef {{id: number|string, text: string, isCounted?: boolean}} Choice a value, what it is called, and whether a number stands beside it
 */

export class CountedSelect {
  #select;
  /** @type {Choice[]} */
  #choices = [];
  /** @type {string[]} what is written */
  #texts = [];
  /** @type {?Numbers} null: not known */
  #numbers = null;

  /** @param {HTMLSelectElement} select */
  constructor(select) {
    this.#select = select;
  }

  /** Whether somebody may be choosing: what is written meanwhile is in the way. */
  get isOpen() {
    return this.#select.matches(OPEN);
  }

  /** @param {Choice[]} choices @param {number|string} chosen */
  fill(choices, chosen) {
    if (!areSame(choices, this.#choices)) this.#write(choices);
    this.#select.value = String(chosen);
  }

  /** @param {Choice[]} choices */
  #write(choices) {
    this.#choices = choices;
    this.#texts = choices.map((choice) => this.#textOf(choice));
    this.#select.replaceChildren(...choices.map(({ id }, index) => new Option(this.#texts[index], String(id))));
  }

  /** Writes other numbers, unless the list is open; to be called again then. @param {Numbers} numbers */
  count(numbers) {
    if (numbers === this.#numbers || this.isOpen) return;
    this.#numbers = numbers;
    this.#choices.forEach((choice, index) => {
      const text = this.#textOf(choice);
      if (text === this.#texts[index]) return;
      this.#texts[index] = text;
      this.#select.options[index].text = text;
    });
  }

  /** @param {Choice} choice */
  #textOf({ id, text, isCounted = true }) {
    const name = isolate(text);
    return isCounted && this.#numbers ? t("{name} ({n})", { name, n: this.#numbers.get(id) ?? 0 }) : name;
  }
}

/** @param {Choice[]} some @param {Choice[]} others */
function areSame(some, others) {
  return some.length === others.length && some.every(({ id, text }, index) => id === others[index].id && text === others[index].text);
}
