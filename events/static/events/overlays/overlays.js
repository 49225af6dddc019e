/** What the operator offers to be drawn over the ground, each by a tick among what the map shows. */

import { messageOf } from "../dom.js";
import { FLEET_LAYER, fontOf } from "../markers.js";
import { recall, remember } from "../memory.js";
import { isolate } from "../texts.js";
import { t } from "../words/words.js";
import { readShown, writeShown } from "./shown.js";
import { layersOf, sourceOf } from "./style.js";

const KEY = "fleetsphere.overlays";
/** For eight megabytes over a slow line; whoever waited for ever could not ask again. */
const FILE_TIMEOUT_MS = 120_000;
/** The lowest of what is drawn above them, where it is there. */
const ZONES = "zones-fill";

/** @typedef {import("./style.js").Overlay} Overlay */

/** A part of the map. Events (CustomEvent): `problem` with a text. */
export class Overlays extends EventTarget {
  #overlays;
  #shown;
  /** @type {?import("maplibre-gl").Map} */
  #map = null;
  /** @type {"light"|"dark"} */
  #theme = "light";
  /** @type {string[]} of names */
  #font = [];
  /** Files that are here, or on their way. @type {Set<string>} */
  #read = new Set();

  /** @param {Overlay[]} overlays the later ones are drawn above the others */
  constructor(overlays) {
    super();
    this.#overlays = overlays;
    this.#shown = readShown(overlays, recall(KEY));
  }

  /** The ground is there. @param {import("maplibre-gl").Map} map @param {"light"|"dark"} theme */
  addTo(map, theme) {
    this.#map = map;
    this.#theme = theme;
    this.#font = fontOf(map);
    for (const overlay of this.#overlays) if (this.#shown.has(overlay.name)) this.#draw(overlay);
  }

  /** @param {"light"|"dark"} theme */
  paint(theme) {
    this.#theme = theme;
    for (const { id, paint } of this.#overlays.flatMap((overlay) => this.#layersOf(overlay))) {
      if (!this.#map?.getLayer(id)) continue;
      for (const [name, value] of Object.entries(paint ?? {})) this.#map.setPaintProperty(id, /** @type {any} */ (name), value);
    }
  }

  takeClick() {
    return false;
  }

  /** Ticks for the control; none where nothing is offered. @returns {HTMLElement[]} */
  choices() {
    if (this.#overlays.length === 0) return [];
    const box = document.createElement("div");
    box.className = "overlay-choices";
    box.role = "group";
    box.ariaLabel = t("Overlays");
    box.append(...this.#overlays.map((overlay) => this.#lineOf(overlay)));
    return [box];
  }

  /** @param {Overlay} overlay */
  #lineOf(overlay) {
    const [line, input] = [document.createElement("label"), document.createElement("input")];
    input.type = "checkbox";
    input.checked = this.#shown.has(overlay.name);
    input.addEventListener("change", () => this.#choose(overlay, input.checked));
    line.append(input, isolate(overlay.name));
    return line;
  }

  /** @param {Overlay} overlay @param {boolean} isOn */
  #choose(overlay, isOn) {
    if (isOn) this.#shown.add(overlay.name);
    else this.#shown.delete(overlay.name);
    remember(KEY, writeShown(this.#overlays, this.#shown));
    if (isOn) this.#draw(overlay);
    else this.#setVisible(overlay, false);
  }

  /** @param {Overlay} overlay */
  #draw(overlay) {
    const map = this.#map;
    if (map === null) return;
    if (map.getSource(this.#idOf(overlay))) this.#setVisible(overlay, true);
    else this.#add(map, overlay);
    if (overlay.kind === "file" && !this.#read.has(overlay.name)) this.#load(map, overlay);
  }

  /** @param {import("maplibre-gl").Map} map @param {Overlay} overlay */
  #add(map, overlay) {
    const id = this.#idOf(overlay);
    map.addSource(id, sourceOf(overlay));
    // Of tiles one sentence is enough: each that cannot be had would tell the same.
    if (overlay.kind === "tiles") this.#tilesOf(map, id).once("error", (event) => this.#complain(overlay, event.error));
    const above = this.#above(map, overlay);
    for (const layer of this.#layersOf(overlay)) map.addLayer(layer, above);
  }

  /** @param {import("maplibre-gl").Map} map @param {string} id */
  #tilesOf(map, id) {
    return /** @type {import("maplibre-gl").RasterTileSource} */ (map.getSource(id));
  }

  /** What an overlay is drawn right below: the next one that is there, else zones and vehicles. @param {import("maplibre-gl").Map} map @param {Overlay} overlay */
  #above(map, overlay) {
    const later = this.#overlays.slice(this.#overlays.indexOf(overlay) + 1).flatMap((other) => this.#layersOf(other));
    return [...later.map(({ id }) => id), ZONES, FLEET_LAYER].find((id) => map.getLayer(id));
  }

  /** @param {Overlay} overlay @param {boolean} isVisible */
  #setVisible(overlay, isVisible) {
    for (const { id } of this.#layersOf(overlay)) if (this.#map?.getLayer(id)) this.#map.setLayoutProperty(id, "visibility", isVisible ? "visible" : "none");
  }

  /** Reads the file; one that cannot be had is asked for again when its tick is set again. @param {import("maplibre-gl").Map} map @param {Overlay} overlay */
  async #load(map, overlay) {
    this.#read.add(overlay.name);
    try {
      const response = await fetch(overlay.url, { signal: AbortSignal.timeout(FILE_TIMEOUT_MS) });
      if (!response.ok) throw new Error(`${overlay.url}: HTTP status ${response.status}`);
      const source = /** @type {import("maplibre-gl").GeoJSONSource|undefined} */ (map.getSource(this.#idOf(overlay)));
      source?.setData(await response.json());
    } catch (error) {
      this.#read.delete(overlay.name);
      this.#complain(overlay, error);
    }
  }

  /** @param {Overlay} overlay @param {unknown} error */
  #complain({ name }, error) {
    const detail = t("The overlay {name} cannot be loaded: {reason}", { name: isolate(name), reason: messageOf(error) });
    this.dispatchEvent(new CustomEvent("problem", { detail }));
  }

  /** @param {Overlay} overlay */
  #layersOf(overlay) {
    return layersOf(this.#idOf(overlay), overlay, this.#theme, this.#font);
  }

  /** @param {Overlay} overlay */
  #idOf(overlay) {
    return `overlay-${this.#overlays.indexOf(overlay)}`;
  }
}
