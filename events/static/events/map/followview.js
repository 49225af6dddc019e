/** What is seen of keeping vehicles in view: a switch among the map's buttons, and a line that says what goes on. */

import { t } from "../words/words.js";

export class FollowView {
  #follow;
  #element = document.createElement("div");
  #button = document.createElement("button");
  #line = document.createElement("div");
  #text = document.createElement("span");
  #again = document.createElement("button");
  #labelOf;

  /**
   * @param {import("./follow.js").Follow} follow
   * @param {{onToggle: () => void, labelOf: () => string}} options `labelOf`: who is followed
   */
  constructor(follow, { onToggle, labelOf }) {
    this.#follow = follow;
    this.#labelOf = labelOf;
    Object.assign(this.#button, { type: "button", className: "follow-button", title: t("Keep in view (f)") });
    this.#button.setAttribute("aria-label", this.#button.title);
    this.#button.addEventListener("click", onToggle);
    Object.assign(this.#again, { type: "button", textContent: t("Resume") });
    this.#again.addEventListener("click", () => follow.resume());
    this.#line.className = "following";
    this.#line.setAttribute("role", "status");
    this.#line.append(this.#text, this.#again);
    follow.addEventListener("change", () => this.show());
  }

  /** @param {import("maplibre-gl").Map} map */
  onAdd(map) {
    this.#element.className = "maplibregl-ctrl maplibregl-ctrl-group";
    this.#element.append(this.#button);
    map.getContainer().append(this.#line);
    this.show();
    return this.#element;
  }

  onRemove() {
    this.#element.remove();
    this.#line.remove();
  }

  /** Says who is followed, who may be called otherwise by now. */
  show() {
    const { state } = this.#follow;
    this.#button.setAttribute("aria-pressed", String(state !== "off"));
    this.#line.hidden = state === "off";
    this.#again.hidden = state !== "suspended";
    const label = this.#labelOf();
    const said = {
      on: t("Keeping {label} in view", { label }),
      suspended: t("Not following {label} while you look around", { label }),
      off: "",
    };
    this.#text.textContent = said[state];
  }
}
