// @ts-nocheck
/** The map: its ground, controls and vehicles, and what a click on it means. */

import { AttributionControl, Map as MapLibre, Marker, NavigationControl, ScaleControl } from "maplibre-gl";
import { baseStyle, landStyle, loadLand, paintBase } from "./basemap.js";
import { FitControl } from "./fitcontrol.js";
import { addGrid, paintGrid } from "./grid.js";
import { Markers } from "./markers.js";
import { recall, remember } from "./memory.js";

const VIEW_KEY = "fleetsphere.view";
const CLOSE_ZOOM = 13;
/** The first states of a fleet arrive over some time; the view follows them until then. */
const SETTLE_MS = 1_500;
const WORLD = { center: [15, 35], zoom: 1.6 };

/**
 * Events (CustomEvent): `select` with a tracker id or null, `frame` when it can take one again, `problem` with a text,
 * `ground` with MapLibre's map once others may draw on it.
 */
export class FleetMap extends EventTarget {
  #map;
  #theme;
  #calm = matchMedia("(prefers-reduced-motion: reduce)");
  /** @type {?Markers} null until the ground is there */
  #markers = null;
  #waiting = new Map();
  #selected = null;
  #filter = null;
  #hasView;
  #settledAt = null;
  #isReplaced = false;
  /** What else is drawn on the map, and asked first what a click means. */
  #parts = [];
  /** @type {?Marker} */
  #pin = null;

  /** @param {HTMLElement} container @param settings of the page @param {"light"|"dark"} theme */
  constructor(container, settings, theme) {
    super();
    const view = readView();
    this.#theme = theme;
    this.#hasView = view !== null;
    this.#map = new MapLibre({
      container,
      style: baseStyle(settings, theme),
      ...(view ?? WORLD),
      attributionControl: false,
      fadeDuration: 0,
      maxPitch: 0,
      dragRotate: false,
      pitchWithRotate: false,
    });
    this.#addControls(settings);
    this.#map.touchZoomRotate.disableRotation();
    this.#map.once("style.load", () => this.#fill(settings));
    if (settings.style_url) this.#map.on("error", (event) => this.#replaceGround(event));
    this.#map.on("movestart", ({ originalEvent }) => (this.#hasView ||= Boolean(originalEvent)));
    this.#map.on("moveend", () => this.#keepView());
  }

  /**
   * Shows the state of vehicles; draws what moves.
   * @param {Map<number, ?import("./fleet.js").Vehicle>} vehicles
   * @returns {boolean} whether a next frame is due
   */
  draw(vehicles, now) {
    if (this.#markers === null) {
      for (const [trackerId, vehicle] of vehicles) this.#waiting.set(trackerId, vehicle);
      return false;
    }
    for (const [trackerId, vehicle] of vehicles) this.#markers.set(trackerId, vehicle, now);
    if (!this.#hasView) this.#findView(now);
    return this.#markers.draw(now);
  }

  /** @param {?number} trackerId @param {?{lng: number, lat: number}} position to bring into view */
  select(trackerId, position = null) {
    this.#selected = trackerId;
    this.#markers?.select(trackerId);
    if (position !== null) this.#goTo(position);
  }

  /** Marks a place where something happened, and brings it into view. @param {?{lng: number, lat: number}} place */
  show(place) {
    this.#pin?.remove();
    this.#pin = place === null ? null : new Marker({ className: "happened" }).setLngLat(place).addTo(this.#map);
    if (place !== null) this.#goTo(place);
  }

  #goTo(position) {
    const zoom = Math.max(this.#map.getZoom(), CLOSE_ZOOM);
    this.#map.easeTo({ center: position, zoom, animate: !this.#calm.matches });
  }

  filter(statuses) {
    this.#filter = statuses;
    this.#markers?.filter(statuses);
  }

  paint(theme) {
    this.#theme = theme;
    if (this.#markers === null) return;
    paintBase(this.#map, theme);
    paintGrid(this.#map, theme);
    this.#markers.paint(theme);
    for (const part of this.#parts) part.paint(theme);
  }

  /** Has a part draw on the map, as soon as the ground is there: `addTo(map, theme)`, `paint(theme)`, `takeClick`. */
  attach(part) {
    this.#parts.push(part);
    if (this.#markers !== null) part.addTo(this.#map, this.#theme);
  }

  /** Brings all vehicles into view. */
  fitAll({ animate = !this.#calm.matches } = {}) {
    const box = boxOf(this.#markers?.positions ?? []);
    if (box !== null) this.#map.fitBounds(box, { padding: 56, maxZoom: 15, animate });
  }

  /** The next fleet that comes is brought into view. */
  forgetView() {
    this.#hasView = false;
    this.#settledAt = null;
  }

  #findView(now) {
    if (this.#markers.positions.length === 0) return;
    this.#settledAt ??= now + SETTLE_MS;
    this.#hasView = now > this.#settledAt;
    this.fitAll({ animate: false });
  }

  #addControls({ attribution }) {
    this.#map.addControl(new NavigationControl({ showCompass: false }), "bottom-right");
    this.#map.addControl(new FitControl(() => this.fitAll()), "bottom-right");
    const customAttribution = attribution || undefined;
    this.#map.addControl(new AttributionControl({ compact: false, customAttribution }), "bottom-left");
    this.#map.addControl(new ScaleControl({ maxWidth: 120 }), "bottom-left");
  }

  #fill(settings) {
    const hasOwnGround = !settings.style_url && !settings.tiles_url;
    if (this.#map.getSource("land")) {
      loadLand(this.#map).catch((error) => this.#tell("problem", `The land map cannot be loaded: ${error.message}`));
    }
    if (hasOwnGround || this.#map.getSource("land")) addGrid(this.#map, this.#theme);
    this.#markers = new Markers(this.#map, {
      isGliding: () => !this.#calm.matches,
      onIdle: () => this.#tell("frame"),
    });
    this.#listen();
    for (const part of this.#parts) part.addTo(this.#map, this.#theme);
    this.#tell("ground", this.#map);
    this.paint(this.#theme);
    this.#markers.filter(this.#filter);
    this.#markers.select(this.#selected);
    this.draw(this.#waiting, performance.now());
    this.#waiting.clear();
  }

  #listen() {
    const canvas = this.#map.getCanvas();
    this.#map.on("click", (event) => {
      const trackerId = this.#markers.at(event.point);
      const isTaken = this.#parts.some((part) => part.takeClick(event, trackerId !== null));
      if (!isTaken) this.#tell("select", trackerId);
    });
    this.#map.on("mouseenter", "vehicles", () => (canvas.style.cursor = "pointer"));
    this.#map.on("mouseleave", "vehicles", () => (canvas.style.cursor = ""));
  }

  /** Without its ground the map shows the land map: vehicles on a plain ground are better than none. */
  #replaceGround({ error }) {
    if (this.#markers !== null || this.#isReplaced) return;
    this.#isReplaced = true;
    this.#tell("problem", `The base map cannot be loaded: ${error?.message ?? "unknown error"}`);
    this.#map.setStyle(landStyle(this.#theme), { diff: false });
  }

  #keepView() {
    const { lng, lat } = this.#map.getCenter();
    const view = JSON.stringify({ center: [lng, lat], zoom: this.#map.getZoom() });
    if (this.#hasView) remember(VIEW_KEY, view, () => sessionStorage);
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

function readView() {
  try {
    return JSON.parse(recall(VIEW_KEY, () => sessionStorage));
  } catch {
    return null;
  }
}

/** @returns {?[[number, number], [number, number]]} south-west and north-east corner */
function boxOf(positions) {
  if (positions.length === 0) return null;
  const box = [[Infinity, Infinity], [-Infinity, -Infinity]];
  for (const { lng, lat } of positions) {
    box[0] = [Math.min(box[0][0], lng), Math.min(box[0][1], lat)];
    box[1] = [Math.max(box[1][0], lng), Math.max(box[1][1], lat)];
  }
  return box;
}
