/** A map control: brings all vehicles into view. */

import { t } from "./words/words.js";

export class FitControl {
  #onClick;
  /** @type {?HTMLElement} */
  #element = null;

  /** @param {() => void} onClick */
  constructor(onClick) {
    this.#onClick = onClick;
  }

  onAdd() {
    const button = document.createElement("button");
    button.type = "button";
    button.title = t("Show all vehicles");
    button.setAttribute("aria-label", button.title);
    button.className = "fit-button";
    button.addEventListener("click", this.#onClick);
    const element = document.createElement("div");
    element.className = "maplibregl-ctrl maplibregl-ctrl-group";
    element.append(button);
    this.#element = element;
    return element;
  }

  onRemove() {
    this.#element?.remove();
  }
}
