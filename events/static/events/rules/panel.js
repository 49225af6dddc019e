/** The panel of rules: their list, each as a sentence, and the form of the one that is made or changed. */

import { ApiFailure } from "../api.js";
import { find } from "../dom.js";
import { Panel } from "../panel.js";
import { isolate } from "../texts.js";
import { RuleBook, refusalOf } from "./book.js";
import { Draft, newRule } from "./draft.js";
import { RuleForm } from "./form.js";
import { sentenceOf } from "./sentences.js";
import { Trial } from "./trial.js";
import { t } from "../words/words.js";

const MOST_SHOWN = 200;

/** @typedef {import("./draft.js").Rule} Rule */

/** Events (CustomEvent): `problem` with a text. */
export class RulePanel extends Panel {
  #session;
  #fleet;
  #book;
  #form;
  #trial;
  /** @type {?Draft} */
  #draft = null;
  #isBusy = false;
  /** How many vehicles there were when the list was made. */
  #count = 0;

  /**
   * @param {HTMLElement} panel @param {HTMLElement} opener
   * @param {{session: import("../session.js").Session, fleet: import("../fleet.js").Fleet}} parts
   */
  constructor(panel, opener, { session, fleet }) {
    super(panel, opener);
    this.#session = session;
    this.#fleet = fleet;
    this.#book = new RuleBook({ session, fleet });
    this.#form = new RuleForm(find(panel, "form", HTMLFormElement), this.#book);
    this.#trial = new Trial(find(panel, ".rules-trial", HTMLDetailsElement), this.#book);
    this.#listen();
  }

  /** Reads all rules of the login. */
  async load() {
    this.find(".more").textContent = t("Reading the rules…");
    const { hash } = this.#session;
    try {
      await this.#book.load();
    } catch (error) {
      this.find(".more").textContent = "";
      if (!(error instanceof ApiFailure)) throw error;
      this.dispatchEvent(new CustomEvent("problem", { detail: t("The rules cannot be shown: {reason}", { reason: error.message }) }));
      return;
    }
    // Somebody else, or nobody, is logged in by now.
    if (hash === this.#session.hash) this.#list();
    else this.#book.clear();
  }

  /** Nobody is logged in any more. */
  clear() {
    this.#book.clear();
    this.close();
    this.#list();
  }

  /** Vehicles may have come or gone, by whose names rules are told. */
  show() {
    if (!this.isOpen || this.#count === this.#fleet.size) return;
    const focused = document.activeElement;
    const rule = focused instanceof HTMLElement ? focused.dataset.rule : undefined;
    this.#list();
    if (rule) this.#rowButton(Number(rule))?.focus();
  }

  open() {
    super.open();
    return this.load();
  }

  close() {
    this.#end();
    super.close();
  }

  /** What Escape leaves: the form, then the panel. */
  leave() {
    if (this.#draft !== null) return this.#end({ focusing: true });
    this.close();
    this.returnFocus();
  }

  /** @param {?number|undefined} ruleId @returns {?HTMLElement} */
  #rowButton(ruleId) {
    return this.box.querySelector(`[data-rule="${ruleId}"]`);
  }

  get #search() {
    return find(this.box, ".rules-list [type=search]", HTMLInputElement);
  }

  #listen() {
    this.opener.addEventListener("click", () => (this.isOpen ? this.close() : this.open()));
    this.find(".close").addEventListener("click", () => this.close());
    this.#search.addEventListener("input", () => this.#list());
    this.find("[data-does=new]").addEventListener("click", () => this.#begin(new Draft(newRule(this.#address))));
    this.#form.addEventListener("cancel", () => this.#end({ focusing: true }));
    this.#form.addEventListener("save", () => this.#ask((draft) => this.#book.save(draft)));
    this.#form.addEventListener("remove", () => this.#ask((draft) => this.#book.remove(draft.rule.id)));
  }

  /** Where letters to who is logged in go. */
  get #address() {
    return this.#session.login.includes("@") ? this.#session.login : "";
  }

  #list() {
    this.#count = this.#fleet.size;
    const wanted = this.#search.value.trim().toLowerCase();
    const { rules, names, mayChange } = this.#book;
    const told = rules.map((rule) => ({ rule, sentence: sentenceOf(rule, names) }));
    const found = told.filter(({ rule, sentence }) => `${rule.name}\n${sentence}`.toLowerCase().includes(wanted));
    found.sort((one, other) => one.rule.name.localeCompare(other.rule.name));
    this.find("[data-does=new]").hidden = !mayChange;
    this.find(".rules-list ul").replaceChildren(...found.slice(0, MOST_SHOWN).map((one) => this.#rowOf(one)));
    this.find(".more").textContent = moreThan(found.length, rules.length);
  }

  /** @param {{rule: Rule, sentence: string}} told */
  #rowOf({ rule, sentence }) {
    const [item, name, text, state] = ["li", "b", "span", "i"].map((tag) => document.createElement(tag));
    const row = this.#book.mayChange ? this.#buttonFor(rule) : document.createElement("div");
    name.textContent = isolate(rule.name);
    text.textContent = sentence;
    state.textContent = [rule.suspended ? t("rests", undefined, "rule") : "", rule.alerts.emergency ? t("emergency") : ""].filter(Boolean).join(", ");
    row.className = "rule";
    row.append(name, text, state);
    item.append(row);
    return item;
  }

  /** @param {Rule} rule */
  #buttonFor(rule) {
    const row = document.createElement("button");
    row.type = "button";
    row.dataset.rule = String(rule.id);
    row.addEventListener("click", () => this.#begin(new Draft(rule)));
    return row;
  }

  /** @param {Draft} draft */
  #begin(draft) {
    this.#draft = draft;
    this.find(".rules-list").hidden = true;
    this.#form.open(draft);
    this.#trial.show(draft.isNew ? null : draft.rule);
    this.#form.focus();
  }

  /** @param {{focusing?: boolean, ruleId?: ?number|void}} how */
  #end({ focusing = false, ruleId = this.#draft?.rule.id } = {}) {
    this.#draft = null;
    this.#form.open(null);
    this.#trial.show(null);
    this.find(".rules-list").hidden = false;
    if (focusing) (this.#rowButton(ruleId ?? null) ?? this.find("h2")).focus();
  }

  /** Makes a call about the draft, and is done with it unless the server refuses. @param {(draft: Draft) => Promise<number|void>} act */
  async #ask(act) {
    const draft = this.#draft;
    if (this.#isBusy || draft === null) return;
    this.#isBusy = true;
    try {
      const ruleId = await act(draft);
      await this.load();
      if (draft === this.#draft) this.#end({ focusing: true, ruleId });
    } catch (error) {
      this.#form.refuse(refusalOf(error));
      this.#list();
    } finally {
      this.#isBusy = false;
    }
  }
}

/** @param {number} found @param {number} all */
function moreThan(found, all) {
  if (all === 0) return t("No rules yet.");
  if (found === 0) return t("No rule says that.");
  return found > MOST_SHOWN ? t("{n} more: search for them.", { n: found - MOST_SHOWN }) : "";
}
