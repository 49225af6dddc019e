/** A control of the map: which ground is shown, and on whom names and arrows are. Remembered in this browser. */

import { recall, remember } from "../memory.js";
import { told } from "../words/told.js";
import { t } from "../words/words.js";

const GROUND_KEY = "fleetsphere.ground";
const NAMES_KEY = "fleetsphere.names";
const ARROWS_KEY = "fleetsphere.arrows";

/** @typedef {import("../basemap.js").Ground} Ground */

/** The ground that was chosen last here; the first one, if there is none of that name. @param {Ground[]} grounds */
export function chosenGround(grounds) {
  const name = recall(GROUND_KEY);
  return grounds.find((ground) => ground.name === name) ?? grounds[0];
}

/** Events (CustomEvent): `names` and `arrows` with whether all are to have them, and not the selected vehicle alone. */
export class Choices extends EventTarget {
  hasNames = recall(NAMES_KEY) !== "off";
  hasArrows = recall(ARROWS_KEY) !== "off";
  #grounds;
  #more;
  #element = document.createElement("div");
  #button = document.createElement("button");
  #box = document.createElement("fieldset");

  /** @param {Ground[]} grounds @param {HTMLElement[]} more to choose, below them */
  constructor(grounds, more = []) {
    super();
    this.#grounds = grounds;
    this.#more = more;
  }

  onAdd() {
    this.#element.className = "maplibregl-ctrl maplibregl-ctrl-group choices";
    Object.assign(this.#button, { type: "button", className: "choices-button", title: t("What the map shows") });
    this.#button.setAttribute("aria-label", this.#button.title);
    this.#button.setAttribute("aria-expanded", "false");
    this.#button.addEventListener("click", () => this.#toggle(this.#box.hidden));
    this.#box.hidden = true;
    const legend = document.createElement("legend");
    legend.textContent = t("Map");
    const grounds = this.#grounds.map((ground) => this.#groundLine(ground));
    this.#box.append(legend, ...grounds, ...this.#more, this.#namesLine(), this.#arrowsLine());
    this.#element.addEventListener("keydown", (event) => this.#press(event));
    this.#element.append(this.#box, this.#button);
    return this.#element;
  }

  onRemove() {
    this.#element.remove();
  }

  /** @param {Ground} ground */
  #groundLine(ground) {
    const input = createInput("radio", ground === chosenGround(this.#grounds));
    input.name = "ground";
    // All that is drawn on the map is drawn anew on the other ground: so is the page, which knows where it was.
    input.addEventListener("change", () => {
      remember(GROUND_KEY, ground.name);
      location.reload();
    });
    return createLine(input, told(ground.name));
  }

  #namesLine() {
    return createScope(t("Names"), this.hasNames, (isOnAll) => {
      this.hasNames = isOnAll;
      this.#chosen("names", NAMES_KEY, isOnAll);
    });
  }

  #arrowsLine() {
    return createScope(t("Arrows"), this.hasArrows, (isOnAll) => {
      this.hasArrows = isOnAll;
      this.#chosen("arrows", ARROWS_KEY, isOnAll);
    });
  }

  /** @param {string} event @param {string} key @param {boolean} isOnAll */
  #chosen(event, key, isOnAll) {
    remember(key, isOnAll ? "on" : "off");
    this.dispatchEvent(new CustomEvent(event, { detail: isOnAll }));
  }

  /** @param {boolean} isOpen */
  #toggle(isOpen) {
    this.#box.hidden = !isOpen;
    this.#button.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) /** @type {HTMLElement} */ (this.#box.querySelector("input:checked, input")).focus();
    else this.#button.focus();
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.key !== "Escape" || this.#box.hidden) return;
    event.stopPropagation();
    this.#toggle(false);
  }
}

/** @param {string} type @param {boolean} isOn */
function createInput(type, isOn) {
  const input = document.createElement("input");
  input.type = type;
  input.checked = isOn;
  return input;
}

/** A line to choose who has something. @param {string} what @param {boolean} isOnAll @param {(isOnAll: boolean) => void} choose */
function createScope(what, isOnAll, choose) {
  const [line, select] = [document.createElement("label"), document.createElement("select")];
  line.className = "scope";
  select.append(new Option(t("on all"), "all"), new Option(t("on the selected one only"), "selected"));
  select.value = isOnAll ? "all" : "selected";
  select.addEventListener("change", () => choose(select.value === "all"));
  line.append(what, select);
  return line;
}

/** @param {HTMLInputElement} input @param {string} text */
function createLine(input, text) {
  const line = document.createElement("label");
  line.append(input, text);
  return line;
}
