/** What of the world the map shows, and a place on it that somebody points at. */

/**
 * @typedef {import("./mercator.js").Place} Place
 * @typedef {[number, number]} Corner longitude and latitude
 */

/** Events: `move` when another part of the world is shown. */
export class MapWindow extends EventTarget {
  /** @type {?import("maplibre-gl").Map} null until the ground is there */
  #map = null;
  /** @type {?Place} */
  #place = null;
  #mark = Object.assign(document.createElement("div"), { className: "near-mark", hidden: true });
  /** @type {?(place: ?Place) => void} who waits for a place */
  #answer = null;

  /** @param {import("maplibre-gl").Map} map */
  addTo(map) {
    this.#map = map;
    map.getContainer().append(this.#mark);
    map.on("move", () => this.#show());
    map.on("moveend", () => this.dispatchEvent(new Event("move")));
    this.#show();
    this.dispatchEvent(new Event("move"));
  }

  paint() {}

  /** The south-west and the north-east corner. @returns {?[Corner, Corner]} */
  get corners() {
    return this.#map && /** @type {[Corner, Corner]} */ (this.#map.getBounds().toArray());
  }

  /** @returns {?Place} */
  get middle() {
    if (this.#map === null) return null;
    const { lat, lng } = this.#map.getCenter().wrap();
    return { lat, lng };
  }

  /** Shows where a place is. @param {?Place} place */
  mark(place) {
    this.#place = place;
    this.#show();
  }

  #show() {
    this.#mark.hidden = this.#place === null;
    if (this.#place === null || this.#map === null) return;
    const { x, y } = this.#map.project(this.#place);
    this.#mark.style.transform = `translate(${x}px, ${y}px)`;
  }

  /** The place of the next click on the map. @returns {Promise<?Place>} null: it is not wanted any more */
  pick() {
    this.give(null);
    if (this.#map === null) return Promise.resolve(null);
    this.#map.getContainer().classList.add("picking");
    return new Promise((resolve) => (this.#answer = resolve));
  }

  /** Whether somebody is to point at a place. */
  get isPicking() {
    return this.#answer !== null;
  }

  /** @param {?Place} place */
  give(place) {
    this.#answer?.(place);
    this.#answer = null;
    this.#map?.getContainer().classList.remove("picking");
  }

  /** @param {import("maplibre-gl").MapMouseEvent} click */
  takeClick({ lngLat }) {
    if (!this.isPicking) return false;
    const { lat, lng } = lngLat.wrap();
    this.give({ lat, lng });
    return true;
  }
}
