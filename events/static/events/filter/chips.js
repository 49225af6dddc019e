/** All by which vehicles are filtered, as buttons that take it away. */

import { find } from "../dom.js";
import { isolate } from "../texts.js";
import { t } from "../words/words.js";

/** @typedef {{text: string, label?: string, color?: string, drop: () => void}} Chip `label`: what the button is called, if not by its text */

/** Events: `clear`, `fit`, `follow`, `empty` when the last chip that had the focus is gone. */
export class Chips extends EventTarget {
  #box;

  /** @param {HTMLElement} box */
  constructor(box) {
    super();
    this.#box = box;
    for (const name of ["clear", "fit", "follow"]) {
      find(box, `[data-does=${name}]`).addEventListener("click", () => this.#tell(name));
    }
  }

  /** @param {Chip[]} chips */
  show(chips) {
    const place = this.#buttons.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    this.#box.hidden = chips.length === 0;
    find(this.#box, "ul").replaceChildren(...chips.map(createItem));
    if (place < 0) return;
    if (chips.length === 0) this.#tell("empty");
    else this.#buttons[Math.min(place, chips.length - 1)].focus();
  }

  get #buttons() {
    return /** @type {HTMLElement[]} */ ([...this.#box.querySelectorAll("li button")]);
  }

  /** @param {string} name */
  #tell(name) {
    this.dispatchEvent(new Event(name));
  }
}

/** @param {Chip} chip */
function createItem({ text, label, color, drop }) {
  const [item, button] = [document.createElement("li"), document.createElement("button")];
  button.type = "button";
  button.className = "chip";
  button.textContent = isolate(text);
  button.setAttribute("aria-label", label ?? t("Remove the filter {name}", { name: button.textContent }));
  if (color) button.style.setProperty("--color", color);
  button.addEventListener("click", drop);
  item.append(button);
  return item;
}
