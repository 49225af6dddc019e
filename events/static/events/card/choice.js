/** Which lines the card has; chosen by the user, kept by the browser. */

import { recall, remember } from "../memory.js";
import { t } from "../words/words.js";
import { LINES } from "./lines.js";

const KEY = "fleetsphere.card-without";
/** All lines of sensors and counters. */
export const READINGS = "readings";

/** Events: `change`. */
export class CardChoice extends EventTarget {
  #without = new Set((recall(KEY) ?? "").split(","));

  /** @param {HTMLElement} box in which lines are chosen */
  constructor(box) {
    super();
    box.append(...[...LINES, [READINGS, t("Sensors and counters")]].map(([key, name]) => this.#createLine(key, name)));
  }

  /** @param {string} key of a line */
  has(key) {
    return !this.#without.has(key);
  }

  /** @param {string} key @param {string} name */
  #createLine(key, name) {
    const [line, input] = [document.createElement("label"), document.createElement("input")];
    line.className = "tick";
    Object.assign(input, { type: "checkbox", checked: this.has(key) });
    input.addEventListener("change", () => this.#choose(key, input.checked));
    line.append(input, name);
    return line;
  }

  /** @param {string} key @param {boolean} isOn */
  #choose(key, isOn) {
    if (isOn) this.#without.delete(key);
    else this.#without.add(key);
    remember(KEY, [...this.#without].join(","));
    this.dispatchEvent(new Event("change"));
  }
}
