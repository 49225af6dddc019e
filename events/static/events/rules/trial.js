/** A rule tried by hand: an alert to see who hears of it, and why it did not fire. */

import { find } from "../dom.js";
import { BY_LABEL } from "../order.js";
import { NOUNS } from "./nouns.js";
import { Picker } from "./picker.js";
import { reasonWords } from "./reasons.js";
import { refusalOf } from "./book.js";
import { t } from "../words/words.js";

export class Trial {
  #box;
  #book;
  #vehicles;
  /** @type {?import("./draft.js").Rule} */
  #rule = null;
  #isBusy = false;

  /** @param {HTMLDetailsElement} box @param {import("./book.js").RuleBook} book */
  constructor(box, book) {
    this.#box = box;
    this.#book = book;
    this.#find("[data-does=explain]").addEventListener("click", () => this.#explain());
    this.#find("[data-does=test]").addEventListener("click", () => this.#test());
    this.#vehicles = new Picker(find(box, "[data-picks=tried]", HTMLDetailsElement), NOUNS.vehicle);
    this.#vehicles.addEventListener("change", () => this.#say([]));
  }

  /** @param {?import("./draft.js").Rule} rule that is stored; null: there is none to be tried */
  show(rule) {
    this.#rule = rule;
    this.#box.hidden = rule === null;
    this.#box.open = false;
    this.#vehicles.close();
    this.#say([]);
    if (rule === null) return;
    const { vehicles } = this.#book;
    this.#vehicles.show(vehicles, likeliest(vehicles, rule.trackers), { isSingle: true });
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
    const [rule, [trackerId]] = [this.#rule, this.#vehicles.chosen];
    if (this.#isBusy || rule === null) return;
    if (trackerId === undefined) return this.#say([t("Choose a vehicle first.")]);
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
    this.#find("[data-part=said]").replaceChildren(...items);
  }

  /** @param {string} selector */
  #find(selector) {
    return find(this.#box, selector);
  }
}

/**
 * The vehicle to begin with: of those that the rule watches, else of all, the first by name.
 * @param {import("./picker.js").Option[]} vehicles @param {number[]} watched @returns {number[]} none, if there is none
 */
function likeliest(vehicles, watched) {
  const ids = new Set(watched);
  const known = vehicles.filter(({ id }) => ids.has(id));
  const [first, ...others] = known.length > 0 ? known : vehicles;
  if (first === undefined) return [];
  return [others.reduce((one, other) => (BY_LABEL.compare(other.label, one.label) < 0 ? other : one), first).id];
}
