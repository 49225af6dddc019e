/** How an overlay is drawn: raster tiles, or the shapes and names of a GeoJSON file in its own colours. Pure. */

/**
 * What the operator offers (`MAP_OVERLAYS`).
 *
 * @typedef {object} Overlay
 * @property {"file"|"tiles"} kind
 * @property {string} name
 * @property {string} url
 * @property {string} attribution
 * @property {string} color of what the file gives none; empty: one that is seen on the ground
 * @property {number} opacity
 * @property {number} max_zoom the deepest that there are tiles for
 * @property {boolean} shown whether it is there for who has not chosen
 *
 * @typedef {import("maplibre-gl").SourceSpecification} Source
 * @typedef {import("maplibre-gl").LayerSpecification} Layer
 * @typedef {import("maplibre-gl").ExpressionSpecification} Expression
 */

const COLORS = {
  light: { shape: "#a3195b", text: "#16222c", halo: "#ffffff" },
  dark: { shape: "#ff8fc0", text: "#eaf1f6", halo: "#10181e" },
};
/** So much is covered where the file does not say. */
const FILL_OPACITY = 0.15;
const [LINE_PIXELS, POINT_PIXELS] = [2, 5];
/** Names of shapes are read from here on: of a whole country they would cover it. */
const NAMES_FROM_ZOOM = 7;
const NAMES = ["name", "title", "label"];
/** @type {Expression} */
const IS_AREA = ["==", ["geometry-type"], "Polygon"];
/** @type {Expression} */
const IS_POINT = ["==", ["geometry-type"], "Point"];
/** @type {import("geojson").FeatureCollection} */
const NOTHING = { type: "FeatureCollection", features: [] };

/** Without the data of a file, which comes later. @param {Overlay} overlay @returns {Source} */
export function sourceOf({ kind, url, attribution, max_zoom: maxzoom }) {
  return kind === "tiles" ? { type: "raster", tiles: [url], tileSize: 256, maxzoom, attribution } : { type: "geojson", data: NOTHING, attribution };
}

/**
 * @param {string} id of the source, which begins those of the layers @param {Overlay} overlay
 * @param {"light"|"dark"} theme @param {string[]} font of names
 * @returns {Layer[]}
 */
export function layersOf(id, { kind, color, opacity }, theme, font) {
  if (kind === "tiles") return [{ id: `${id}-tiles`, type: "raster", source: id, paint: { "raster-opacity": opacity } }];
  const colors = COLORS[theme];
  const shape = color || colors.shape;
  return [
    {
      id: `${id}-fill`,
      type: "fill",
      source: id,
      filter: IS_AREA,
      paint: { "fill-color": colorOf(["fill", "stroke"], shape), "fill-opacity": shareOf("fill-opacity", FILL_OPACITY, opacity) },
    },
    {
      id: `${id}-line`,
      type: "line",
      source: id,
      filter: ["!", IS_POINT],
      layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-color": colorOf(["stroke"], shape), "line-opacity": shareOf("stroke-opacity", 1, opacity), "line-width": widthOf("stroke-width", LINE_PIXELS) },
    },
    {
      id: `${id}-point`,
      type: "circle",
      source: id,
      filter: IS_POINT,
      paint: {
        "circle-color": colorOf(["marker-color"], shape),
        "circle-opacity": opacity,
        "circle-radius": POINT_PIXELS,
        "circle-stroke-color": colors.halo,
        "circle-stroke-opacity": opacity,
        "circle-stroke-width": 1.5,
      },
    },
    {
      id: `${id}-name`,
      type: "symbol",
      source: id,
      minzoom: NAMES_FROM_ZOOM,
      layout: { "text-field": ["to-string", ["coalesce", ...NAMES.map(get), ""]], "text-font": font, "text-size": 12, "text-max-width": 9, "text-offset": [0, 0.9], "text-anchor": "top" },
      paint: { "text-color": colors.text, "text-halo-color": colors.halo, "text-halo-width": 1.6, "text-opacity": opacity },
    },
  ];
}

/** The first of these that is a colour; what is written wrong counts as not said. @param {string[]} names @param {string} other @returns {Expression} */
function colorOf([first, ...others], other) {
  return ["to-color", get(first), ...others.map(get), other];
}

/** @param {string} name @param {number} other @param {number} opacity of the overlay @returns {Expression} from 0 to 1 */
function shareOf(name, other, opacity) {
  return ["*", opacity, ["max", 0, ["min", 1, ["number", get(name), other]]]];
}

/** @param {string} name @param {number} other @returns {Expression} */
function widthOf(name, other) {
  return ["max", 0, ["number", get(name), other]];
}

/** @param {string} name @returns {Expression} */
function get(name) {
  return ["get", name];
}
