/** Grips on the map for each point of a draft: dragged by mouse or finger, moved by arrow keys, removed by Delete. */

import { Marker } from "maplibre-gl";
import { t } from "../words/words.js";

const STEP_PIXELS = 10;
const FINE_PIXELS = 1;
/** More would hide what they are on; those in view come first. */
const MOST_SHOWN = 200;
/** With more points nobody looks for a place between two. */
const MOST_BETWEEN = 60;
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * @typedef {import("./draft.js").Draft} Draft
 * @typedef {import("./shapes.js").Place} Place
 */

/** Events: `change` when a point has moved, come or gone. */
export class Handles extends EventTarget {
  #map;
  /** @type {?import("./draft.js").Draft} */
  #draft = null;
  /** @type {Marker[]} */
  #markers = [];
  #isDragged = false;

  /** @param {import("maplibre-gl").Map} map */
  constructor(map) {
    super();
    this.#map = map;
    map.on("moveend", () => this.#draft && !this.#isDragged && this.#markers.length >= MOST_SHOWN && this.#build());
  }

  /** @param {?import("./draft.js").Draft} draft null: nothing can be held */
  show(draft) {
    this.#draft = draft;
    const focused = this.#markers.findIndex((marker) => marker.getElement() === document.activeElement);
    this.#build();
    this.#markers[Math.min(focused, this.#markers.length - 1)]?.getElement().focus();
  }

  #build() {
    for (const marker of this.#markers) marker.remove();
    this.#markers = this.#draft === null ? [] : [...this.#grips(this.#draft), ...this.#between(this.#draft)];
  }

  /** @param {Draft} draft */
  #grips(draft) {
    const bounds = this.#map.getBounds();
    const grips = draft.grips.map((place, index) => ({ place, index }));
    const shown = grips.length > MOST_SHOWN ? grips.filter(({ place }) => bounds.contains(place)) : grips;
    return shown.slice(0, MOST_SHOWN).map(({ place, index }) => this.#add(place, index));
  }

  /** Between two points there is a smaller one, which becomes a point when it is moved or pressed. @param {Draft} draft */
  #between(draft) {
    const { type, points, isFull } = draft;
    if (type === "circle" || points.length < 2 || points.length > MOST_BETWEEN || isFull) return [];
    /** @type {[Place, Place, number][]} */
    const pairs = points.map((point, index) => [point, points[(index + 1) % points.length], index + 1]);
    const open = type === "polygon" && points.length > 2 ? pairs : pairs.slice(0, -1);
    return open.map(([a, b, index]) => this.#addBetween({ lat: (a.lat + b.lat) / 2, lng: nearer(a.lng, b.lng) }, index));
  }

  /** @param {Place} place @param {number} index */
  #add(place, index) {
    const marker = this.#create("zone-grip", this.#nameOf(index), place);
    const element = marker.getElement();
    marker.on("drag", () => this.#move(index, marker.getLngLat()));
    element.addEventListener("keydown", (event) => this.#pressKey(event, index, marker));
    return marker;
  }

  /** @param {Place} place @param {number} index */
  #addBetween(place, index) {
    const marker = this.#create("zone-grip between", t("Add a point between {n} and the next", { n: index }), place);
    const insert = () => {
      this.#draft?.insert(index, marker.getLngLat());
      this.#tell();
      this.#markers[index]?.getElement().focus();
    };
    marker.on("dragend", insert);
    marker.getElement().addEventListener("keydown", (event) => event.key === "Enter" && stop(event) && insert());
    return marker;
  }

  /** @param {string} className @param {string} label @param {Place} place */
  #create(className, label, place) {
    const element = document.createElement("button");
    element.type = "button";
    element.className = className;
    element.setAttribute("aria-label", label);
    // A click on a grip is none on the map.
    element.addEventListener("click", (event) => event.stopPropagation());
    const marker = new Marker({ element, draggable: true }).setLngLat(place).addTo(this.#map);
    marker.on("dragstart", () => (this.#isDragged = true));
    marker.on("dragend", () => (this.#isDragged = false));
    return marker;
  }

  /** @param {number} index */
  #nameOf(index) {
    if (this.#draft?.type === "circle") return index === 0 ? t("Middle: arrow keys move it") : t("Edge: arrow keys change the radius");
    return t("Point {n} of {count}: arrow keys move it, Delete removes it", { n: index + 1, count: this.#draft?.points.length ?? 0 });
  }

  /** @param {KeyboardEvent} event @param {number} index @param {Marker} marker */
  #pressKey(event, index, marker) {
    if (event.key === "Delete" || event.key === "Backspace") {
      stop(event);
      if (this.#draft?.remove(index)) this.#tell();
      return;
    }
    const arrow = ARROWS[event.key];
    if (!arrow) return;
    stop(event);
    const step = event.shiftKey ? FINE_PIXELS : STEP_PIXELS;
    const { x, y } = this.#map.project(marker.getLngLat());
    const place = this.#map.unproject([x + arrow[0] * step, y + arrow[1] * step]);
    this.#move(index, place);
    if (this.#draft) marker.setLngLat(this.#draft.grips[index]);
  }

  /** @param {number} index @param {Place} place */
  #move(index, place) {
    this.#draft?.move(index, place);
    // The other grip of a circle follows.
    if (this.#draft?.type === "circle") this.#markers[1 - index]?.setLngLat(this.#draft.grips[1 - index]);
    this.dispatchEvent(new CustomEvent("change", { detail: { isMove: true } }));
  }

  #tell() {
    this.dispatchEvent(new CustomEvent("change", { detail: { isMove: false } }));
  }
}

/** @param {number} a @param {number} b */
function nearer(a, b) {
  return a + ((((b - a + 180) % 360) + 360) % 360 - 180) / 2;
}

/** @param {Event} event */
function stop(event) {
  event.preventDefault();
  event.stopPropagation();
  return true;
}
