/** Areas that vehicles may be in: a zone, or what the map shows. Pure. */

import { boxOf, distanceBetween, unrolled } from "../zones/shapes.js";

/** The key of what the map shows; that of a zone is its id. */
export const MAP_AREA = "map";

/**
 * @typedef {import("../zones/shapes.js").Place} Place
 * @typedef {import("../zones/shapes.js").Zone} Zone
 * @typedef {[number, number]} Corner longitude and latitude
 * @typedef {{key: string, isOfMap: boolean, holds: (place: Place) => boolean}} Area
 */

/** What lies between the south-west and the north-east corner of the map, which may show the world twice. @param {[Corner, Corner]} corners @returns {Area} */
export function areaOfMap(corners) {
  return { key: MAP_AREA, isOfMap: true, holds: (place) => isInBox(place, corners) };
}

/** A zone as the server sees it: lines run straight in longitude and latitude. @param {Zone} zone @returns {Area} */
export function areaOfZone(zone) {
  return { key: String(zone.id), isOfMap: false, holds: remembering(insideOf(zone)) };
}

/** Whether places are in a zone. @param {Zone} zone @returns {(place: Place) => boolean} */
export function insideOf(zone) {
  const box = boxOf(zone);
  const isIn = formOf(zone);
  return (place) => isInBox(place, box) && isIn(place);
}

/** Most vehicles are where they were when they were asked for last. @param {(place: Place) => boolean} holds */
function remembering(holds) {
  /** @type {WeakMap<Place, boolean>} */
  const known = new WeakMap();
  return (/** @type {Place} */ place) => {
    const isIn = known.get(place) ?? holds(place);
    known.set(place, isIn);
    return isIn;
  };
}

/** @param {Zone} zone @returns {(place: Place) => boolean} */
function formOf({ type, center, radius, points = [] }) {
  if (type === "circle") return (place) => Boolean(center) && distanceBetween(/** @type {Place} */ (center), place) <= (radius ?? 0);
  const line = unrolled(points);
  const beside = besideOf(line);
  if (type === "polygon") return (place) => isInRing(beside(place), line);
  return (place) => isNearLine(beside(place), line, radius ?? 0);
}

/** @param {Place} place @param {[Corner, Corner]} box that may reach beyond 180 degrees */
function isInBox({ lat, lng }, [[west, south], [east, north]]) {
  return lat >= south && lat <= north && turned(lng - west) <= east - west;
}

/** Whether a line to the east crosses the border an odd number of times. @param {Place} place @param {Corner[]} ring */
function isInRing({ lat, lng }, ring) {
  let isInside = false;
  for (let index = 0; index < ring.length; index += 1) {
    const [[x, y], [nextX, nextY]] = [ring[index], ring[(index + 1) % ring.length]];
    if (y > lat !== nextY > lat && lng < x + ((lat - y) * (nextX - x)) / (nextY - y)) isInside = !isInside;
  }
  return isInside;
}

/** @param {Place} place @param {Corner[]} line @param {number} radius in metres */
function isNearLine(place, line, radius) {
  const narrow = Math.cos((place.lat * Math.PI) / 180);
  let [nearest, least] = [place, Infinity];
  for (let index = 0; index < line.length; index += 1) {
    const found = nearestOf(place, line[index], line[index + 1] ?? line[index], narrow);
    const away = ((found.lng - place.lng) * narrow) ** 2 + (found.lat - place.lat) ** 2;
    if (away < least) [nearest, least] = [found, away];
  }
  return distanceBetween(place, nearest) <= radius;
}

/** The place of a stretch that is nearest, as on a plane around the place. @param {Place} place @param {Corner} from @param {Corner} to @param {number} narrow a degree of longitude in those of latitude @returns {Place} */
function nearestOf({ lat, lng }, from, to, narrow) {
  const [x, y] = [(to[0] - from[0]) * narrow, to[1] - from[1]];
  const along = ((lng - from[0]) * narrow * x + (lat - from[1]) * y) / (x * x + y * y || 1);
  const part = Math.max(0, Math.min(1, along));
  return { lng: from[0] + part * (to[0] - from[0]), lat: from[1] + part * (to[1] - from[1]) };
}

/** Turns places around the earth to half around the middle of a line. @param {Corner[]} line @returns {(place: Place) => Place} */
function besideOf(line) {
  const lngs = line.map(([x]) => x);
  const west = (Math.min(...lngs) + Math.max(...lngs)) / 2 - 180;
  return ({ lat, lng }) => ({ lat, lng: west + turned(lng - west) });
}

/** @param {number} degrees @returns {number} from 0 to 360 */
function turned(degrees) {
  return ((degrees % 360) + 360) % 360;
}
