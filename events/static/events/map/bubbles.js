/** Crowds of vehicles on the map: a button for each, with their number and how many of them do what. */

import { STATUSES } from "../statuses.js";
import { toPixel, worldSize } from "./mercator.js";
import { LOCALE, t } from "../words/words.js";

/** @type {Record<string, number>} */
const ARROWS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/**
 * @typedef {import("../statuses.js").StatusKey} StatusKey
 * @typedef {[StatusKey, number][]} Shares
 *
 * @typedef {object} Bubble
 * @property {import("./mercator.js").Spot} spot its middle
 * @property {number[]} trackerIds
 * @property {StatusKey[]} statuses of them all, in the order of the list of statuses
 */

/** Events: `open` (CustomEvent) with the tracker ids of a crowd and its button. */
export class Bubbles extends EventTarget {
  #box = document.createElement("div");
  /** @type {{element: HTMLButtonElement, bubble: Bubble}[]} */
  #shown = [];
  /** @type {HTMLButtonElement[]} */
  #spare = [];

  /** @param {HTMLElement} container of the map */
  constructor(container) {
    super();
    this.#box.className = "bubbles";
    this.#box.setAttribute("role", "group");
    this.#box.setAttribute("aria-label", t("Vehicles close to each other"));
    this.#box.addEventListener("keydown", (event) => this.#press(event));
    container.append(this.#box);
  }

  /** @param {Bubble[]} bubbles @param {import("./mercator.js").View} view */
  show(bubbles, view) {
    const focused = this.#shown.findIndex(({ element }) => element === document.activeElement);
    const elements = [...this.#shown.map(({ element }) => element), ...this.#spare];
    while (elements.length < bubbles.length) elements.push(this.#create());
    this.#shown = bubbles.map((bubble, index) => ({ bubble, element: elements[index] }));
    this.#spare = elements.slice(bubbles.length);
    for (const element of this.#spare) element.hidden = true;
    this.#shown.forEach(({ element, bubble }, index) => {
      element.hidden = false;
      element.tabIndex = index === Math.max(0, focused) ? 0 : -1;
      write(element, bubble);
    });
    this.place(view);
  }

  /** Puts them where they belong while the map is moved. @param {import("./mercator.js").View} view */
  place(view) {
    for (const { element, bubble } of this.#shown) {
      const { x, y } = toPixel(bubble.spot, view);
      element.style.translate = `${Math.round(x)}px ${Math.round(y)}px`;
    }
  }

  #create() {
    const element = document.createElement("button");
    element.type = "button";
    element.className = "bubble";
    element.append(document.createElement("b"));
    element.addEventListener("click", () => this.#open(element));
    this.#box.append(element);
    return element;
  }

  /** @param {HTMLButtonElement} element */
  #open(element) {
    const found = this.#shown.find((shown) => shown.element === element);
    if (!found) return;
    this.dispatchEvent(new CustomEvent("open", { detail: { trackerIds: found.bubble.trackerIds, element } }));
  }

  /** Arrows go from one to the next; Tab leaves them. @param {KeyboardEvent} event */
  #press(event) {
    const step = ARROWS[event.key];
    const at = this.#shown.findIndex(({ element }) => element === event.target);
    if (!step || at < 0) return;
    event.preventDefault();
    event.stopPropagation();
    const next = this.#shown[(at + step + this.#shown.length) % this.#shown.length].element;
    /** @type {HTMLElement} */ (event.target).tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }
}

/** A place on the screen as a spot of the world. @param {{x: number, y: number}} pixel @param {import("./mercator.js").View} view */
export function spotAt({ x, y }, { centre, zoom, width, height }) {
  const size = worldSize(zoom);
  return /** @type {import("./mercator.js").Spot} */ ([
    centre[0] + (x - width / 2) / size,
    centre[1] + (y - height / 2) / size,
  ]);
}

/** @param {HTMLButtonElement} element @param {Bubble} bubble */
function write(element, { statuses }) {
  const shares = sharesOf(statuses);
  const what = shares.map(([key, count]) => t("{n} {status}", { n: count, status: STATUSES[key].text.toLocaleLowerCase(LOCALE) }));
  const said = t("{n, plural, one {# vehicle} other {# vehicles}}: {what}", { n: statuses.length, what: what.join(", ") });
  if (element.title === said) return;
  element.title = said;
  element.setAttribute("aria-label", said);
  /** @type {Node} */ (element.firstChild).textContent = statuses.length < 1000 ? String(statuses.length) : `${(statuses.length / 1000).toFixed(1)}k`;
  element.style.setProperty("--mix", mixOf(shares, statuses.length));
  element.style.setProperty("--side", `${sideOf(statuses.length)}px`);
}

/** How wide the bubble of so many vehicles is, in CSS pixels. @param {number} count */
export function sideOf(count) {
  return Math.round(30 + 6 * Math.log10(count));
}

/** @param {StatusKey[]} statuses */
function sharesOf(statuses) {
  const counts = new Map();
  for (const status of statuses) counts.set(status, (counts.get(status) ?? 0) + 1);
  return /** @type {Shares} */ (
    Object.keys(STATUSES).filter((key) => counts.has(key)).map((key) => [key, counts.get(key)])
  );
}

/** A ring whose parts are the shares. @param {Shares} shares @param {number} total */
function mixOf(shares, total) {
  let sum = 0;
  const parts = shares.map(([key, count]) => {
    const from = sum;
    sum += count;
    return `${STATUSES[key].color} ${(from / total).toFixed(3)}turn ${(sum / total).toFixed(3)}turn`;
  });
  return `conic-gradient(${parts.join(", ")})`;
}

