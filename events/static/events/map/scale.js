/** The scale of the map, in the user's units. */

import { ScaleControl } from "maplibre-gl";
import { preferences, watcher } from "../preferences.js";

/** @type {Record<import("../preferences.js").Measures, "metric"|"imperial"|"nautical">} */
const SCALES = { metric: "metric", metric_gal_us: "metric", imperial: "imperial", us: "imperial", nautical: "nautical" };
const unit = () => SCALES[preferences().measures];

export function makeScale() {
  const scale = new ScaleControl({ maxWidth: 120, unit: unit() });
  watcher.addEventListener("change", () => scale.setUnit(unit()));
  return scale;
}
