/** The ground under the fleet: the land map that ships, streets of the server's own file, or a map of another site. */

import { feature, mesh } from "topojson-client";
import { flatten, namesOf } from "./flatten.js";
import { streetColors, streetLayers, streetSources } from "./map/streets.js";

/** Coarse for the world, fine from here on; the fine one is large and is fetched when it is needed. */
const FINE_FROM_ZOOM = 5;
const COARSE = "world-atlas/countries-50m.json";
const FINE = "world-atlas/countries-10m.json";
const NOTHING = { type: "FeatureCollection", features: [] };

/** @typedef {{kind: "land"|"file"|"style"|"tiles", name: string, url: string, attribution: string}} Ground */

const COLORS = {
  light: { water: "#d5e2ea", land: "#f7f6f2", coast: "#9fb6c3", border: "#c3c4bd", name: "#6f7a80", halo: "#f7f6f2" },
  dark: { water: "#0d151b", land: "#1b252c", coast: "#3d525f", border: "#3a4851", name: "#8b9aa5", halo: "#141d23" },
};

/** @param {Ground} ground @param {"light"|"dark"} theme @returns what MapLibre takes as a style */
export function baseStyle(ground, theme) {
  if (ground.kind === "style") return ground.url;
  if (ground.kind === "tiles") return tilesStyle(ground, theme);
  return ownStyle(ground, theme);
}

/** Paints the ground in the theme's colours, as far as it is ours. */
export function paintBase(map, ground, theme) {
  for (const { id, paint } of ownLayers(ground, theme)) {
    if (!map.getLayer(id)) continue;
    for (const [name, value] of Object.entries(paint ?? {})) map.setPaintProperty(id, name, value);
  }
}

/** Fetches the land map's data, finer when the map comes closer. Does nothing for other grounds. */
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

/** The land map without data, and above it the streets where there are any. */
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

function ownLayers({ kind }, theme) {
  return kind === "file" ? [...landLayers({ ...COLORS[theme], ...streetColors(theme) }), ...streetLayers(theme)] : landLayers(COLORS[theme]);
}

function tilesStyle({ url, attribution }, theme) {
  return {
    version: 8,
    sources: { tiles: { type: "raster", tiles: [url], tileSize: 256, maxzoom: 19, attribution } },
    layers: [landLayers(COLORS[theme])[0], { id: "tiles", type: "raster", source: "tiles" }],
  };
}

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

async function showLand(map, name) {
  const response = await fetch(import.meta.resolve(name));
  if (!response.ok) throw new Error(`${name}: HTTP status ${response.status}`);
  const topology = await response.json();
  const { countries } = topology.objects;
  const ground = flatten(feature(topology, countries));
  map.getSource("land")?.setData(ground);
  map.getSource("names")?.setData(namesOf(ground));
  map.getSource("borders")?.setData(mesh(topology, countries, (one, other) => one !== other));
}
