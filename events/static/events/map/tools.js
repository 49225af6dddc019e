/** Buttons on the map for what is done with it, beside those that move it. */

/** @typedef {{className: string, title: string, act: () => void}} Tool */

/** A part of the map: its buttons, in a corner of their own. */
export class MapTools {
  #element = document.createElement("div");

  /** @param {Tool[]} tools */
  constructor(tools) {
    this.#element.className = "maplibregl-ctrl maplibregl-ctrl-group";
    this.#element.append(...tools.map(createButton));
  }

  /** @param {import("maplibre-gl").Map} map */
  addTo(map) {
    map.addControl({ onAdd: () => this.#element, onRemove: () => this.#element.remove() }, "top-right");
  }

  paint() {}

  takeClick() {
    return false;
  }
}

/** @param {Tool} tool */
function createButton({ className, title, act }) {
  const button = Object.assign(document.createElement("button"), { type: "button", className, title });
  button.setAttribute("aria-label", title);
  button.addEventListener("click", act);
  return button;
}
