/** The last position of the tracker that a form of the admin shows. */

import { AttributionControl, Map as MapLibre, Marker, NavigationControl } from "maplibre-gl";
import { baseStyle, loadLand } from "../basemap.js";
import { find } from "../dom.js";

/** Where there are streets, and where there are but coasts and borders. */
const CLOSE_ZOOM = 13;
const FAR_ZOOM = 6;

const container = find(document, "#position-map");
/** @type {{grounds: import("../basemap.js").Ground[]}} */
const { grounds: [ground] } = JSON.parse(find(document, "#map-settings").textContent);
const chosen = document.documentElement.dataset.theme;
const isDark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
/** @type {[number, number]} */
const place = [Number(container.dataset.lng), Number(container.dataset.lat)];

const map = new MapLibre({
  container,
  style: /** @type {import("maplibre-gl").StyleSpecification|string} */ (baseStyle(ground, isDark ? "dark" : "light")),
  center: place,
  zoom: ground.kind === "land" ? FAR_ZOOM : CLOSE_ZOOM,
  attributionControl: false,
  fadeDuration: 0,
  maxPitch: 0,
  dragRotate: false,
  cooperativeGestures: true,
});
map.addControl(new NavigationControl({ showCompass: false }), "top-right");
map.addControl(new AttributionControl({ compact: false, customAttribution: ground.attribution || undefined }));
new Marker().setLngLat(place).addTo(map);
map.once("style.load", () => loadLand(map).catch(() => {})); // The marker and the coordinates above stay.
