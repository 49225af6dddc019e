/** A rule tried by hand: an alert to see who hears of it, and why it did not fire. */

import { reasonWords } from "./reasons.js";
import { refusalOf } from "./book.js";

export class Trial {
  #box;
  #book;
  #rule = null;
  #isBusy = false;

  /** @param {HTMLElement} box @param {import("./book.js").RuleBook} book */
  constructor(box, book) {
    [this.#box, this.#book] = [box, book];
    this.#find("[data-does=explain]").addEventListener("click", () => this.#explain());
    this.#find("[data-does=test]").addEventListener("click", () => this.#test());
    this.#find("select").addEventListener("change", () => this.#say([]));
  }

  /** @param {?object} rule that is stored; null: there is none to be tried */
  show(rule) {
    this.#rule = rule;
    this.#box.hidden = rule === null;
    this.#box.open = false;
    this.#say([]);
    if (rule === null) return;
    const watched = new Set(rule.trackers);
    const rank = ({ id }) => (watched.has(id) ? 0 : 1);
    const vehicles = this.#book.vehicles.sort((a, b) => rank(a) - rank(b) || a.label.localeCompare(b.label));
    this.#find("select").replaceChildren(...vehicles.map(({ id }) => new Option(this.#book.names.vehicle(id), String(id))));
  }

  #explain() {
    return this.#ask(async (ruleId, trackerId) => reasonWords(await this.#book.explain(ruleId, trackerId), this.#book.events));
  }

  #test() {
    return this.#ask(async (ruleId, trackerId) => {
      await this.#book.test(ruleId, trackerId);
      return ["An alert that is marked as a test is on its way to all whom the stored rule tells."];
    });
  }

  /** Says what was found, unless another rule is looked at by then. */
  async #ask(find) {
    const [rule, trackerId] = [this.#rule, Number(this.#find("select").value)];
    if (this.#isBusy || trackerId === 0) return;
    this.#isBusy = true;
    try {
      const said = await find(rule.id, trackerId).catch((error) => [refusalOf(error)]);
      if (rule === this.#rule) this.#say(said);
    } finally {
      this.#isBusy = false;
    }
  }

  #say(sentences) {
    const items = sentences.map((sentence) => {
      const item = document.createElement("li");
      item.textContent = sentence;
      return item;
    });
    this.#find("ul").replaceChildren(...items);
  }

  #find(selector) {
    return this.#box.querySelector(selector);
  }
}
