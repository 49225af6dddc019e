/** The map: its ground, controls and vehicles, and what a click on it means. */

import { AttributionControl, Map as MapLibre, Marker, NavigationControl } from "maplibre-gl";
import { baseStyle, loadLand, paintBase } from "./basemap.js";
import { detailOf, messageOf } from "./dom.js";
import { FitControl } from "./fitcontrol.js";
import { addGrid, paintGrid } from "./grid.js";
import { Choices, chosenGround } from "./map/choices.js";
import { Follow, boxOf } from "./map/follow.js";
import { FollowView } from "./map/followview.js";
import { makeScale } from "./map/scale.js";
import { Markers } from "./markers.js";
import { recall, remember } from "./memory.js";
import { Overlays } from "./overlays/overlays.js";
import { t } from "./words/words.js";

const VIEW_KEY = "fleetsphere.view";
const CLOSE_ZOOM = 13;
const DEEPEST_ZOOM = 17;
/** The first states of a fleet arrive over some time; the view follows them until then. */
const SETTLE_MS = 1_500;
const LAND = /** @type {import("./basemap.js").Ground} */ ({ kind: "land", name: "Land", url: "", attribution: "" });
const CENTRED = /** @type {[number, number]} */ ([0, 0]);
/** @type {View} */
const WORLD = { center: [15, 35], zoom: 1.6 };

/**
 * @typedef {{center: [number, number], zoom: number}} View
 * @typedef {import("./map/mercator.js").Place} Place
 * @typedef {import("./fleet.js").Vehicle} Vehicle
 * @typedef {"light"|"dark"} Colours
 *
 * What else is drawn on the map, and asked first what a click means.
 *
 * @typedef {object} Part
 * @property {(map: MapLibre, theme: Colours) => void} addTo the ground is there
 * @property {(theme: Colours) => void} paint
 * @property {(click: import("maplibre-gl").MapMouseEvent, isVehicle: boolean) => boolean} takeClick whether it was meant for the part
 */

/**
 * Events (CustomEvent): `select` with a tracker id or null, `problem` with a text, `ground` with MapLibre's map once
 * others may draw on it, `view` with centre and zoom, `seen` with the box of it, `follow` when vehicles are followed or no longer.
 */
export class FleetMap extends EventTarget {
  #map;
  #theme;
  #calm = matchMedia("(prefers-reduced-motion: reduce)");
  /** @type {?Markers} null until the ground is there */
  #markers = null;
  /** @type {Map<number, ?Vehicle>} */
  #waiting = new Map();
  /** @type {?number} tracker id */
  #selected = null;
  #hasView;
  /** @type {?number} */
  #settledAt = null;
  /** @type {import("./basemap.js").Ground} */
  #ground;
  #choices;
  /** @type {Follow} */
  #follow;
  #followView;
  #labelOf;
  #cover;
  /** @type {?number} who is followed; null: all on the map */
  #followed = null;
  /** @type {Part[]} */
  #parts = [];
  /** @type {?Marker} */
  #pin = null;

  /**
   * @param {HTMLElement} container
   * @param {{grounds: import("./basemap.js").Ground[], overlays?: import("./overlays/style.js").Overlay[]}} settings of the page
   * @param {Colours} theme
   * @param {{view?: ?View, labelOf?: (trackerId: ?number) => string, cover?: ?HTMLElement}} options `view`: to begin with;
   *   `labelOf`: a vehicle, or all on the map as far as they have a name; `cover`: what may lie over a side of the map
   */
  constructor(container, { grounds, overlays = [] }, theme, { view: asked = null, labelOf = () => "", cover = null } = {}) {
    super();
    this.#cover = cover;
    this.#labelOf = labelOf;
    this.#ground = chosenGround(grounds);
    const over = new Overlays(overlays);
    over.addEventListener("problem", (event) => this.#tell("problem", detailOf(event)));
    this.attach(over);
    this.#choices = new Choices(grounds, over.choices());
    this.#choices.addEventListener("names", (event) => this.#markers?.showLabels(detailOf(event)));
    this.#choices.addEventListener("arrows", (event) => this.#markers?.showArrows(detailOf(event)));
    const view = asked ?? readView();
    this.#theme = theme;
    this.#hasView = view !== null;
    this.#map = new MapLibre({
      container,
      style: baseStyle(this.#ground, theme),
      ...(view ?? WORLD),
      attributionControl: false,
      fadeDuration: 0,
      maxPitch: 0,
      dragRotate: false,
      pitchWithRotate: false,
    });
    const placesOf = (/** @type {?number} */ trackerId) => this.#markers?.positions(trackerId === null ? undefined : [trackerId]) ?? [];
    this.#follow = new Follow(this.#map, { placesOf, offset: () => this.#offset(), calm: this.#calm });
    this.#follow.addEventListener("change", () => this.#tell("follow"));
    this.#followView = new FollowView(this.#follow, {
      onToggle: () => this.toggleFollow(),
      labelOf: () => this.#labelOf(this.#followed) || t("all on the map"),
    });
    this.#addControls();
    this.#map.touchZoomRotate.disableRotation();
    this.#map.keyboard.disableRotation();
    this.#map.once("style.load", () => this.#fill());
    if (this.#ground.kind === "style") this.#map.on("error", (event) => this.#replaceGround(event));
    this.#map.on("movestart", ({ originalEvent }) => (this.#hasView ||= Boolean(originalEvent)));
    this.#map.on("moveend", () => this.#keepView());
  }

  /**
   * Shows vehicles as they are now.
   * @param {Map<number, ?Vehicle>} vehicles null: it has left @param {number} now
   * @param {{isGliding?: boolean}} options whether they drive to where they are
   */
  draw(vehicles, now, { isGliding = true } = {}) {
    if (this.#markers === null) {
      for (const [trackerId, vehicle] of vehicles) this.#waiting.set(trackerId, vehicle);
      return;
    }
    this.#markers.set(vehicles, now, { isGliding: isGliding && !this.#calm.matches });
    if (!this.#hasView) this.#findView(now);
  }

  /** @param {?number} trackerId @param {?Place} position to bring into view */
  select(trackerId, position = null) {
    if (trackerId !== this.#selected && this.#followed !== null) this.#follow.stop();
    this.#selected = trackerId;
    this.#markers?.select(trackerId);
    if (position !== null) this.#goTo(position);
  }

  /** Whether this vehicle is followed. @param {?number} trackerId */
  isFollowing(trackerId) {
    return this.#follow.state !== "off" && this.#followed === trackerId;
  }

  /** Keeps the selected vehicle in view, or all on the map where none is; or no longer. @param {?number} trackerId null: all */
  toggleFollow(trackerId = this.#selected) {
    const isOver = this.isFollowing(trackerId);
    this.#followed = trackerId;
    if (isOver) this.#follow.stop();
    else this.#follow.start(trackerId);
  }

  /** All on the map are called otherwise. */
  retell() {
    this.#followView.show();
  }

  /** Keeps all on the map in view, whoever is selected, or no longer. @param {boolean} isOn */
  watchAll(isOn) {
    this.#followed = null;
    if (isOn) this.#follow.start(null);
    else this.#follow.stop();
  }

  /** Marks a place where something happened, and brings it into view. @param {?Place} place */
  show(place) {
    this.#pin?.remove();
    this.#pin = place === null ? null : new Marker({ className: "happened" }).setLngLat(place).addTo(this.#map);
    if (place !== null) this.#goTo(place);
  }

  /** @param {Place} position */
  #goTo(position) {
    const zoom = Math.max(this.#map.getZoom(), CLOSE_ZOOM);
    this.#map.easeTo({ center: position, zoom, offset: this.#offset(), animate: !this.#calm.matches });
  }

  #offset() {
    return this.#cover === null || this.#cover.hidden ? CENTRED : offsetBeside(this.#cover, this.#map.getContainer());
  }

  /** @param {Colours} theme */
  paint(theme) {
    const isNew = theme !== this.#theme;
    this.#theme = theme;
    if (this.#markers === null) return;
    if (isNew) paintBase(this.#map, this.#ground, theme);
    paintGrid(this.#map, theme);
    this.#markers.paint(theme);
    for (const part of this.#parts) part.paint(theme);
  }

  /** Has a part draw on the map, as soon as the ground is there. @param {Part} part */
  attach(part) {
    this.#parts.push(part);
    if (this.#markers !== null) part.addTo(this.#map, this.#theme);
  }

  /** Brings all vehicles into view. */
  fitAll({ animate = !this.#calm.matches } = {}) {
    this.#fit(this.#markers?.positions() ?? [], { maxZoom: 15, animate });
  }

  /** @param {Place[]} places @param {{maxZoom: number, animate?: boolean}} options */
  #fit(places, { maxZoom, animate = !this.#calm.matches }) {
    if (places.length > 0) this.#map.fitBounds(boxOf(places), { padding: 56, maxZoom, animate });
  }

  /** The next fleet that comes is brought into view. */
  forgetView() {
    this.#hasView = false;
    this.#settledAt = null;
  }

  /** @param {number} now */
  #findView(now) {
    if (!this.#markers?.positions().length) return;
    this.#settledAt ??= now + SETTLE_MS;
    this.#hasView = now > this.#settledAt;
    this.fitAll({ animate: false });
  }

  #addControls() {
    this.#map.addControl(new NavigationControl({ showCompass: false }), "bottom-right");
    this.#map.addControl(new FitControl(() => this.fitAll()), "bottom-right");
    this.#map.addControl(this.#followView, "bottom-right");
    this.#map.addControl(this.#choices, "bottom-right");
    const customAttribution = this.#ground.attribution || undefined;
    this.#map.addControl(new AttributionControl({ compact: false, customAttribution }), "bottom-left");
    this.#map.addControl(makeScale(), "bottom-left");
  }

  #fill() {
    if (this.#map.getSource("land")) {
      loadLand(this.#map).catch((error) => this.#tell("problem", t("The land map cannot be loaded: {reason}", { reason: messageOf(error) })));
    }
    if (this.#ground.kind === "land") addGrid(this.#map, this.#theme);
    const markers = new Markers(this.#map);
    this.#markers = markers;
    markers.showLabels(this.#choices.hasNames);
    markers.showArrows(this.#choices.hasArrows);
    this.#listen(markers);
    for (const part of this.#parts) part.addTo(this.#map, this.#theme);
    this.#tell("ground", this.#map);
    this.#keepView();
    this.paint(this.#theme);
    markers.select(this.#selected);
    this.draw(this.#waiting, performance.now());
    this.#waiting.clear();
  }

  /** @param {Markers} markers */
  #listen(markers) {
    const canvas = this.#map.getCanvas();
    this.#map.on("click", (event) => {
      const trackerId = markers.at(event.point);
      const isTaken = this.#parts.some((part) => part.takeClick(event, trackerId !== null));
      if (!isTaken) this.#tell("select", trackerId);
    });
    this.#map.on("mousemove", ({ point }) => (canvas.style.cursor = markers.at(point) === null ? "" : "pointer"));
    markers.addEventListener("choose", (event) => this.#tell("select", detailOf(event)));
    markers.addEventListener("visit", (event) => this.#map.easeTo({ center: detailOf(event), animate: !this.#calm.matches }));
    markers.addEventListener("approach", (event) => this.#fit(detailOf(event), { maxZoom: DEEPEST_ZOOM }));
  }

  /** Without its ground the map shows the land map: vehicles on a plain ground are better than none. @param {import("maplibre-gl").ErrorEvent} event */
  #replaceGround({ error }) {
    if (this.#markers !== null || this.#ground.kind !== "style") return;
    this.#ground = LAND;
    this.#tell("problem", t("The base map cannot be loaded: {reason}", { reason: error?.message ?? "?" }));
    this.#map.setStyle(baseStyle(LAND, this.#theme), { diff: false });
  }

  #keepView() {
    const { lng, lat } = this.#map.getCenter();
    const view = { center: [lng, lat], zoom: this.#map.getZoom() };
    if (!this.#hasView) return;
    remember(VIEW_KEY, JSON.stringify(view), () => sessionStorage);
    this.#tell("view", view);
    const [[west, south], [east, north]] = this.#map.getBounds().toArray();
    this.#tell("seen", { north, west, south, east });
  }

  /** @param {string} name @param {unknown} [detail] */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** @returns {?View} */
function readView() {
  try {
    return JSON.parse(recall(VIEW_KEY, () => sessionStorage) ?? "null");
  } catch {
    return null;
  }
}

/** How far from the map's middle that of its free part is: beside what covers it, or above what goes from side to side. @param {HTMLElement} cover @param {HTMLElement} container */
function offsetBeside(cover, container) {
  const [over, map] = [cover.getBoundingClientRect(), container.getBoundingClientRect()];
  const isBelow = over.width > map.width / 2;
  const covered = Math.max(0, isBelow ? map.bottom - over.top : map.right - over.left);
  return /** @type {[number, number]} */ (isBelow ? [0, -covered / 2] : [-covered / 2, 0]);
}
