/** Some of many: a word in the sentence that opens a list with a search. */

import { find } from "../dom.js";
import { isolate } from "../texts.js";
import { either } from "./sentences.js";
import { t } from "../words/words.js";

/** @typedef {{id: number, label: string}} Option */

const MOST_SHOWN = 50;

/** Events: `change` when somebody has chosen. */
export class Picker extends EventTarget {
  #box;
  #noun;
  /** @type {Option[]} */
  #options = [];
  /** @type {Set<number>} */
  #chosen = new Set();
  #isSingle = false;

  /** @param {HTMLDetailsElement} box @param {import("./nouns.js").Noun} noun */
  constructor(box, noun) {
    super();
    this.#box = box;
    this.#noun = noun;
    this.#search.addEventListener("input", () => this.#list());
    box.querySelector("[data-does=all]")?.addEventListener("click", () => this.#take(this.#found().map(({ id }) => id)));
    box.querySelector("[data-does=none]")?.addEventListener("click", () => this.#take([]));
    // Told a moment later: whoever is among them already would lose the place.
    box.addEventListener("toggle", () => box.open && !this.#find("ul").contains(document.activeElement) && this.#list());
    box.addEventListener("keydown", (event) => this.#pressKey(event));
  }

  /** @param {Option[]} options @param {number[]} chosen may have others, which stay */
  show(options, chosen, { isSingle = false } = {}) {
    const isOther = options !== this.#options;
    [this.#options, this.#chosen, this.#isSingle] = [options, new Set(chosen), isSingle];
    if (isOther) this.#list();
    this.#tell();
  }

  close() {
    this.#box.open = false;
    this.#search.value = "";
  }

  get chosen() {
    return [...this.#chosen];
  }

  /** @param {KeyboardEvent} event */
  #pressKey(event) {
    const search = this.#search;
    if (event.key === "Enter" && event.target instanceof HTMLInputElement) event.preventDefault();
    if (event.key !== "Escape" || !this.#box.open) return;
    event.stopPropagation();
    if (event.target === search && search.value) return;
    this.close();
    this.#find("summary").focus();
  }

  #found() {
    const wanted = this.#search.value.trim().toLowerCase();
    return this.#options.filter(({ label }) => label.toLowerCase().includes(wanted));
  }

  /** Who is chosen comes first, by the state of things when the list was made. */
  #list() {
    const found = this.#found();
    const rank = (/** @type {Option} */ { id }) => (this.#chosen.has(id) ? 0 : 1);
    const sorted = found.toSorted((a, b) => rank(a) - rank(b) || a.label.localeCompare(b.label));
    this.#find("ul").replaceChildren(...sorted.slice(0, MOST_SHOWN).map((option) => this.#item(option)));
    const more = found.length - MOST_SHOWN;
    const nothing = found.length === 0 ? this.#noun.unknown : "";
    this.#find(".more").textContent = this.#options.length === 0 ? this.#noun.none : more > 0 ? t("{n} more: search for them.", { n: more }) : nothing;
  }

  /** @param {Option} option */
  #item({ id, label }) {
    const [item, line] = ["li", "label"].map((tag) => document.createElement(tag));
    const box = document.createElement("input");
    box.type = "checkbox";
    box.checked = this.#chosen.has(id);
    box.dataset.id = String(id);
    box.addEventListener("change", () => this.#toggle(id, box.checked));
    line.append(box, isolate(label));
    item.append(line);
    return item;
  }

  /** @param {number} id @param {boolean} isChosen */
  #toggle(id, isChosen) {
    if (this.#isSingle) this.#chosen.clear();
    if (isChosen) this.#chosen.add(id);
    else this.#chosen.delete(id);
    this.#changed();
  }

  /** @param {number[]} ids */
  #take(ids) {
    this.#chosen = new Set(ids);
    this.#changed();
  }

  #changed() {
    this.#tell();
    this.dispatchEvent(new Event("change"));
  }

  #tell() {
    const boxes = /** @type {NodeListOf<HTMLInputElement>} */ (this.#box.querySelectorAll("li input"));
    for (const box of boxes) box.checked = this.#chosen.has(Number(box.dataset.id));
    const labels = new Map(this.#options.map(({ id, label }) => [id, isolate(label)]));
    const names = this.chosen.map((id) => labels.get(id) ?? this.#noun.nameless(id));
    const summary = this.#find("summary");
    summary.textContent = names.length === 0 ? this.#noun.choose : either(names, this.#noun);
    summary.setAttribute("aria-label", t("{what}: {chosen}", { what: this.#noun.called, chosen: summary.textContent }));
  }

  /** @param {string} selector */
  #find(selector) {
    return find(this.#box, selector);
  }

  get #search() {
    return find(this.#box, "input", HTMLInputElement);
  }
}
