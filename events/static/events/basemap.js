/** The ground under the fleet: the land map that ships, streets of the server's own file, or a map of another site. */

import { feature, mesh } from "topojson-client";
import { flatten, namesOf } from "./flatten.js";
import { streetColors, streetLayers, streetSources } from "./map/streets.js";

/** Coarse for the world, fine from here on; the fine one is large and is fetched when it is needed. */
const FINE_FROM_ZOOM = 5;
const COARSE = "world-atlas/countries-50m.json";
const FINE = "world-atlas/countries-10m.json";
/** @type {import("geojson").FeatureCollection} */
const NOTHING = { type: "FeatureCollection", features: [] };

/**
 * @typedef {{kind: "land"|"file"|"style"|"tiles", name: string, url: string, attribution: string}} Ground
 * @typedef {import("maplibre-gl").Map} Map
 * @typedef {import("maplibre-gl").StyleSpecification} Style
 * @typedef {import("maplibre-gl").LayerSpecification} Layer
 * @typedef {import("maplibre-gl").GeoJSONSource} Source
 */

const COLORS = {
  light: { water: "#d5e2ea", land: "#f7f6f2", coast: "#9fb6c3", border: "#c3c4bd", name: "#6f7a80", halo: "#f7f6f2" },
  dark: { water: "#0d151b", land: "#1b252c", coast: "#3d525f", border: "#3a4851", name: "#8b9aa5", halo: "#141d23" },
};

/** @param {Ground} ground @param {"light"|"dark"} theme @returns {Style|string} what MapLibre takes as a style */
export function baseStyle(ground, theme) {
  if (ground.kind === "style") return ground.url;
  if (ground.kind === "tiles") return tilesStyle(ground, theme);
  return ownStyle(ground, theme);
}

/** Paints the ground in the theme's colours, as far as it is ours. @param {Map} map @param {Ground} ground @param {"light"|"dark"} theme */
export function paintBase(map, ground, theme) {
  for (const { id, paint } of ownLayers(ground, theme)) {
    if (!map.getLayer(id)) continue;
    for (const [name, value] of Object.entries(paint ?? {})) map.setPaintProperty(id, /** @type {Parameters<Map["setPaintProperty"]>[1]} */ (name), value);
  }
}

/** Fetches the land map's data, finer when the map comes closer. Does nothing for other grounds. @param {Map} map */
export async function loadLand(map) {
  if (!map.getSource("land")) return;
  await showLand(map, COARSE);
  const refine = () => {
    if (map.getZoom() < FINE_FROM_ZOOM) return;
    map.off("zoomend", refine);
    showLand(map, FINE).catch(() => {}); // The coarse one stays.
  };
  map.on("zoomend", refine);
  refine();
}

/** The land map without data, and above it the streets where there are any. @param {Ground} ground @param {"light"|"dark"} theme @returns {Style} */
function ownStyle(ground, theme) {
  return {
    version: 8,
    sources: {
      ...(ground.kind === "file" ? streetSources(ground) : {}),
      land: { type: "geojson", data: NOTHING, attribution: "Natural Earth" },
      borders: { type: "geojson", data: NOTHING },
      names: { type: "geojson", data: NOTHING },
    },
    layers: ownLayers(ground, theme),
  };
}

/** @param {Ground} ground @param {"light"|"dark"} theme @returns {Layer[]} */
function ownLayers({ kind }, theme) {
  return kind === "file" ? [...landLayers({ ...COLORS[theme], ...streetColors(theme) }), ...streetLayers(theme)] : landLayers(COLORS[theme]);
}

/** @param {Ground} ground @param {"light"|"dark"} theme @returns {Style} */
function tilesStyle({ url, attribution }, theme) {
  return {
    version: 8,
    sources: { tiles: { type: "raster", tiles: [url], tileSize: 256, maxzoom: 19, attribution } },
    layers: [landLayers(COLORS[theme])[0], { id: "tiles", type: "raster", source: "tiles" }],
  };
}

/** @param {(typeof COLORS)["light"]} colors @returns {Layer[]} */
function landLayers(colors) {
  return [
    { id: "water", type: "background", paint: { "background-color": colors.water } },
    { id: "land", type: "fill", source: "land", paint: { "fill-color": colors.land, "fill-antialias": false } },
    {
      id: "borders",
      type: "line",
      source: "borders",
      paint: { "line-color": colors.border, "line-width": 1, "line-dasharray": [4, 2] },
    },
    {
      id: "coast",
      type: "line",
      source: "land",
      paint: { "line-color": colors.coast, "line-width": 1 },
    },
    {
      id: "countries",
      type: "symbol",
      source: "names",
      maxzoom: 8,
      layout: {
        "text-field": ["get", "name"],
        "text-size": 12,
        "text-font": ["system-ui"],
        "text-padding": 12,
        "symbol-sort-key": ["-", ["get", "size"]],
      },
      paint: { "text-color": colors.name, "text-halo-color": colors.halo, "text-halo-width": 1.5 },
    },
  ];
}

/** @param {Map} map @param {string} name of the data */
async function showLand(map, name) {
  const response = await fetch(import.meta.resolve(name));
  if (!response.ok) throw new Error(`${name}: HTTP status ${response.status}`);
  const topology = await response.json();
  const { countries } = topology.objects;
  const ground = flatten(feature(topology, countries));
  /** @returns {Source|undefined} */
  const source = (/** @type {string} */ id) => map.getSource(id);
  source("land")?.setData(ground);
  source("names")?.setData(namesOf(ground));
  source("borders")?.setData(mesh(topology, countries, (one, other) => one !== other));
}
