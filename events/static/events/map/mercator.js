/** Web Mercator: the whole world is one square with sides of 1, x to the east and y to the south. Pure. */

/** How many CSS pixels the world is wide at zoom 0. */
export const WORLD_PIXELS = 512;
const MAX_LATITUDE = 85.051129;

/** @typedef {{lng: number, lat: number}} Place @typedef {[number, number]} Spot x and y */

/** @param {Place} place @returns {Spot} */
export function toSpot({ lng, lat }) {
  const bounded = Math.max(-MAX_LATITUDE, Math.min(MAX_LATITUDE, lat));
  const north = Math.log(Math.tan(Math.PI / 4 + (bounded * Math.PI) / 360));
  return [(lng + 180) / 360, 0.5 - north / (2 * Math.PI)];
}

/** @param {Spot} spot @returns {Place} */
export function toPlace([x, y]) {
  const north = (0.5 - y) * 2 * Math.PI;
  return { lng: x * 360 - 180, lat: (Math.atan(Math.exp(north)) * 360) / Math.PI - 90 };
}

/** @param {number} zoom @returns {number} the sides of the world in CSS pixels */
export function worldSize(zoom) {
  return WORLD_PIXELS * 2 ** zoom;
}

/**
 * What is seen of the world; the middle of the view is in the middle of the screen.
 *
 * @typedef {object} View
 * @property {Spot} centre
 * @property {number} zoom
 * @property {number} width in CSS pixels
 * @property {number} height
 */

/** What a map of MapLibre shows now; without asking for the layout of the page. @param {import("maplibre-gl").Map} map @returns {View} */
export function viewOf(map) {
  const { width, height } = map.getCanvas();
  const ratio = map.getPixelRatio();
  return { centre: toSpot(map.getCenter()), zoom: map.getZoom(), width: width / ratio, height: height / ratio };
}

/** Where a spot is on the screen; the one of the worlds side by side that is nearest to its middle. @param {Spot} spot @param {View} view */
export function toPixel([x, y], { centre, zoom, width, height }) {
  const size = worldSize(zoom);
  const away = x - centre[0];
  return { x: width / 2 + (away - Math.round(away)) * size, y: height / 2 + (y - centre[1]) * size };
}

/** @param {{x: number, y: number}} pixel @param {View} view @param {number} margin of pixels around the screen */
export function isSeen({ x, y }, { width, height }, margin = 0) {
  return x >= -margin && y >= -margin && x <= width + margin && y <= height + margin;
}
