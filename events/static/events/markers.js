// @ts-nocheck
/** The vehicles on the map: one GeoJSON source, changed by differences, at most once per frame. */

import { addIcons, iconName } from "./icons.js";
import { Glide } from "./motion.js";
import { STATUS_KEYS } from "./statuses.js";

const SOURCE = "vehicles";
const COLORS = {
  light: { text: "#16222c", halo: "#ffffff", selected: "#0b5ed7" },
  dark: { text: "#eaf1f6", halo: "#10181e", selected: "#6fb1ff" },
};
/** A glide is redrawn when it went this far since. */
const VISIBLE_PIXELS = 0.5;
const HIT_PIXELS = 10;
const NO_ID = -1;
const ICON_SIZE = ["interpolate", ["linear"], ["zoom"], 3, 0.5, 9, 0.72, 13, 0.95, 17, 1.15];
/** Where somebody was long ago is less certain than where others are. */
const OPACITY = ["match", ["get", "freshness"], "aging", 0.65, "old", 0.4, 1];
/** Whoever moves is drawn above who stands. */
const DRAWING_ORDER = ["match", ["get", "status"], ...STATUS_KEYS.flatMap((key, index) => [key, -index]), -99];

export class Markers {
  #map;
  #isGliding;
  /** @type {Map<number, {glide: Glide, drawn: {lng: number, lat: number}}>} what the source holds */
  #shown = new Map();
  #gliding = new Set();
  #diff = newDiff();
  #isBusy = false;
  #onIdle;
  #selected = NO_ID;
  #statuses = STATUS_KEYS;

  /**
   * @param map whose style is loaded
   * @param {{isGliding: () => boolean, onIdle: () => void}} options `onIdle`: the map can take a frame again
   */
  constructor(map, { isGliding, onIdle }) {
    this.#map = map;
    this.#isGliding = isGliding;
    this.#onIdle = onIdle;
    addIcons(map);
    map.addSource(SOURCE, { type: "geojson", data: { type: "FeatureCollection", features: [] }, tolerance: 0 });
    for (const layer of layers(fontOf(map))) map.addLayer(layer);
  }

  get positions() {
    return [...this.#shown.values()].map(({ glide }) => glide.target);
  }

  paint(theme) {
    const { text, halo, selected } = COLORS[theme];
    for (const layer of ["vehicle-labels", "selected-label"]) {
      this.#map.setPaintProperty(layer, "text-color", text);
      this.#map.setPaintProperty(layer, "text-halo-color", halo);
    }
    this.#map.setPaintProperty("selected-ring", "circle-color", selected);
    this.#map.setPaintProperty("selected-ring", "circle-stroke-color", selected);
  }

  /** Shows a vehicle as it is now; one without a position leaves the map. */
  set(trackerId, vehicle, now) {
    const position = vehicle?.status === "unavailable" ? null : vehicle?.state?.position;
    if (!position) this.#remove(trackerId);
    else if (this.#shown.has(trackerId)) this.#change(trackerId, vehicle, position, now);
    else this.#add(trackerId, vehicle, position, now);
  }

  select(trackerId) {
    this.#selected = trackerId ?? NO_ID;
    this.#setFilters();
  }

  /** @param {?Set<string>} statuses to show; null: all */
  filter(statuses) {
    this.#statuses = [...(statuses ?? STATUS_KEYS)];
    this.#setFilters();
  }

  #setFilters() {
    const isWanted = ["in", ["get", "status"], ["literal", this.#statuses]];
    const isSelected = ["==", ["id"], this.#selected];
    this.#map.setFilter("vehicles", ["any", isWanted, isSelected]);
    this.#map.setFilter("vehicle-labels", ["all", isWanted, ["!", isSelected]]);
    for (const layer of ["selected-ring", "selected-label"]) this.#map.setFilter(layer, isSelected);
  }

  /** The tracker at a point of the screen. @returns {?number} */
  at({ x, y }) {
    const box = [[x - HIT_PIXELS, y - HIT_PIXELS], [x + HIT_PIXELS, y + HIT_PIXELS]];
    return this.#map.queryRenderedFeatures(box, { layers: ["vehicles"] })[0]?.id ?? null;
  }

  /**
   * Hands what changed to the map, unless it is still at work on the last frame.
   * @returns {boolean} whether a next frame is due
   */
  draw(now) {
    if (this.#isBusy) return false;
    this.#glide(now);
    if (isEmpty(this.#diff)) return this.#gliding.size > 0;
    const diff = this.#diff;
    this.#diff = newDiff();
    this.#isBusy = true;
    this.#send({ remove: [...diff.remove], add: [...diff.add.values()], update: [...diff.update.values()] });
    return false;
  }

  async #send(diff) {
    try {
      await this.#map.getSource(SOURCE).updateData(diff);
    } finally {
      this.#isBusy = false;
      if (this.#gliding.size > 0 || !isEmpty(this.#diff)) this.#onIdle();
    }
  }

  #add(trackerId, vehicle, position, now) {
    this.#shown.set(trackerId, { glide: new Glide(position, now), drawn: position });
    const feature = { type: "Feature", id: trackerId, geometry: point(position), properties: propertiesOf(vehicle) };
    this.#diff.add.set(trackerId, feature);
  }

  #remove(trackerId) {
    if (!this.#shown.delete(trackerId)) return;
    this.#gliding.delete(trackerId);
    this.#diff.update.delete(trackerId);
    if (!this.#diff.add.delete(trackerId)) this.#diff.remove.add(trackerId);
  }

  #change(trackerId, vehicle, position, now) {
    const { glide } = this.#shown.get(trackerId);
    const { lng, lat } = glide.target;
    if (lng !== position.lng || lat !== position.lat) {
      glide.moveTo(position, now);
      this.#gliding.add(trackerId);
    }
    this.#merge(trackerId, null, propertiesOf(vehicle));
  }

  #glide(now) {
    const bounds = this.#map.getBounds();
    for (const trackerId of this.#gliding) {
      const shown = this.#shown.get(trackerId);
      const isOver = !this.#isGliding() || shown.glide.isOver(now);
      const position = isOver ? shown.glide.target : shown.glide.at(now);
      if (isOver) this.#gliding.delete(trackerId);
      else if (!bounds.contains(position) || !this.#isVisible(shown.drawn, position)) continue;
      shown.drawn = position;
      this.#merge(trackerId, point(position), {});
    }
  }

  #isVisible(one, other) {
    const pixelsPerDegree = (512 * 2 ** this.#map.getZoom()) / 360;
    const degrees = Math.max(Math.abs(one.lng - other.lng), Math.abs(one.lat - other.lat));
    return degrees * pixelsPerDegree >= VISIBLE_PIXELS;
  }

  /** A feature still to be added is changed where it lies; others get an update, merged with one that waits. */
  #merge(trackerId, geometry, properties) {
    const added = this.#diff.add.get(trackerId);
    if (added) {
      Object.assign(added.properties, properties);
      added.geometry = geometry ?? added.geometry;
      return;
    }
    const update = this.#diff.update.get(trackerId) ?? { id: trackerId };
    if (geometry) update.newGeometry = geometry;
    const entries = Object.entries(properties).map(([key, value]) => ({ key, value }));
    if (entries.length > 0) update.addOrUpdateProperties = entries;
    this.#diff.update.set(trackerId, update);
  }
}

function newDiff() {
  return { add: new Map(), update: new Map(), remove: new Set() };
}

function isEmpty({ add, update, remove }) {
  return add.size === 0 && update.size === 0 && remove.size === 0;
}

function point({ lng, lat }) {
  return { type: "Point", coordinates: [lng, lat] };
}

function propertiesOf({ status, label, state, freshness }) {
  return { status, label, freshness, turn: status === "moving" ? (state.heading ?? 0) : 0 };
}

/** A font that the style's own glyph server has; without one the browser draws the text. */
export function fontOf(map) {
  const { glyphs, layers } = map.getStyle();
  const own = layers.find((layer) => Array.isArray(layer.layout?.["text-font"]))?.layout["text-font"];
  return (glyphs && own) || ["system-ui"];
}

function layers(font) {
  const onTop = { "icon-allow-overlap": true, "icon-ignore-placement": true };
  const label = { "text-field": ["get", "label"], "text-font": font, "text-anchor": "top", "text-offset": [0, 1.15] };
  const halo = { "text-halo-width": 1.6 };
  return [
    {
      id: "selected-ring",
      type: "circle",
      source: SOURCE,
      paint: { "circle-radius": 20, "circle-opacity": 0.2, "circle-stroke-width": 2 },
    },
    {
      id: "vehicles",
      type: "symbol",
      source: SOURCE,
      layout: {
        ...onTop,
        "icon-image": ["concat", iconName(""), ["get", "status"]],
        "icon-size": ICON_SIZE,
        "icon-rotate": ["get", "turn"],
        "icon-rotation-alignment": "map",
        "symbol-sort-key": DRAWING_ORDER,
      },
      paint: { "icon-opacity": OPACITY },
    },
    {
      id: "vehicle-labels",
      type: "symbol",
      source: SOURCE,
      minzoom: 11,
      layout: { ...label, "text-size": 11 },
      paint: halo,
    },
    {
      id: "selected-label",
      type: "symbol",
      source: SOURCE,
      layout: { ...label, "text-size": 13, "text-allow-overlap": true, "text-ignore-placement": true },
      paint: halo,
    },
  ];
}
