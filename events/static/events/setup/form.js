/** What the forms of this panel have in common: a refusal, a question before something is removed, one act at a time. */

import { find } from "../dom.js";

/** Events: `save`, `cancel`, `remove`. */
export class Form extends EventTarget {
  #isBusy = false;

  /** @param {HTMLFormElement} form */
  constructor(form) {
    super();
    this.form = form;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (form.reportValidity()) this.#tell("save");
    });
    if (form.querySelector("[data-does=cancel]") === null) return;
    this.find("[data-does=cancel]").addEventListener("click", () => this.#tell("cancel"));
    this.find("[data-does=remove]").addEventListener("click", () => this.#ask(true));
    this.find("[data-does=keep]").addEventListener("click", () => this.#ask(false));
    this.find("[data-does=really]").addEventListener("click", () => this.#tell("remove"));
  }

  /** @param {string} selector */
  find(selector) {
    return find(this.form, selector);
  }

  /** @param {string} name */
  input(name) {
    return find(this.form, `input[name="${name}"]`, HTMLInputElement);
  }

  /** @param {string} name */
  select(name) {
    return find(this.form, `select[name="${name}"]`, HTMLSelectElement);
  }

  /** @param {string} name @param {{value: string, label: string}[]} options */
  offer(name, options) {
    this.select(name).replaceChildren(...options.map(({ value, label }) => new Option(label, value)));
  }

  /** @param {string} title @param {{canRemove: boolean, question: string}} how */
  open(title, { canRemove, question }) {
    this.form.hidden = false;
    this.find("h3").textContent = title;
    this.find("[data-does=remove]").hidden = !canRemove;
    this.find(".question p").textContent = question;
    this.refuse("");
    this.find("h3").focus();
  }

  close() {
    this.form.hidden = true;
  }

  /** @param {string} text why it could not be done; empty: it could */
  refuse(text) {
    const failure = this.find(".failure");
    failure.textContent = text;
    failure.hidden = text === "";
    const question = /** @type {?HTMLElement} */ (this.form.querySelector(".question"));
    if (question !== null) question.hidden = true;
  }

  /**
   * Does something, unless something is being done; what the server refuses is told.
   * @param {() => Promise<void>} act @param {(error: unknown) => string} tell
   */
  async act(act, tell) {
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.refuse("");
    try {
      await act();
    } catch (error) {
      this.refuse(tell(error));
    } finally {
      this.#isBusy = false;
    }
  }

  /** @param {boolean} isAsked */
  #ask(isAsked) {
    this.find(".question").hidden = !isAsked;
    this.find(isAsked ? "[data-does=keep]" : "[data-does=remove]").focus();
  }

  /** @param {string} name */
  #tell(name) {
    this.dispatchEvent(new Event(name));
  }
}
