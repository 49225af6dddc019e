/** The way that vehicles came since the page was opened, drawn behind them. */

import { FLEET_LAYER } from "../map/layer.js";

const NAME = "share-trails";

/** @typedef {{at: number, place: [number, number]}[]} Way the points of one vehicle, in order */

export class Trails {
  #lengthMs;
  /** @type {?import("maplibre-gl").Map} */
  #map = null;
  /** @type {Map<number, Way>} by tracker id */
  #ways = new Map();

  /** @param {number} lengthMs how old the end of a trail may be; 0: no trails */
  constructor(lengthMs) {
    this.#lengthMs = lengthMs;
  }

  /** @param {import("maplibre-gl").Map} map */
  addTo(map) {
    this.#map = map;
    map.addSource(NAME, { type: "geojson", data: collection([]) });
    /** @type {import("maplibre-gl").LineLayerSpecification} */
    const layer = {
      id: NAME,
      type: "line",
      source: NAME,
      layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-color": "#0b5ed7", "line-width": 4, "line-opacity": 0.6 },
    };
    map.addLayer(layer, map.getLayer(FLEET_LAYER) ? FLEET_LAYER : undefined);
  }

  /** @param {number} trackerId @param {?import("../fleet.js").State} state null: it is not to be seen any more */
  take(trackerId, state) {
    const way = this.#ways.get(trackerId) ?? [];
    if (state === null) this.#ways.delete(trackerId);
    else if (state.position && state.fixedAt !== null && state.fixedAt > (way.at(-1)?.at ?? -Infinity)) {
      this.#ways.set(trackerId, [...way, { at: state.fixedAt, place: [state.position.lng, state.position.lat] }]);
    }
  }

  /** Draws what is young enough, and forgets the rest. @param {number} now */
  show(now) {
    for (const [trackerId, way] of this.#ways) {
      this.#ways.set(trackerId, way.filter(({ at }, index) => now - at <= this.#lengthMs || index === way.length - 1));
    }
    const lines = this.#lengthMs > 0 ? [...this.#ways.values()].filter((way) => way.length > 1) : [];
    const source = /** @type {import("maplibre-gl").GeoJSONSource|undefined} */ (this.#map?.getSource(NAME));
    source?.setData(collection(lines));
  }
}

/** @param {Way[]} ways @returns {import("geojson").FeatureCollection} */
function collection(ways) {
  /** @type {import("geojson").Feature[]} */
  const features = ways.map((way) => ({
    type: "Feature",
    properties: {},
    geometry: { type: "LineString", coordinates: way.map(({ place }) => place) },
  }));
  return { type: "FeatureCollection", features };
}
