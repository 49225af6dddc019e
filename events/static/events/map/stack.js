/** The vehicles of one place as a list over the map. */

import { createIcon, setIcon } from "../icons.js";
import { STATUSES } from "../statuses.js";
import { isolate } from "../texts.js";
import { t } from "../words/words.js";

/** More than somebody looks through; the list of all vehicles has them. */
const MOST = 200;
const WIDTH = 260;
const MARGIN = 8;
/** @type {Record<string, number>} */
const STEPS = { ArrowDown: 1, ArrowUp: -1 };

/** Events: `choose` (CustomEvent) with a tracker id. */
export class Stack extends EventTarget {
  #box = document.createElement("div");
  #container;
  /** @type {?HTMLElement} */
  #opener = null;

  /** @param {HTMLElement} container of the map */
  constructor(container) {
    super();
    this.#container = container;
    this.#box.className = "stack";
    this.#box.hidden = true;
    this.#box.setAttribute("role", "dialog");
    this.#box.addEventListener("keydown", (event) => this.#press(event));
    container.append(this.#box);
  }

  /** @param {import("../fleet.js").Vehicle[]} vehicles @param {HTMLElement} opener */
  open(vehicles, opener) {
    this.#opener = opener;
    this.#box.setAttribute("aria-label", t("{n, plural, one {# vehicle} other {# vehicles}} in one place", { n: vehicles.length }));
    const buttons = vehicles.slice(0, MOST).map((vehicle) => this.#button(vehicle));
    const more = vehicles.length - buttons.length;
    const rest = Object.assign(document.createElement("p"), { textContent: more > 0 ? t("and {n} more", { n: more }) : "", hidden: more <= 0 });
    this.#box.replaceChildren(...buttons, rest);
    this.#box.hidden = false;
    this.#place(opener);
    buttons[0]?.focus();
  }

  close() {
    if (this.#box.hidden) return;
    const hadFocus = this.#box.contains(document.activeElement);
    this.#box.hidden = true;
    if (hadFocus) this.#opener?.focus();
  }

  /** @param {import("../fleet.js").Vehicle} vehicle */
  #button({ trackerId, label, status, state }) {
    const button = document.createElement("button");
    const [icon, name, what] = [createIcon(), document.createElement("span"), document.createElement("small")];
    button.type = "button";
    setIcon(icon, status, state?.heading);
    name.textContent = isolate(label);
    what.textContent = STATUSES[status].label;
    button.append(icon, name, what);
    button.addEventListener("click", () => {
      this.close();
      this.dispatchEvent(new CustomEvent("choose", { detail: trackerId }));
    });
    return button;
  }

  /** @param {HTMLElement} opener */
  #place(opener) {
    const map = this.#container.getBoundingClientRect();
    const from = opener.getBoundingClientRect();
    const left = Math.min(Math.max(MARGIN, from.right - map.left + MARGIN), map.width - WIDTH - MARGIN);
    const top = Math.min(Math.max(MARGIN, from.top - map.top), map.height - this.#box.offsetHeight - MARGIN);
    Object.assign(this.#box.style, { left: `${left}px`, top: `${Math.max(MARGIN, top)}px` });
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const buttons = [...this.#box.querySelectorAll("button")];
    const step = STEPS[event.key];
    if (event.key === "Escape") this.close();
    else if (step) buttons[(buttons.indexOf(/** @type {HTMLButtonElement} */ (event.target)) + step + buttons.length) % buttons.length]?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
