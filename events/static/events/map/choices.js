/** A control of the map: which ground is shown, and whether names are. Remembered in this browser. */

import { recall, remember } from "../memory.js";

const GROUND_KEY = "fleetsphere.ground";
const NAMES_KEY = "fleetsphere.names";

/** @typedef {import("../basemap.js").Ground} Ground */

/** The ground that was chosen last here; the first one, if there is none of that name. @param {Ground[]} grounds */
export function chosenGround(grounds) {
  const name = recall(GROUND_KEY);
  return grounds.find((ground) => ground.name === name) ?? grounds[0];
}

/** Events: `names` (CustomEvent) with whether they are to be shown. */
export class Choices extends EventTarget {
  hasNames = recall(NAMES_KEY) !== "off";
  #grounds;
  #element = document.createElement("div");
  #button = document.createElement("button");
  #box = document.createElement("fieldset");

  /** @param {Ground[]} grounds */
  constructor(grounds) {
    super();
    this.#grounds = grounds;
  }

  onAdd() {
    this.#element.className = "maplibregl-ctrl maplibregl-ctrl-group choices";
    Object.assign(this.#button, { type: "button", className: "choices-button", title: "What the map shows" });
    this.#button.setAttribute("aria-label", this.#button.title);
    this.#button.setAttribute("aria-expanded", "false");
    this.#button.addEventListener("click", () => this.#toggle(this.#box.hidden));
    this.#box.hidden = true;
    const legend = document.createElement("legend");
    legend.textContent = "Map";
    this.#box.append(legend, ...this.#grounds.map((ground) => this.#groundLine(ground)), this.#namesLine());
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
    return createLine(input, ground.name);
  }

  #namesLine() {
    const input = createInput("checkbox", this.hasNames);
    input.addEventListener("change", () => {
      this.hasNames = input.checked;
      remember(NAMES_KEY, input.checked ? "on" : "off");
      this.dispatchEvent(new CustomEvent("names", { detail: input.checked }));
    });
    return createLine(input, "Names of vehicles");
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

/** @param {HTMLInputElement} input @param {string} text */
function createLine(input, text) {
  const line = document.createElement("label");
  line.append(input, text);
  return line;
}
