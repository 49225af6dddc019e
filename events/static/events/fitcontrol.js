/** A map control: brings all vehicles into view. */

export class FitControl {
  #onClick;
  #element = null;

  constructor(onClick) {
    this.#onClick = onClick;
  }

  onAdd() {
    const button = document.createElement("button");
    button.type = "button";
    button.title = "Show all vehicles";
    button.setAttribute("aria-label", button.title);
    button.className = "fit-button";
    button.addEventListener("click", this.#onClick);
    this.#element = document.createElement("div");
    this.#element.className = "maplibregl-ctrl maplibregl-ctrl-group";
    this.#element.append(button);
    return this.#element;
  }

  onRemove() {
    this.#element.remove();
  }
}
