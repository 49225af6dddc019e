/** Drawing on the map: what a click or Enter on it means while a zone is drawn, and what is seen of it. */

import { detailOf } from "../dom.js";
import { FLEET_LAYER, fontOf } from "../markers.js";
import { Handles } from "./handles.js";
import { ZoneLayers } from "./layers.js";
import { boxOf, distanceBetween } from "./shapes.js";

const FIRST_RADIUS_PIXELS = 60;
const MAX_RADIUS_M = 300_000;

/**
 * @typedef {import("maplibre-gl").Map} Map
 * @typedef {import("./shapes.js").Place} Place
 * @typedef {import("./shapes.js").Zone} Zone
 */

/** Events: `change` when the draft was changed on the map, `choose` with the id of a zone that was clicked. */
export class ZoneEditor extends EventTarget {
  /** @type {?Map} */
  #map = null;
  /** @type {?ZoneLayers} */
  #layers = null;
  /** @type {?Handles} */
  #handles = null;
  /** @type {Zone[]} */
  #zones = [];
  /** @type {?import("./draft.js").Draft} */
  #draft = null;
  #calm = matchMedia("(prefers-reduced-motion: reduce)");

  /** The ground is there. @param {Map} map @param {"light"|"dark"} theme */
  addTo(map, theme) {
    this.#map = map;
    this.#layers = new ZoneLayers(map, fontOf(map), FLEET_LAYER);
    this.#handles = new Handles(map);
    this.#handles.addEventListener("change", (event) => this.#changed(detailOf(event).isMove));
    map.getCanvas().addEventListener("keydown", (event) => this.#pressKey(event));
    this.paint(theme);
    this.show(this.#zones);
    this.edit(this.#draft);
  }

  /** @param {"light"|"dark"} theme */
  paint(theme) {
    this.#layers?.paint(theme);
  }

  /** @param {Zone[]} zones as the server lists them, with points */
  show(zones) {
    this.#zones = zones;
    this.#layers?.show(zones.filter(({ id }) => id !== this.#draft?.id));
  }

  /** @param {?import("./draft.js").Draft} draft null: nothing is drawn any more */
  edit(draft) {
    this.#draft = draft;
    if (this.#map === null) return;
    this.#map.getContainer().classList.toggle("drawing", draft?.isNew === true);
    if (draft === null) this.#map.doubleClickZoom.enable();
    else this.#map.doubleClickZoom.disable();
    this.show(this.#zones);
    this.refresh();
  }

  /** Shows the draft as it is now. */
  refresh({ isMove = false } = {}) {
    this.#layers?.showDraft(this.#draft);
    if (!isMove) this.#handles?.show(this.#draft);
  }

  /** Brings a zone into view. @param {Zone} zone */
  lookAt(zone) {
    this.#map?.fitBounds(boxOf(zone), { padding: 72, maxZoom: 16, animate: !this.#calm.matches });
  }

  /** Sets a point in the middle of the map. */
  addAtMiddle() {
    if (this.#map !== null) this.#add(this.#map.getCenter());
  }

  /** @param {import("maplibre-gl").MapMouseEvent} click @param {boolean} isVehicle @returns {boolean} whether it was meant for zones */
  takeClick({ lngLat, point }, isVehicle) {
    if (this.#draft !== null) {
      if (this.#draft.isNew) this.#add(lngLat);
      return true;
    }
    const zoneId = isVehicle ? null : (this.#layers?.at(point) ?? null);
    if (zoneId !== null) this.dispatchEvent(new CustomEvent("choose", { detail: zoneId }));
    return false;
  }

  /** @param {KeyboardEvent} event */
  #pressKey(event) {
    if (event.key !== "Enter" || !this.#draft?.isNew) return;
    event.preventDefault();
    this.addAtMiddle();
  }

  /** @param {Place} place */
  #add(place) {
    if (this.#draft === null || this.#map === null) return;
    if (this.#draft.kind.hasRadius) this.#draft.radius ??= firstRadius(this.#map, this.#draft, place);
    this.#draft.add(place);
    this.#changed(false);
  }

  /** @param {boolean} isMove */
  #changed(isMove) {
    this.refresh({ isMove });
    this.dispatchEvent(new Event("change"));
  }
}

/**
 * A radius that is easily seen, with two digits.
 * @param {Map} map @param {import("./draft.js").Draft} draft @param {Place} place
 */
function firstRadius(map, draft, place) {
  const { x, y } = map.project(place);
  const pixels = draft.type === "circle" ? FIRST_RADIUS_PIXELS : FIRST_RADIUS_PIXELS / 4;
  const found = distanceBetween(place, map.unproject([x + pixels, y]));
  return Math.max(10, Math.min(MAX_RADIUS_M, Number(found.toPrecision(2))));
}
