/** A grid of coordinates, fine enough at every zoom that movement is seen where the ground shows nothing. */

import { t } from "./words/words.js";

const [NORTH, EAST, SOUTH, WEST] = t("N E S W", undefined, "one word each").split(" ");
const [EAST_WEST, NORTH_SOUTH] = [[EAST, WEST], [NORTH, SOUTH]];

/** @typedef {import("maplibre-gl").Map} Map */

const COLORS = {
  light: { line: "rgb(60 90 110 / 16%)", text: "#8a979f", halo: "#f7f6f2" },
  dark: { line: "rgb(160 190 210 / 13%)", text: "#61717c", halo: "#1b252c" },
};
const STEPS = [30, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001];
/** As many lines across the map at most. */
const MAX_LINES = 9;
const MAX_LATITUDE = 85;

/** Adds the grid above the ground and keeps it in step with the view. @param {Map} map @param {"light"|"dark"} theme */
export function addGrid(map, theme) {
  map.addSource("grid", { type: "geojson", data: gridOf(map) });
  map.addLayer({ id: "grid", type: "line", source: "grid", paint: { "line-width": 1 } });
  map.addLayer({
    id: "grid-labels",
    type: "symbol",
    source: "grid",
    minzoom: 3,
    layout: {
      "symbol-placement": "line",
      "symbol-spacing": 480,
      "text-field": ["get", "label"],
      "text-size": 10,
      "text-font": ["system-ui"],
    },
    paint: { "text-halo-width": 1.5 },
  });
  map.on("moveend", () => {
    const source = /** @type {import("maplibre-gl").GeoJSONSource|undefined} */ (map.getSource("grid"));
    source?.setData(gridOf(map));
  });
  paintGrid(map, theme);
}

/** @param {Map} map @param {"light"|"dark"} theme */
export function paintGrid(map, theme) {
  if (!map.getLayer("grid")) return;
  const colors = COLORS[theme];
  map.setPaintProperty("grid", "line-color", colors.line);
  map.setPaintProperty("grid-labels", "text-color", colors.text);
  map.setPaintProperty("grid-labels", "text-halo-color", colors.halo);
}

/** @param {Map} map @returns {import("geojson").FeatureCollection} */
function gridOf(map) {
  const bounds = map.getBounds();
  const [west, east] = [bounds.getWest(), bounds.getEast()];
  const south = Math.max(bounds.getSouth(), -MAX_LATITUDE);
  const north = Math.min(bounds.getNorth(), MAX_LATITUDE);
  const step = STEPS.findLast((size) => (east - west) / size <= MAX_LINES) ?? STEPS[0];
  const meridians = multiples(step, west, east).map((lng) => line([[lng, south], [lng, north]], lng, step, EAST_WEST));
  const parallels = multiples(step, south, north).map((lat) => line([[west, lat], [east, lat]], lat, step, NORTH_SOUTH));
  return { type: "FeatureCollection", features: [...meridians, ...parallels] };
}

/** @param {number} step @param {number} from @param {number} to */
function multiples(step, from, to) {
  const first = Math.ceil(from / step);
  return Array.from({ length: Math.max(0, Math.floor(to / step) - first + 1) }, (_, index) => (first + index) * step);
}

/**
 * @param {[number, number][]} coordinates @param {number} degrees @param {number} step
 * @param {string[]} signs of degrees above 0 and below
 * @returns {import("geojson").Feature}
 */
function line(coordinates, degrees, step, [positive, negative]) {
  const decimals = Math.max(0, Math.ceil(-Math.log10(step)));
  const label = `${Math.abs(degrees).toFixed(decimals)}° ${degrees < 0 ? negative : positive}`;
  return { type: "Feature", properties: { label }, geometry: { type: "LineString", coordinates } };
}
