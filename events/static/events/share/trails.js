/** The way that vehicles came since the page was opened, drawn behind them. */

import { FLEET_LAYER } from "../map/layer.js";

const NAME = "share-trails";

export class Trails {
  #lengthMs;
  #map = null;
  /** @type {Map<number, {at: number, place: [number, number]}[]>} by tracker id, in order */
  #ways = new Map();

  /** @param {number} lengthMs how old the end of a trail may be; 0: no trails */
  constructor(lengthMs) {
    this.#lengthMs = lengthMs;
  }

  addTo(map) {
    this.#map = map;
    map.addSource(NAME, { type: "geojson", data: collection([]) });
    const layer = {
      id: NAME,
      type: "line",
      source: NAME,
      layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-color": "#0b5ed7", "line-width": 4, "line-opacity": 0.6 },
    };
    map.addLayer(layer, map.getLayer(FLEET_LAYER) ? FLEET_LAYER : undefined);
  }

  /** @param {?import("../fleet.js").State} state null: it is not to be seen any more */
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
    this.#map?.getSource(NAME).setData(collection(lines));
  }
}

function collection(ways) {
  const features = ways.map((way) => ({
    type: "Feature",
    properties: {},
    geometry: { type: "LineString", coordinates: way.map(({ place }) => place) },
  }));
  return { type: "FeatureCollection", features };
}
