/** A ruler on the map: the way along points that are set by a click or a key, in the user's units. */

import { find } from "../dom.js";
import { formatWidth } from "../units.js";
import { t } from "../words/words.js";
import { distanceBetween } from "../zones/shapes.js";

const SOURCE = "ruler";
/** More points than this no way needs. */
const MOST_POINTS = 200;
/** @type {import("maplibre-gl").FilterSpecification} */
const IS_POINT = ["!=", ["geometry-type"], "LineString"];
const COLORS = { light: "#b3261e", dark: "#ffb4ab" };

/** @typedef {import("./mercator.js").Place} Place @typedef {import("maplibre-gl").Map} Map */

/** How long each leg of a way is. Pure. @param {Place[]} points @returns {number[]} metres */
export function legsOf(points) {
  return points.slice(1).map((point, index) => distanceBetween(points[index], point));
}

/** @param {number[]} legs @returns {string} how long a way is, and the last of its legs */
export function tellWay(legs) {
  if (legs.length === 0) return t("Click on the map, or press Enter for a point in its middle");
  const way = formatWidth(legs.reduce((sum, leg) => sum + leg, 0));
  return legs.length === 1 ? way : t("{way}, the last leg {leg}", { way, leg: formatWidth(legs[legs.length - 1]) });
}

/** The way as MapLibre draws it. @param {Place[]} points @returns {import("geojson").FeatureCollection} */
function drawingOf(points) {
  const coordinates = points.map(({ lng, lat }) => [lng, lat]);
  const features = /** @type {const} */ (["LineString", "MultiPoint"]).map((type) => ({ type: /** @type {"Feature"} */ ("Feature"), properties: {}, geometry: { type, coordinates } }));
  return { type: "FeatureCollection", features };
}

/** A part of the map, which takes clicks while it is on. */
export class Ruler {
  #box;
  /** @type {?Map} null until the ground is there */
  #map = null;
  /** @type {Place[]} */
  #points = [];

  /** @param {HTMLElement} box what it tells, and its buttons */
  constructor(box) {
    this.#box = box;
    find(box, "[data-does=point]").addEventListener("click", () => this.#addMiddle());
    find(box, "[data-does=back]").addEventListener("click", () => this.#takeBack());
    find(box, "[data-does=end]").addEventListener("click", () => this.toggle());
  }

  get isOn() {
    return !this.#box.hidden;
  }

  toggle() {
    if (this.#map === null) return;
    this.#box.hidden = this.isOn;
    this.#map.getContainer().classList.toggle("measuring", this.isOn);
    this.#points = [];
    this.#show();
    if (this.isOn) this.#map.getCanvas().focus();
  }

  /** @param {Map} map @param {"light"|"dark"} theme */
  addTo(map, theme) {
    this.#map = map;
    map.addSource(SOURCE, { type: "geojson", data: drawingOf([]) });
    map.addLayer({ id: "ruler-line", type: "line", source: SOURCE, paint: { "line-width": 3, "line-dasharray": [2, 1] } });
    map.addLayer({ id: "ruler-points", type: "circle", source: SOURCE, filter: IS_POINT, paint: { "circle-radius": 5, "circle-stroke-width": 2, "circle-stroke-color": "#fff" } });
    map.getCanvas().addEventListener("keydown", (event) => this.#press(event));
    this.paint(theme);
  }

  /** @param {"light"|"dark"} theme */
  paint(theme) {
    this.#map?.setPaintProperty("ruler-line", "line-color", COLORS[theme]);
    this.#map?.setPaintProperty("ruler-points", "circle-color", COLORS[theme]);
  }

  /** @param {import("maplibre-gl").MapMouseEvent} click */
  takeClick({ lngLat }) {
    if (this.isOn) this.#add(lngLat);
    return this.isOn;
  }

  /** @param {KeyboardEvent} event on the map */
  #press(event) {
    if (!this.isOn) return;
    if (event.key === "Enter") this.#addMiddle();
    else if (event.key === "Backspace") this.#takeBack();
    else return;
    event.preventDefault();
  }

  #addMiddle() {
    if (this.#map !== null) this.#add(this.#map.getCenter());
  }

  /** @param {Place} place */
  #add({ lng, lat }) {
    if (this.#points.length < MOST_POINTS) this.#points.push({ lng, lat });
    this.#show();
  }

  #takeBack() {
    this.#points.pop();
    this.#show();
  }

  #show() {
    find(this.#box, "output").textContent = tellWay(legsOf(this.#points));
    find(this.#box, "[data-does=back]", HTMLButtonElement).disabled = this.#points.length === 0;
    /** @type {import("maplibre-gl").GeoJSONSource|undefined} */ (this.#map?.getSource(SOURCE))?.setData(drawingOf(this.#points));
  }
}
