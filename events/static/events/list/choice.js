/** What the list shows: by group or not, and what its rows tell. The browser remembers it. */

import { find } from "../dom.js";
import { recall, remember } from "../memory.js";
import { t } from "../words/words.js";
import { FIELDS, fieldsNamed, recalledFields, rememberFields } from "./fields.js";

const GROUPS_KEY = "fleetsphere.by-group";

/** Events: `change`. */
export class ListChoice extends EventTarget {
  fields = recalledFields();
  isByGroup = recall(GROUPS_KEY) !== "off";
  #opener;
  #box;

  /** @param {HTMLElement} opener the button @param {HTMLElement} box what it opens */
  constructor(opener, box) {
    super();
    this.#opener = opener;
    this.#box = box;
    box.append(this.#groupsLine(), ...Object.entries(FIELDS).map(([name, field]) => this.#fieldLine(name, field.name)));
    opener.addEventListener("click", () => this.#toggle());
  }

  /** Has rows tell what is asked for, until something else is chosen. @param {string[]} names of fields */
  show(names) {
    this.fields = fieldsNamed(names);
    for (const input of this.#box.querySelectorAll("input")) if (input.name) input.checked = this.fields.has(input.name);
  }

  #groupsLine() {
    return createLine(t("By group"), this.isByGroup, (isOn) => {
      this.isByGroup = isOn;
      remember(GROUPS_KEY, isOn ? "on" : "off");
      this.#changed();
    });
  }

  /** @param {string} name @param {string} text */
  #fieldLine(name, text) {
    const line = createLine(text, this.fields.has(name), (isOn) => {
      this.fields = new Set(Object.keys(FIELDS).filter((one) => (one === name ? isOn : this.fields.has(one))));
      rememberFields(this.fields);
      this.#changed();
    });
    find(line, "input", HTMLInputElement).name = name;
    return line;
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }

  #toggle() {
    this.#box.hidden = !this.#box.hidden;
    this.#opener.setAttribute("aria-expanded", String(!this.#box.hidden));
    if (!this.#box.hidden) find(this.#box, "input").focus();
  }
}

/** @param {string} text @param {boolean} isOn @param {(isOn: boolean) => void} change */
function createLine(text, isOn, change) {
  const [line, input] = [document.createElement("label"), document.createElement("input")];
  line.className = "tick";
  input.type = "checkbox";
  input.checked = isOn;
  input.addEventListener("change", () => change(input.checked));
  line.append(input, text);
  return line;
}
