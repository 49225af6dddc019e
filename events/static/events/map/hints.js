/** How many vehicles lie beyond each side of the map; a click goes to the nearest of them. */

import { toPixel } from "./mercator.js";
import { t } from "../words/words.js";

const SIDES = /** @type {const} */ (["top", "right", "bottom", "left"]);
const ARROWS = { top: "\u2191", right: "\u2192", bottom: "\u2193", left: "\u2190" };
/** @type {Record<Side, (n: number) => string>} */
const SAID = {
  top: (n) => t("{n} more above: show the nearest", { n }),
  right: (n) => t("{n} more to the right: show the nearest", { n }),
  bottom: (n) => t("{n} more below: show the nearest", { n }),
  left: (n) => t("{n} more to the left: show the nearest", { n }),
};

/** @typedef {"top"|"right"|"bottom"|"left"} Side */

/**
 * Counts who lies beyond which side, and who is the nearest there.
 * @param {Float64Array} spots x and y of each row @param {Iterable<number>} rows @param {import("./mercator.js").View} view
 * @returns {Record<Side, {count: number, row: number, away: number}>}
 */
export function countBeyond(spots, rows, view) {
  const beyond = /** @type {Record<Side, {count: number, row: number, away: number}>} */ (
    Object.fromEntries(SIDES.map((side) => [side, { count: 0, row: -1, away: Infinity }]))
  );
  for (const row of rows) {
    const { x, y } = toPixel([spots[2 * row], spots[2 * row + 1]], view);
    const ways = { top: -y, right: x - view.width, bottom: y - view.height, left: -x };
    const side = SIDES.reduce((best, one) => (ways[one] > ways[best] ? one : best));
    if (ways[side] <= 0) continue;
    const found = beyond[side];
    found.count += 1;
    if (ways[side] < found.away) Object.assign(found, { row, away: ways[side] });
  }
  return beyond;
}

/** Events: `choose` (CustomEvent) with the row of the nearest vehicle on a side. */
export class Hints extends EventTarget {
  #buttons;
  #nearest = { top: -1, right: -1, bottom: -1, left: -1 };

  /** @param {HTMLElement} container of the map */
  constructor(container) {
    super();
    this.#buttons = Object.fromEntries(SIDES.map((side) => [side, this.#create(side)]));
    container.append(...Object.values(this.#buttons));
  }

  /** @param {Record<Side, {count: number, row: number}>} beyond */
  show(beyond) {
    for (const side of SIDES) {
      const { count, row } = beyond[side];
      const button = this.#buttons[side];
      this.#nearest[side] = row;
      button.hidden = count === 0;
      const text = `${ARROWS[side]} ${count}`;
      if (button.textContent === text) continue;
      button.textContent = text;
      button.setAttribute("aria-label", SAID[side](count));
    }
  }

  /** @param {Side} side */
  #create(side) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: `hint-${side} edge-hint`, hidden: true });
    button.addEventListener("click", () => {
      this.dispatchEvent(new CustomEvent("choose", { detail: this.#nearest[side] }));
    });
    return button;
  }
}
