/** Keeping vehicles in view: one in the middle, or many within the map's sides. Panning by hand suspends it. */

import { isSeen, toPixel, toSpot, viewOf } from "./mercator.js";

/** Whoever is nearer to a side than that is about to leave. */
const MARGIN_PIXELS = 40;
const FIT = { padding: 72, maxZoom: 15 };
const CLOSE_ZOOM = 13;

/** @typedef {import("./mercator.js").Place} Place */

/** Events: `change` when it begins, is suspended, goes on or ends. */
export class Follow extends EventTarget {
  /** @type {"off"|"on"|"suspended"} */
  state = "off";
  #map;
  #placesOf;
  #offset;
  #calm;
  /** @type {?number} null: all that are on the map */
  #trackerId = null;

  /**
   * @param {import("maplibre-gl").Map} map
   * @param {{placesOf: (trackerId: ?number) => Place[], offset: () => [number, number], calm: {matches: boolean}}} options places
   *   of one, or of all on the map; how far from the map's middle that of its free part is, in pixels
   */
  constructor(map, { placesOf, offset, calm }) {
    super();
    this.#offset = offset;
    this.#map = map;
    this.#placesOf = placesOf;
    this.#calm = calm;
    map.on("movestart", ({ originalEvent }) => originalEvent && this.state === "on" && this.#become("suspended"));
    setInterval(() => this.#keep(), 1000);
  }

  get isOfOne() {
    return this.#trackerId !== null;
  }

  /** @param {?number} trackerId null: all that are on the map */
  start(trackerId) {
    this.#trackerId = trackerId;
    this.#become("on");
    this.#bring(this.#placesOf(trackerId));
  }

  resume() {
    this.start(this.#trackerId);
  }

  stop() {
    if (this.state !== "off") this.#become("off");
  }

  #keep() {
    if (this.state !== "on" || this.#map.isMoving() || document.hidden) return;
    const places = this.#placesOf(this.#trackerId);
    const view = viewOf(this.#map);
    const isIn = (/** @type {Place} */ place) => isSeen(toPixel(toSpot(place), view), view, -MARGIN_PIXELS);
    if (this.isOfOne || !places.every(isIn)) this.#bring(places);
  }

  /** @param {Place[]} places */
  #bring(places) {
    const animate = !this.#calm.matches;
    if (places.length === 0) return;
    if (this.isOfOne) {
      const zoom = Math.max(this.#map.getZoom(), CLOSE_ZOOM);
      this.#map.easeTo({ center: places[0], zoom, offset: this.#offset(), duration: 900, easing: (/** @type {number} */ part) => part, animate });
    } else this.#map.fitBounds(boxOf(places), { ...FIT, animate });
  }

  /** @param {"on"|"suspended"|"off"} state */
  #become(state) {
    this.state = state;
    this.dispatchEvent(new Event("change"));
  }
}

/** South-west and north-east corner of what lies around places, of which there must be one. @param {Place[]} places */
export function boxOf(places) {
  const box = [[Infinity, Infinity], [-Infinity, -Infinity]];
  for (const { lng, lat } of places) {
    box[0] = [Math.min(box[0][0], lng), Math.min(box[0][1], lat)];
    box[1] = [Math.max(box[1][0], lng), Math.max(box[1][1], lat)];
  }
  return /** @type {[[number, number], [number, number]]} */ (box);
}
