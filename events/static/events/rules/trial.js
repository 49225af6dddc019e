/** A rule tried by hand: an alert to see who hears of it, and why it did not fire. */

import { find } from "../dom.js";
import { reasonWords } from "./reasons.js";
import { refusalOf } from "./book.js";
import { t } from "../words/words.js";

export class Trial {
  #box;
  #book;
  /** @type {?import("./draft.js").Rule} */
  #rule = null;
  #isBusy = false;

  /** @param {HTMLDetailsElement} box @param {import("./book.js").RuleBook} book */
  constructor(box, book) {
    this.#box = box;
    this.#book = book;
    this.#find("[data-does=explain]").addEventListener("click", () => this.#explain());
    this.#find("[data-does=test]").addEventListener("click", () => this.#test());
    this.#find("select").addEventListener("change", () => this.#say([]));
  }

  /** @param {?import("./draft.js").Rule} rule that is stored; null: there is none to be tried */
  show(rule) {
    this.#rule = rule;
    this.#box.hidden = rule === null;
    this.#box.open = false;
    this.#say([]);
    if (rule === null) return;
    const watched = new Set(rule.trackers);
    const rank = (/** @type {{id: number}} */ { id }) => (watched.has(id) ? 0 : 1);
    const vehicles = this.#book.vehicles.sort((a, b) => rank(a) - rank(b) || a.label.localeCompare(b.label));
    this.#select.replaceChildren(...vehicles.map(({ id }) => new Option(this.#book.names.vehicle(id), String(id))));
  }

  #explain() {
    return this.#ask(async (ruleId, trackerId) => reasonWords(await this.#book.explain(ruleId, trackerId), this.#book.events));
  }

  #test() {
    return this.#ask(async (ruleId, trackerId) => {
      await this.#book.test(ruleId, trackerId);
      return [t("An alert that is marked as a test is on its way to all whom the stored rule tells.")];
    });
  }

  /** Says what was found, unless another rule is looked at by then. @param {(ruleId: ?number, trackerId: number) => Promise<string[]>} look */
  async #ask(look) {
    const [rule, trackerId] = [this.#rule, Number(this.#select.value)];
    if (this.#isBusy || trackerId === 0 || rule === null) return;
    this.#isBusy = true;
    try {
      const said = await look(rule.id, trackerId).catch((error) => [refusalOf(error)]);
      if (rule === this.#rule) this.#say(said);
    } finally {
      this.#isBusy = false;
    }
  }

  /** @param {string[]} sentences */
  #say(sentences) {
    const items = sentences.map((sentence) => {
      const item = document.createElement("li");
      item.textContent = sentence;
      return item;
    });
    this.#find("ul").replaceChildren(...items);
  }

  /** @param {string} selector */
  #find(selector) {
    return find(this.#box, selector);
  }

  get #select() {
    return find(this.#box, "select", HTMLSelectElement);
  }
}
