/** How many vehicles have each status; each count is a switch that filters list and map. */

import { createIcon, setIcon } from "./icons.js";
import { STATUSES, STATUS_KEYS } from "./statuses.js";
import { t } from "./words/words.js";

/** @typedef {import("./statuses.js").StatusKey} StatusKey */

/** Shown even when nobody has them, so that the bar stays the same all day. */
const ALWAYS = new Set(["moving", "stopped", "parked", "offline"]);

/** Events: `filter` (CustomEvent) with the statuses to show; null: all. */
export class Summary extends EventTarget {
  /** @type {Map<?StatusKey, {element: HTMLElement, count: HTMLElement}>} null: of all */
  #chips = new Map();
  /** @type {Set<StatusKey>} */
  #wanted = new Set();

  /** @param {HTMLElement} bar */
  constructor(bar) {
    super();
    const all = createChip(t("All", undefined, "vehicles"), null);
    all.element.addEventListener("click", () => this.#choose(new Set()));
    this.#chips.set(null, all);
    for (const key of STATUS_KEYS) {
      const chip = createChip(STATUSES[key].label, key);
      chip.element.addEventListener("click", () => this.#toggle(key));
      this.#chips.set(key, chip);
    }
    bar.append(...[...this.#chips.values()].map(({ element }) => element));
    this.#press();
  }

  /** @param {Record<string, number>} counts by status */
  show(counts) {
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
    for (const [key, { element, count }] of this.#chips) {
      const number = key === null ? total : counts[key];
      if (count.textContent !== String(number)) count.textContent = String(number);
      element.hidden = number === 0 && key !== null && !ALWAYS.has(key) && !this.#wanted.has(key);
    }
  }

  /** Chooses statuses as if they had been clicked. @param {StatusKey[]} keys */
  choose(keys) {
    this.#choose(new Set(keys.filter((key) => this.#chips.has(key))));
  }

  /** @param {StatusKey} key */
  #toggle(key) {
    const wanted = new Set(this.#wanted);
    if (!wanted.delete(key)) wanted.add(key);
    this.#choose(wanted);
  }

  /** @param {Set<StatusKey>} wanted */
  #choose(wanted) {
    this.#wanted = wanted;
    this.#press();
    this.dispatchEvent(new CustomEvent("filter", { detail: wanted.size > 0 ? wanted : null }));
  }

  #press() {
    for (const [key, { element }] of this.#chips) {
      const isOn = key === null ? this.#wanted.size === 0 : this.#wanted.has(key);
      element.setAttribute("aria-pressed", String(isOn));
    }
  }
}

/** @param {string} text @param {?StatusKey} status null: of all */
function createChip(text, status) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "chip";
  const count = document.createElement("b");
  const label = document.createElement("span");
  label.textContent = text;
  if (status !== null) {
    const icon = createIcon();
    setIcon(icon, status);
    element.append(icon);
  }
  element.append(label, count);
  return { element, count };
}
