/** Light and dark: the system's choice, unless the user made one here. */

import { remember, recall } from "./memory.js";
import { t } from "./words/words.js";

const KEY = "fleetsphere.theme";
/** Of the bar that a system draws above the page; as the page's own below it. */
const BARS = { light: "#ffffff", dark: "#141c22" };
const CHOICES = ["auto", "light", "dark"];
/** @type {Record<string, string>} */
const NAMES = { auto: t("as the system", undefined, "colours"), light: t("light", undefined, "colours"), dark: t("dark", undefined, "colours") };

/** Events: `change` when other colours are shown. */
export class Theme extends EventTarget {
  #button;
  #choice = CHOICES.find((choice) => choice === recall(KEY)) ?? "auto";
  #system = matchMedia("(prefers-color-scheme: dark)");

  /** @param {?HTMLElement} button by which it is switched, where there is one */
  constructor(button = null) {
    super();
    this.#button = button;
    button?.addEventListener("click", () => this.#next());
    this.#system.addEventListener("change", () => this.#show());
    this.#show();
  }

  /** @returns {"light"|"dark"} what is shown */
  get shown() {
    if (this.#choice !== "auto") return /** @type {"light"|"dark"} */ (this.#choice);
    return this.#system.matches ? "dark" : "light";
  }

  /** Takes the choice after this one. */
  #next() {
    this.#choice = CHOICES[(CHOICES.indexOf(this.#choice) + 1) % CHOICES.length];
    remember(KEY, this.#choice);
    this.#show();
  }

  #show() {
    const choice = NAMES[this.#choice];
    this.#button?.setAttribute("title", t("Colours: {choice}", { choice }));
    this.#button?.setAttribute("aria-label", t("Colours: {choice}. Switch.", { choice }));
    document.documentElement.dataset.theme = this.#choice;
    document.querySelector("meta[name=theme-color]")?.setAttribute("content", BARS[this.shown]);
    this.dispatchEvent(new Event("change"));
  }
}
