/** Zones on the map, below the vehicles: those that are stored, and the one that is being drawn. */

import { featuresOf, labelOf } from "./shapes.js";

/**
 * @typedef {import("./shapes.js").Drawn} Drawn
 * @typedef {import("maplibre-gl").LayerSpecification} Layer
 */

const LABEL_COLORS = {
  light: { text: "#16222c", halo: "#ffffff" },
  dark: { text: "#eaf1f6", halo: "#10181e" },
};
/** @type {import("maplibre-gl").ExpressionSpecification} */
const COLOR = ["get", "color"];
/** @type {import("maplibre-gl").FilterSpecification} */
const IS_AREA = ["==", ["geometry-type"], "Polygon"];
/** @type {import("maplibre-gl").FilterSpecification} */
const IS_LINE = ["==", ["geometry-type"], "LineString"];
const DEEPEST_ZOOM = 22;
/** As wide on the ground at each zoom. @type {import("maplibre-gl").ExpressionSpecification} */
const WIDTH = [
  "interpolate", ["exponential", 2], ["zoom"],
  0, ["get", "width"],
  DEEPEST_ZOOM, ["*", ["get", "width"], 2 ** DEEPEST_ZOOM],
];
/** @type {import("geojson").FeatureCollection} */
const NOTHING = { type: "FeatureCollection", features: [] };

export class ZoneLayers {
  #map;

  /** @param {import("maplibre-gl").Map} map whose style is loaded @param {string[]} font of labels @param {string} below the layer that stays above */
  constructor(map, font, below) {
    this.#map = map;
    for (const source of ["zones", "zone-draft", "zone-labels"]) {
      map.addSource(source, { type: "geojson", data: NOTHING, buffer: 512 });
    }
    for (const layer of layers(font)) map.addLayer(layer, below);
  }

  /** @param {Drawn[]} zones that are stored, without the one being drawn */
  show(zones) {
    this.#fill("zones", zones.flatMap(featuresOf));
    this.#fill("zone-labels", zones.map(labelOf));
  }

  /** @param {?Drawn} draft the zone that is being drawn */
  showDraft(draft) {
    this.#fill("zone-draft", draft === null ? [] : featuresOf(draft));
  }

  /** @param {"light"|"dark"} theme */
  paint(theme) {
    this.#map.setPaintProperty("zone-labels", "text-color", LABEL_COLORS[theme].text);
    this.#map.setPaintProperty("zone-labels", "text-halo-color", LABEL_COLORS[theme].halo);
  }

  /** The zone at a point of the screen. @param {import("maplibre-gl").PointLike} point @returns {?number} */
  at(point) {
    const found = this.#map.queryRenderedFeatures(point, { layers: ["zones-fill", "zones-corridor"] });
    return found[0]?.properties.id ?? null;
  }

  /** @param {string} name @param {import("geojson").Feature[]} features */
  #fill(name, features) {
    const source = /** @type {import("maplibre-gl").GeoJSONSource} */ (this.#map.getSource(name));
    source.setData({ type: "FeatureCollection", features });
  }
}

/** @param {string[]} font @returns {Layer[]} */
function layers(font) {
  return [
    ...layersOf("zones", { opacity: 0.16, corridor: 0.22, line: { "line-width": 1.8 } }),
    ...layersOf("zone-draft", { opacity: 0.24, corridor: 0.3, line: { "line-width": 2.4, "line-dasharray": [2, 1.4] } }),
    {
      id: "zone-labels",
      type: "symbol",
      source: "zone-labels",
      minzoom: 8,
      layout: { "text-field": ["get", "label"], "text-font": font, "text-size": 12, "text-max-width": 9 },
      paint: { "text-halo-width": 1.6 },
    },
  ];
}

/**
 * @param {string} source
 * @param {{opacity: number, corridor: number, line: import("maplibre-gl").LineLayerSpecification["paint"]}} looks
 * @returns {Layer[]}
 */
function layersOf(source, { opacity, corridor, line }) {
  /** @type {import("maplibre-gl").LineLayerSpecification["layout"]} */
  const round = { "line-cap": "round", "line-join": "round" };
  return [
    {
      id: `${source}-fill`,
      type: "fill",
      source,
      filter: IS_AREA,
      paint: { "fill-color": COLOR, "fill-opacity": opacity },
    },
    {
      id: `${source}-corridor`,
      type: "line",
      source,
      filter: IS_LINE,
      layout: round,
      paint: { "line-color": COLOR, "line-opacity": corridor, "line-width": WIDTH },
    },
    { id: `${source}-line`, type: "line", source, layout: round, paint: { "line-color": COLOR, ...line } },
  ];
}
