/** Light and dark: the system's choice, unless the user made one here. */

import { remember, recall } from "./memory.js";

const KEY = "fleetsphere.theme";
const CHOICES = ["auto", "light", "dark"];
/** @type {Record<string, string>} */
const NAMES = { auto: "as the system", light: "light", dark: "dark" };

export class Theme extends EventTarget {
  #choice = CHOICES.find((choice) => choice === recall(KEY)) ?? "auto";
  #system = matchMedia("(prefers-color-scheme: dark)");

  constructor() {
    super();
    this.#system.addEventListener("change", () => this.#show());
    this.#show();
  }

  /** @returns {"light"|"dark"} what is shown */
  get shown() {
    if (this.#choice !== "auto") return /** @type {"light"|"dark"} */ (this.#choice);
    return this.#system.matches ? "dark" : "light";
  }

  /** The choice in words. */
  get name() {
    return NAMES[this.#choice];
  }

  /** @param {string} choice */
  choose(choice) {
    this.#choice = choice;
    remember(KEY, choice);
    this.#show();
  }

  /** The choice after this one. */
  next() {
    this.choose(CHOICES[(CHOICES.indexOf(this.#choice) + 1) % CHOICES.length]);
  }

  #show() {
    document.documentElement.dataset.theme = this.#choice;
    this.dispatchEvent(new Event("change"));
  }
}
