/** The area that is chosen, by its key: of what the map shows, or of a zone. */

import { t } from "../words/words.js";
import { MAP_AREA, areaOfMap, areaOfZone } from "./area.js";
import { ZoneMap } from "./zonemap.js";

/** Events: `change` when there are other zones, `move` when the area that is chosen is another part of the world. */
export class Areas extends EventTarget {
  /** Empty: none is chosen. */
  key = "";
  #zones;
  #window;
  /** @type {?ZoneMap} null: nobody has asked since zones changed */
  #zoneMap = null;

  /** @param {{zones: import("../zones/panel.js").ZonePanel, window: import("../map/window.js").MapWindow}} parts */
  constructor({ zones, window }) {
    super();
    this.#zones = zones;
    this.#window = window;
    zones.addEventListener("change", () => {
      this.#zoneMap = null;
      this.dispatchEvent(new Event("change"));
    });
    window.addEventListener("move", () => this.key === MAP_AREA && this.dispatchEvent(new Event("move")));
  }

  /** @returns {?import("./area.js").Area} null: none, or nobody knows yet where it is */
  get area() {
    const { corners } = this.#window;
    if (this.key === MAP_AREA) return corners && areaOfMap(corners);
    const zone = this.#zones.zones.find(({ id }) => String(id) === this.key);
    return zone ? areaOfZone(zone) : null;
  }

  /** Whether it was a zone that is there no more. */
  get isGone() {
    return this.key !== "" && this.key !== MAP_AREA && this.#zones.isRead && this.area === null;
  }

  /** Finds the areas that hold a place, as they are now. @returns {(place: import("./area.js").Place) => string[]} their keys */
  finder() {
    const { corners } = this.#window;
    const [seen, zones] = [corners && areaOfMap(corners), (this.#zoneMap ??= new ZoneMap(this.#zones.zones))];
    return (place) => (seen?.holds(place) ? [MAP_AREA, ...zones.keysAt(place)] : zones.keysAt(place));
  }

  /** All that can be chosen. @returns {[string, string][]} keys and names */
  get choices() {
    const zones = this.#zones.zones.map(({ id, label }) => /** @type {[string, string]} */ ([String(id), label]));
    return [[MAP_AREA, t("What the map shows")], ...zones];
  }
}
