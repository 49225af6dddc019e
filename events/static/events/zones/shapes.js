/** Zones as the map draws them. Pure. */

import { formatWidth } from "../units.js";
import { t } from "../words/words.js";

/**
 * @typedef {{lat: number, lng: number}} Place
 * @typedef {"circle"|"polygon"|"sausage"} ZoneType
 * @typedef {import("geojson").Feature} Feature
 * @typedef {[number, number]} Corner longitude and latitude
 *
 * A zone as it is drawn: one that is stored, or one that is not complete yet.
 *
 * @typedef {object} Drawn
 * @property {?number} [id]
 * @property {ZoneType} type
 * @property {string} label
 * @property {string} color six hexadecimal digits
 * @property {?number} [radius] metres
 * @property {?Place} [center]
 * @property {Place[]} [points]
 *
 * What the server lists.
 *
 * @typedef {Drawn & {id: number, address: string, bounds: {nw: Place, se: Place}}} Zone
 */

const EARTH_RADIUS_M = 6_371_000;
const RING_POINTS = 72;
/** Pixels around the equator where the whole world is one tile. */
const WORLD_PIXELS = 512;

/** @type {Record<ZoneType, {name: string, begun: string, changed: string, fewest: number, most: number, hasRadius: boolean}>} */
export const KINDS = {
  circle: { name: t("Circle"), begun: t("New circle"), changed: t("Change circle"), fewest: 1, most: 1, hasRadius: true },
  polygon: { name: t("Area"), begun: t("New area"), changed: t("Change area"), fewest: 3, most: 500, hasRadius: false },
  sausage: { name: t("Corridor"), begun: t("New corridor"), changed: t("Change corridor"), fewest: 2, most: 1024, hasRadius: true },
};

/** What of a zone can be drawn already, however few points it has. @param {Drawn} zone @returns {Feature[]} */
export function featuresOf(zone) {
  const geometry = geometryOf(zone);
  if (geometry === null) return [];
  const properties = { id: zone.id ?? 0, label: zone.label, color: `#${zone.color}`, width: widthOf(zone) };
  return [{ type: "Feature", geometry, properties }];
}

/** Where the name of a zone stands. @param {Drawn} zone @returns {Feature} */
export function labelOf(zone) {
  const { lat, lng } = middleOf(zone);
  return { type: "Feature", geometry: { type: "Point", coordinates: [lng, lat] }, properties: { label: zone.label } };
}

/** Which kind of zone it is, and how large. @param {Drawn} zone */
export function describe({ type, radius }) {
  const { name, hasRadius } = KINDS[type];
  if (!hasRadius) return name;
  if (type === "circle") return t("Circle, radius {length}", { length: formatWidth(radius ?? 0) });
  return t("Corridor, {length} wide", { length: formatWidth(2 * (radius ?? 0)) });
}

/** Where one comes after so many metres eastwards. @param {Place} place @param {number} distance */
export function eastOf({ lat, lng }, distance) {
  return destination({ lat, lng }, distance, 90);
}

/** Metres between two places. @param {Place} a @param {Place} b */
export function distanceBetween(a, b) {
  const [latitudeA, latitudeB] = [radians(a.lat), radians(b.lat)];
  const chord =
    Math.sin((latitudeB - latitudeA) / 2) ** 2 +
    Math.cos(latitudeA) * Math.cos(latitudeB) * Math.sin(radians(b.lng - a.lng) / 2) ** 2;
  return 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, Math.sqrt(chord)));
}

/** The longitude from -180 to 180, to eight digits: a millimetre. @param {Place} place @returns {Place} */
export function rounded({ lat, lng }) {
  const turned = ((((lng + 180) % 360) + 360) % 360) - 180;
  return { lat: Number(Math.max(-90, Math.min(90, lat)).toFixed(8)), lng: Number(turned.toFixed(8)) };
}

/** South-west and north-east corner; the box may reach beyond 180 degrees. @param {Zone} zone @returns {[Corner, Corner]} */
export function boxOf({ bounds: { nw, se } }) {
  const east = se.lng < nw.lng ? se.lng + 360 : se.lng;
  return [[nw.lng, se.lat], [east, nw.lat]];
}

/** @param {Drawn} zone @returns {?import("geojson").Geometry} */
function geometryOf({ type, center, radius, points = [] }) {
  if (type === "circle") return center ? { type: "Polygon", coordinates: [ringAround(center, radius ?? 0)] } : null;
  const line = unrolled(points);
  if (line.length < 2) return null;
  if (type === "sausage" || line.length === 2) return { type: "LineString", coordinates: line };
  return { type: "Polygon", coordinates: [[...line, line[0]]] };
}

/** @param {Place} center @param {number} radius */
function ringAround(center, radius) {
  const bearings = Array.from({ length: RING_POINTS + 1 }, (_, index) => (index * 360) / RING_POINTS);
  return unrolled(bearings.map((bearing) => destination(center, radius, bearing)));
}

/** Longitudes that run on where a line crosses the 180th meridian. @param {Place[]} points @returns {Corner[]} */
export function unrolled(points) {
  /** @type {?number} */
  let before = null;
  return points.map(({ lat, lng }) => {
    before = before === null ? lng : before + ((((lng - before + 180) % 360) + 360) % 360) - 180;
    return [before, lat];
  });
}

/** Pixels that a corridor is wide where the whole world is one tile. @param {Drawn} zone */
function widthOf({ type, radius, points = [] }) {
  if (type !== "sausage" || points.length === 0) return 0;
  const round = 2 * Math.PI * EARTH_RADIUS_M * Math.max(0.01, Math.cos(radians(points[0].lat)));
  return (2 * (radius ?? 0) * WORLD_PIXELS) / round;
}

/** @param {Drawn} zone @returns {Place} */
export function middleOf({ type, center, points = [] }) {
  if (center && type === "circle") return center;
  const line = unrolled(points);
  if (type === "sausage") {
    const [lng, lat] = line[Math.floor((line.length - 1) / 2)];
    return { lat, lng };
  }
  const [lngs, lats] = [line.map(([lng]) => lng), line.map(([, lat]) => lat)];
  return { lat: (Math.min(...lats) + Math.max(...lats)) / 2, lng: (Math.min(...lngs) + Math.max(...lngs)) / 2 };
}

/** @param {Place} place @param {number} distance @param {number} bearing @returns {Place} */
function destination({ lat, lng }, distance, bearing) {
  const [angle, turn, latitude] = [distance / EARTH_RADIUS_M, radians(bearing), radians(lat)];
  const sine = Math.sin(latitude) * Math.cos(angle) + Math.cos(latitude) * Math.sin(angle) * Math.cos(turn);
  const y = Math.sin(turn) * Math.sin(angle) * Math.cos(latitude);
  const aside = Math.atan2(y, Math.cos(angle) - Math.sin(latitude) * sine);
  return { lat: degrees(Math.asin(Math.max(-1, Math.min(1, sine)))), lng: lng + degrees(aside) };
}


/** @param {number} angle */
function radians(angle) {
  return (angle * Math.PI) / 180;
}

/** @param {number} angle */
function degrees(angle) {
  return (angle * 180) / Math.PI;
}
