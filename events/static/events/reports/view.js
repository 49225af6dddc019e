/** A report that is open: its sheets one by one, its files, and its end. */

import { find } from "../dom.js";
import { isolate } from "../texts.js";
import { withOverview } from "./figures.js";
import { inUnits } from "./measures.js";
import { inWords } from "./said.js";
import { writeSheet } from "./sheet.js";
import { t } from "../words/words.js";

/** Events: `back`, `remove`; (CustomEvent) `download` with a format. */
export class ReportView extends EventTarget {
  #part;
  /** @type {import("./figures.js").Sheet[]} */
  #sheets = [];

  /** @param {HTMLElement} part @param {string[]} formats of files that the server writes */
  constructor(part, formats) {
    super();
    this.#part = part;
    this.#find("[data-part=files]").append(...formats.map((format) => this.#fileButton(format)));
    this.#find("[data-does=back]").addEventListener("click", () => this.dispatchEvent(new Event("back")));
    this.#find("[data-does=remove]").addEventListener("click", () => this.#ask(true));
    this.#find("[data-does=keep]").addEventListener("click", () => this.#ask(false));
    this.#find("[data-does=really]").addEventListener("click", () => this.dispatchEvent(new Event("remove")));
    this.#select.addEventListener("change", () => this.#showSheet(this.#shown));
    for (const [name, step] of Object.entries({ before: -1, after: 1 })) {
      this.#find(`[data-does=${name}]`).addEventListener("click", () => this.#showSheet(this.#shown + step));
    }
  }

  get isOpen() {
    return !this.#part.hidden;
  }

  /** @param {string} title @param {string} about @param {import("./figures.js").Sheet[]} sheets */
  open(title, about, sheets) {
    this.#part.hidden = false;
    this.#sheets = withOverview(sheets).map(inUnits).map(inWords);
    this.#find("h3").textContent = isolate(title);
    this.#find("[data-part=about]").textContent = about;
    this.#select.replaceChildren(...this.#sheets.map(({ header }, index) => new Option(isolate(header), String(index))));
    this.#find("[data-part=sheets]").hidden = sheets.length < 2;
    this.say("");
    this.#ask(false, { focusing: false });
    this.#showSheet(0);
    this.#find("h3").focus();
  }

  close() {
    this.#part.hidden = true;
    this.#sheets = [];
    this.#find("[data-part=sheet]").replaceChildren();
  }

  /** @param {string} text what went wrong; empty: nothing */
  say(text) {
    const failure = this.#find(".failure");
    failure.hidden = text === "";
    failure.textContent = text;
  }

  get #shown() {
    return Number(this.#select.value);
  }

  /** @param {number} index */
  #showSheet(index) {
    const sheet = this.#sheets[index];
    const part = this.#find("[data-part=sheet]");
    if (!sheet) {
      part.textContent = t("There is nothing of these vehicles in this time.");
      return;
    }
    this.#select.value = String(index);
    this.#button("before").disabled = index === 0;
    this.#button("after").disabled = index === this.#sheets.length - 1;
    const name = document.createElement("h4");
    name.textContent = isolate(sheet.header);
    part.replaceChildren(name, ...writeSheet(sheet));
  }

  /** @param {boolean} isAsked whether it is asked for its end @param {{focusing?: boolean}} [options] */
  #ask(isAsked, { focusing = true } = {}) {
    this.#find(".question").hidden = !isAsked;
    if (focusing) this.#find(isAsked ? "[data-does=keep]" : "[data-does=remove]").focus();
  }

  /** @param {string} format */
  #fileButton(format) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = format.toUpperCase();
    button.setAttribute("aria-label", t("Download as {format}", { format: format.toUpperCase() }));
    button.addEventListener("click", () => this.dispatchEvent(new CustomEvent("download", { detail: format })));
    return button;
  }

  get #select() {
    return find(this.#part, "select", HTMLSelectElement);
  }

  /** @param {string} does */
  #button(does) {
    return find(this.#part, `[data-does=${does}]`, HTMLButtonElement);
  }

  /** @param {string} selector */
  #find(selector) {
    return find(this.#part, selector);
  }
}
