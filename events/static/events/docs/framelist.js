/** The frames that passed: newest first, each with its words, its document and its raw text. */

import { revealed } from "../texts.js";
import { element } from "./elements.js";
import { byteLength, readFrame } from "./frames.js";

/** @typedef {{direction: "in"|"out", text: string, time: Date, kind: string, words: string}} Shown */

/** Older ones are dropped: a batch of a large fleet is megabytes. */
const MAX_FRAMES = 500;
const MAX_CHARACTERS = 20_000_000;
const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

export class FrameList {
  #parts;
  #nameOf;
  /** @type {Shown[]} newest last */
  #frames = [];
  /** Not shown yet: until the next repaint, or the end of the pause. @type {Shown[]} */
  #waiting = [];
  #isDue = false;
  #count = 0;

  /**
   * @param {{list: HTMLElement, count: HTMLElement, pause: HTMLButtonElement, clear: HTMLButtonElement,
   *   kind: HTMLSelectElement, filter: HTMLInputElement}} parts
   * @param {(id: number, isSource?: boolean) => string} nameOf
   */
  constructor(parts, nameOf) {
    this.#parts = parts;
    this.#nameOf = nameOf;
    parts.pause.addEventListener("click", () => this.#togglePause());
    parts.clear.addEventListener("click", () => this.clear());
    for (const part of [parts.kind, parts.filter]) part.addEventListener("input", () => this.#showAll());
    this.#showCount();
  }

  get isPaused() {
    return this.#parts.pause.getAttribute("aria-pressed") === "true";
  }

  /** @param {{direction: "in"|"out", text: string}} frame @param {Date} time */
  add({ direction, text }, time) {
    this.#count += 1;
    const { kind, words } = readFrame(text, this.#nameOf);
    this.#waiting = newest([...this.#waiting, { direction, text, time, kind, words }]);
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => this.#showWaiting());
  }

  clear() {
    this.#frames = [];
    this.#waiting = [];
    this.#showAll();
  }

  #togglePause() {
    const { pause } = this.#parts;
    pause.setAttribute("aria-pressed", String(!this.isPaused));
    this.#showWaiting();
  }

  #showWaiting() {
    this.#isDue = false;
    const fresh = this.isPaused ? [] : this.#waiting.splice(0);
    this.#frames = newest([...this.#frames, ...fresh]);
    this.#parts.list.prepend(...fresh.filter((frame) => this.#isWanted(frame)).map(render).reverse());
    while (this.#parts.list.children.length > this.#frames.length) this.#parts.list.lastElementChild?.remove();
    this.#showCount();
  }

  #showAll() {
    const wanted = this.#frames.filter((frame) => this.#isWanted(frame));
    this.#parts.list.replaceChildren(...wanted.map(render).reverse());
    this.#showCount();
  }

  /** @param {Shown} frame */
  #isWanted({ kind, text, words }) {
    const sought = this.#parts.filter.value.trim().toLowerCase();
    if (this.#parts.kind.value && this.#parts.kind.value !== kind) return false;
    return sought === "" || `${words}\n${text}`.toLowerCase().includes(sought);
  }

  #showCount() {
    const waiting = this.isPaused ? `, ${this.#waiting.length} waiting` : "";
    this.#parts.count.textContent = `${this.#count} frames${waiting}`;
  }
}

/** @param {Shown[]} frames @returns {Shown[]} the last frames, as many as are kept */
function newest(frames) {
  let first = Math.max(0, frames.length - MAX_FRAMES);
  let size = 0;
  for (let index = frames.length - 1; index >= first; index -= 1) {
    size += frames[index].text.length;
    if (size > MAX_CHARACTERS) first = Math.min(index + 1, frames.length - 1);
  }
  return frames.slice(first);
}

/** @param {Shown} frame */
function render({ direction, text, time, kind, words }) {
  const way = direction === "in" ? "received" : "sent";
  const summary = element("summary", {}, [
    element("time", { dateTime: time.toISOString(), textContent: TIME.format(time) }),
    element("span", { className: "way", textContent: direction === "in" ? "\u2193" : "\u2191", ariaLabel: way, role: "img" }),
    element("b", { textContent: kind }),
    element("span", { className: "size", textContent: `${byteLength(text)} B` }),
    element("span", { className: "words", textContent: words }),
  ]);
  const item = element("details", { className: "frame" }, [summary]);
  item.dataset.kind = kind;
  item.dataset.direction = direction;
  // Most are never opened: what is inside is made when it is looked at.
  item.addEventListener("toggle", () => fill(item, text), { once: true });
  return item;
}

/** @param {HTMLElement} item @param {string} text */
function fill(item, text) {
  const { document: decoded } = readFrame(text, String);
  if (decoded !== null) {
    const pretty = element("pre", { tabIndex: 0, textContent: revealed(JSON.stringify(decoded, null, 2)) });
    item.append(element("h4", { textContent: "Decoded" }), pretty);
  }
  item.append(element("h4", { textContent: "As it came" }), element("pre", { className: "raw", tabIndex: 0, textContent: revealed(text) }));
}
