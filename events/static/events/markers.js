/** The vehicles on the map: as icons with names, and as bubbles with a number where there are too many in one place. */

import { Bubbles, sideOf, spotAt } from "./map/bubbles.js";
import { areTogether, findCrowds } from "./map/crowds.js";
import { Hints, countBeyond } from "./map/hints.js";
import { Labels } from "./map/labels.js";
import { FLEET_LAYER, FleetLayer, labelBelow } from "./map/layer.js";
import { isSeen, toPixel, toPlace, viewOf } from "./map/mercator.js";
import { Pictures, pictureOf } from "./map/pictures.js";
import { ABOVE, BELOW, HIDDEN, Rows } from "./map/rows.js";
import { Stack } from "./map/stack.js";

export { FLEET_LAYER };

const HIT_PIXELS = 14;
const LABEL_ZOOM = 11;
/** Who is in which crowd, and whose name is seen, is settled this often at most. */
const SETTLE_MS = 1_000;
const MOVING_SETTLE_MS = 120;
/** Nearer than this a crowd is no longer taken apart: it is a stack. */
const DEEPEST_ZOOM = 17;
/** Where somebody was long ago is less certain than where others are. */
const FADES = { fresh: 0, aging: 1, old: 2 };

/**
 * @typedef {import("./fleet.js").Vehicle} Vehicle
 * @typedef {import("./map/mercator.js").View} View
 * @typedef {{x: number, y: number}} Pixel
 */

/**
 * Events (CustomEvent): `choose` with the tracker id of somebody in a stack, `approach` with places to
 * bring into view, `visit` with one.
 */
export class Markers extends EventTarget {
  #map;
  #rows = new Rows();
  #pictures = new Pictures();
  #labels = new Labels();
  #layer;
  #bubbles;
  #stack;
  #hints;
  /** @type {Map<number, Vehicle>} on the map, by tracker id */
  #vehicles = new Map();
  /** @type {?number} tracker id */
  #selected = null;
  #hasLabels = true;
  #hasArrows = true;
  /** @type {?ReturnType<typeof setTimeout>} */
  #settleTimer = null;

  /** @param {import("maplibre-gl").Map} map whose style is loaded */
  constructor(map) {
    super();
    this.#map = map;
    this.#layer = new FleetLayer(map, { rows: this.#rows, pictures: this.#pictures, labels: this.#labels });
    this.#bubbles = new Bubbles(map.getContainer());
    this.#stack = new Stack(map.getContainer());
    this.#hints = new Hints(map.getContainer());
    this.#hints.addEventListener("choose", (event) => this.#goBeyond(/** @type {CustomEvent} */ (event).detail));
    this.#bubbles.addEventListener("open", (event) => this.#open(/** @type {CustomEvent} */ (event).detail));
    this.#stack.addEventListener("choose", (event) => this.#tell("choose", /** @type {CustomEvent} */ (event).detail));
    map.addLayer(this.#layer);
    map.on("webglcontextrestored", () => map.getLayer(FLEET_LAYER) || map.addLayer(this.#layer));
    map.on("move", () => this.#followMap());
    map.on("moveend", () => this.#plan(0));
    map.on("click", () => this.#stack.close());
  }

  /** Where vehicles are drawn, of these or of all that are there. @param {number[]} trackerIds @returns {import("./map/mercator.js").Place[]} */
  positions(trackerIds = this.#rows.ids) {
    const rows = trackerIds.map((trackerId) => this.#rows.rowOf(trackerId)).filter((row) => row >= 0);
    return rows.map((row) => toPlace([this.#rows.spots[2 * row], this.#rows.spots[2 * row + 1]]));
  }

  /** Where a vehicle is drawn now. @param {number} trackerId @returns {?import("./map/mercator.js").Place} */
  placeOf(trackerId) {
    const row = this.#rows.rowOf(trackerId);
    return row < 0 ? null : toPlace(this.#rows.spotOf(row, performance.now()));
  }

  /** @param {"light"|"dark"} theme */
  paint(theme) {
    this.#pictures.paint(theme);
    this.#labels.paint(theme);
    this.#layer.refresh();
  }

  /** Shows vehicles as they are now; those without a position leave the map. @param {Map<number, ?Vehicle>} vehicles @param {number} now @param {{isGliding: boolean}} options */
  set(vehicles, now, { isGliding }) {
    if (vehicles.size === 0) return;
    for (const [trackerId, vehicle] of vehicles) this.#setOne(trackerId, vehicle, { now, isGliding });
    this.#layer.refresh();
    this.#plan(SETTLE_MS);
  }

  /** @param {number} trackerId @param {?Vehicle} vehicle @param {{now: number, isGliding: boolean}} options */
  #setOne(trackerId, vehicle, { now, isGliding }) {
    const position = vehicle?.status === "unavailable" ? null : vehicle?.state?.position;
    if (!vehicle || !position) {
      this.#rows.remove(trackerId);
      this.#vehicles.delete(trackerId);
      return;
    }
    const isNew = !this.#rows.has(trackerId);
    const picture = pictureOf(vehicle, this.#hasArrows || trackerId === this.#selected);
    this.#rows.put(trackerId, position, { ...picture, fade: FADES[vehicle.freshness], now, isGliding });
    this.#vehicles.set(trackerId, vehicle);
    const row = this.#rows.rowOf(trackerId);
    if (isNew || this.#rows.isShown(row)) this.#rows.show(row, lookOf(vehicle));
  }

  /** @param {?number} trackerId */
  select(trackerId) {
    const before = this.#selected;
    this.#selected = trackerId;
    if (!this.#hasArrows) this.#putAgain([before, trackerId]);
    this.#layer.select(trackerId);
    this.#plan(0);
  }

  /** @param {boolean} isOnAll whether all have names, and not the selected one alone */
  showLabels(isOnAll) {
    this.#hasLabels = isOnAll;
    this.#plan(0);
  }

  /** @param {boolean} isOnAll whether all that move have arrows, and not the selected one alone */
  showArrows(isOnAll) {
    this.#hasArrows = isOnAll;
    this.#putAgain([...this.#vehicles.keys()]);
    this.#layer.refresh();
  }

  /** Shows vehicles as they are to be shown now, where they are. @param {(number|null)[]} trackerIds */
  #putAgain(trackerIds) {
    for (const trackerId of trackerIds) {
      const vehicle = trackerId === null ? null : this.#vehicles.get(trackerId);
      if (vehicle) this.#setOne(vehicle.trackerId, vehicle, { now: performance.now(), isGliding: false });
    }
  }

  /** The tracker at a point of the screen. @param {Pixel} point @returns {?number} */
  at(point) {
    const [view, now] = [viewOf(this.#map), performance.now()];
    let [found, best] = [/** @type {?number} */ (null), HIT_PIXELS];
    this.#rows.ids.forEach((trackerId, row) => {
      if (!this.#rows.isShown(row)) return;
      const { x, y } = toPixel(this.#rows.spotOf(row, now), view);
      const away = Math.max(Math.abs(x - point.x), Math.abs(y - point.y));
      if (away < best) [found, best] = [trackerId, away];
    });
    return found;
  }

  #followMap() {
    this.#bubbles.place(viewOf(this.#map));
    this.#plan(MOVING_SETTLE_MS);
  }

  /** Settles after so many milliseconds, unless it is done sooner anyway. @param {number} delay */
  #plan(delay) {
    if (this.#settleTimer !== null && delay > 0) return;
    clearTimeout(this.#settleTimer ?? undefined);
    this.#settleTimer = setTimeout(() => this.#settle(), delay);
  }

  /** Finds who is shown how: as an icon, in a bubble, or not at all; and whose name is seen. */
  #settle() {
    this.#settleTimer = null;
    const view = viewOf(this.#map);
    const wanted = this.#showAll();
    this.#hints.show(countBeyond(this.#rows.spots, wanted, view));
    const stands = (/** @type {number} */ row) => this.#vehicles.get(this.#rows.ids[row])?.status !== "moving";
    const crowds = findCrowds(this.#rows.spots, wanted, stands, view);
    for (const { rows } of crowds) for (const row of rows) this.#rows.show(row, HIDDEN);
    this.#bubbles.show(crowds.map((crowd) => this.#bubbleOf(crowd, view)), view);
    const names = this.#hasLabels && view.zoom >= LABEL_ZOOM ? this.#namesIn(view) : this.#selectedName(view);
    this.#labels.choose(names, crowds.map(({ x, y, rows }) => ({ x, y, half: sideOf(rows.length) / 2, high: sideOf(rows.length) / 2 })));
    this.#layer.refresh();
  }

  /** Has all shown. @returns {number[]} the rows that may be in a crowd */
  #showAll() {
    /** @type {number[]} */
    const rows = [];
    this.#rows.ids.forEach((trackerId, row) => {
      this.#rows.show(row, lookOf(/** @type {Vehicle} */ (this.#vehicles.get(trackerId))));
      if (trackerId !== this.#selected) rows.push(row);
    });
    return rows;
  }

  /** @param {import("./map/crowds.js").Crowd} crowd @param {View} view */
  #bubbleOf({ x, y, rows }, view) {
    const trackerIds = rows.map((row) => this.#rows.ids[row]);
    const statuses = trackerIds.map((trackerId) => /** @type {Vehicle} */ (this.#vehicles.get(trackerId)).status);
    return { spot: spotAt({ x, y }, view), trackerIds, statuses };
  }

  /** Names of those in view: of the selected one first, then in the order of the fleet. @param {View} view */
  #namesIn(view) {
    const now = performance.now();
    const names = this.#selectedName(view);
    this.#rows.ids.forEach((trackerId, row) => {
      if (!this.#rows.isShown(row) || trackerId === this.#selected) return;
      const pixel = toPixel(this.#rows.spotOf(row, now), view);
      if (isSeen(pixel, view)) names.push(this.#nameAt(trackerId, pixel, view));
    });
    return names;
  }

  /** @param {View} view */
  #selectedName(view) {
    const selected = this.#selected;
    const row = selected === null ? -1 : this.#rows.rowOf(selected);
    if (selected === null || row < 0) return [];
    return [this.#nameAt(selected, toPixel(this.#rows.spotOf(row, performance.now()), view), view)];
  }

  /** A name, below its vehicle. @param {number} trackerId @param {Pixel} pixel of the vehicle @param {View} view */
  #nameAt(trackerId, { x, y }, { zoom }) {
    return { trackerId, text: /** @type {Vehicle} */ (this.#vehicles.get(trackerId)).label, x, y: y + labelBelow(zoom) };
  }

  /** @param {number} row */
  #goBeyond(row) {
    const trackerId = this.#rows.ids[row];
    if (trackerId !== undefined) this.#tell("visit", this.placeOf(trackerId));
  }

  /** Takes a crowd apart by coming nearer; what would stay one is opened as a list. @param {{trackerIds: number[], element: HTMLElement}} crowd */
  #open({ trackerIds, element }) {
    const view = viewOf(this.#map);
    const rows = trackerIds.map((trackerId) => this.#rows.rowOf(trackerId)).filter((row) => row >= 0);
    const isStack = view.zoom >= DEEPEST_ZOOM || areTogether(this.#rows.spots, rows, DEEPEST_ZOOM);
    if (!isStack) return this.#tell("approach", this.positions(trackerIds));
    const vehicles = trackerIds.map((trackerId) => this.#vehicles.get(trackerId)).filter(Boolean);
    this.#stack.open(/** @type {Vehicle[]} */ (vehicles), element);
  }

  /** @param {string} name @param {unknown} detail */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** @param {Vehicle} vehicle whoever moves is drawn above who stands */
function lookOf({ status }) {
  return status === "moving" ? ABOVE : BELOW;
}

/** A font that the style's own glyph server has; without one the browser draws the text. @param {import("maplibre-gl").Map} map @returns {string[]} */
export function fontOf(map) {
  const { glyphs, layers } = map.getStyle();
  const own = layers.map((layer) => (layer.type === "symbol" ? layer.layout?.["text-font"] : null)).find(Array.isArray);
  return (glyphs && own) || ["system-ui"];
}
