/** The sheet that tells which keys there are; a dialog, which has the focus until it is closed. */

import { find } from "../dom.js";
import { t } from "../words/words.js";
import { isSign } from "./keys.js";

/** What stands on keys that have a name. @type {Record<string, string>} */
const CAPS = {
  ArrowDown: "↓",
  ArrowUp: "↑",
  Enter: t("Enter", undefined, "key"),
  Escape: t("Esc", undefined, "key"),
};

/** @typedef {import("./shortcuts.js").Shortcut} Shortcut */

export class HelpSheet {
  #dialog;
  #keys;
  #tick;

  /** @param {HTMLDialogElement} dialog @param {import("./keys.js").Keys} keys @param {Shortcut[]} shortcuts */
  constructor(dialog, keys, shortcuts) {
    this.#dialog = dialog;
    this.#keys = keys;
    this.#tick = find(dialog, "input", HTMLInputElement);
    find(dialog, "dl").append(...shortcuts.map(createLine));
    find(dialog, ".close").addEventListener("click", () => dialog.close());
    this.#tick.addEventListener("change", () => keys.switch(this.#tick.checked));
    // Beside the sheet there is only what lies behind it.
    dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
  }

  open() {
    this.#tick.checked = this.#keys.isOn;
    this.#dialog.showModal();
  }
}

/** @param {Shortcut} shortcut */
function createLine({ key, text }) {
  const [line, term, meaning] = ["div", "dt", "dd"].map((name) => document.createElement(name));
  term.append(...key.split(" ").map(createCap));
  meaning.textContent = text;
  line.append(term, meaning);
  return line;
}

/** @param {string} key */
function createCap(key) {
  const cap = document.createElement("kbd");
  cap.textContent = isSign(key) ? key.toUpperCase() : (CAPS[key] ?? key);
  return cap;
}
