/** On the card: where the vehicle is, to be taken elsewhere, and whether it is followed. */

import { copy } from "../card/copying.js";
import { t } from "../words/words.js";

const COPIED_MS = 2_000;

/** What opens a place in other maps; each is asked only when somebody clicks. @type {Record<string, (place: import("./mercator.js").Place) => string>} */
const ELSEWHERE = {
  OpenStreetMap: ({ lat, lng }) => `https://www.openstreetmap.org/?mlat=${lat}&mlon=${lng}#map=17/${lat}/${lng}`,
  "Google Maps": ({ lat, lng }) => `https://www.google.com/maps/search/?api=1&query=${lat},${lng}`,
  [t("Street view")]: ({ lat, lng }) => `https://www.google.com/maps/@?api=1&map_action=pano&viewpoint=${lat},${lng}`,
  [t("Navigation app")]: ({ lat, lng }) => `geo:${lat},${lng}`,
};

/** Events: `follow` when the vehicle is to be followed, or no longer. */
export class PlaceTools extends EventTarget {
  #follow = createButton(t("Follow"));
  #copy = createButton(t("Copy place"));
  #links = document.createElement("details");
  /** @type {?import("./mercator.js").Place} */
  #place = null;

  /** @param {HTMLElement} box on the card */
  constructor(box) {
    super();
    this.#follow.addEventListener("click", () => this.dispatchEvent(new Event("follow")));
    this.#copy.addEventListener("click", () => this.#copyPlace());
    const summary = document.createElement("summary");
    summary.textContent = t("Open in…");
    this.#links.append(summary, ...Object.keys(ELSEWHERE).map(createLink));
    box.append(this.#follow, this.#copy, this.#links);
  }

  /** @param {?import("./mercator.js").Place} place null: nobody knows @param {boolean} isFollowed */
  show(place, isFollowed) {
    this.#place = place;
    this.#follow.setAttribute("aria-pressed", String(isFollowed));
    this.#follow.disabled = this.#copy.disabled = place === null;
    this.#links.hidden = place === null;
    if (place === null) return;
    for (const link of this.#links.querySelectorAll("a")) {
      const address = ELSEWHERE[/** @type {string} */ (link.textContent)](place);
      if (link.href !== address) link.href = address;
    }
  }

  async #copyPlace() {
    if (this.#place === null) return;
    const text = `${this.#place.lat.toFixed(6)}, ${this.#place.lng.toFixed(6)}`;
    // Where the browser forbids it, what was to be copied can be read and marked by hand.
    this.#copy.textContent = (await copy(text)) ? t("Copied") : text;
    setTimeout(() => (this.#copy.textContent = t("Copy place")), COPIED_MS);
  }
}

/** @param {string} text */
function createButton(text) {
  return Object.assign(document.createElement("button"), { type: "button", textContent: text });
}

/** @param {string} name */
function createLink(name) {
  return Object.assign(document.createElement("a"), { textContent: name, target: "_blank", rel: "noopener noreferrer" });
}
