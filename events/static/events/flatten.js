/** From the sphere to the plane: countries as a flat map can draw them. Pure. */

/**
 * @typedef {import("geojson").Position} Position
 * @typedef {import("geojson").Feature<import("geojson").MultiPolygon, {name: string}>} Country
 */

/**
 * The atlas' rings run over the antimeridian and around the pole, as on a globe. Here each ring becomes continuous,
 * with longitudes beyond 180° where it must; the map repeats those on the other side.
 *
 * @param {import("geojson").FeatureCollection<import("geojson").Geometry, {name: string}>} collection of polygons and multi-polygons
 * @returns {{type: "FeatureCollection", features: Country[]}}
 */
export function flatten(collection) {
  /** @type {Country[]} */
  const features = collection.features
    .filter(({ geometry }) => geometry !== null)
    .map(({ properties, geometry }) => ({
      type: "Feature",
      properties,
      geometry: { type: "MultiPolygon", coordinates: polygonsOf(geometry).map((rings) => rings.map(flattenRing)) },
    }));
  return { type: "FeatureCollection", features };
}

/** A point for each country's name, on its largest part; `size` tells which name matters more. @param {{features: Country[]}} ground @returns {import("geojson").FeatureCollection} */
export function namesOf({ features }) {
  /** @type {import("geojson").Feature[]} */
  const names = features.map(({ properties, geometry }) => {
    const boxes = geometry.coordinates.map(([ring]) => boxOf(ring)).sort((one, other) => other.area - one.area);
    const [{ center, area }] = boxes;
    /** @type {import("geojson").Point} */
    const geometryOfName = { type: "Point", coordinates: center };
    return { type: "Feature", properties: { ...properties, size: area }, geometry: geometryOfName };
  });
  return { type: "FeatureCollection", features: names };
}

/** @param {import("geojson").Geometry} geometry @returns {Position[][][]} */
function polygonsOf(geometry) {
  if (geometry.type === "Polygon") return [geometry.coordinates];
  return geometry.type === "MultiPolygon" ? geometry.coordinates : [];
}

/** @param {Position[]} ring @returns {Position[]} */
function flattenRing(ring) {
  let turn = 0;
  const flat = ring.map(([lng, lat], index) => {
    const step = index > 0 ? lng - ring[index - 1][0] : 0;
    if (Math.abs(step) > 180) turn -= Math.sign(step) * 360;
    return [lng + turn, lat];
  });
  return turn === 0 ? flat : closeAtPole(flat);
}

/** A ring that went once around the earth is closed along the edge of the map. @param {Position[]} ring */
function closeAtPole(ring) {
  const [first, last] = [ring[0], ring[ring.length - 1]];
  const pole = last[1] < 0 ? -90 : 90;
  return [...ring, [last[0], pole], [first[0], pole], first];
}

/** @param {Position[]} ring */
function boxOf(ring) {
  const lngs = ring.map(([lng]) => lng);
  const lats = ring.map(([, lat]) => lat);
  const [west, east] = [Math.min(...lngs), Math.max(...lngs)];
  const [south, north] = [Math.min(...lats), Math.max(...lats)];
  return { center: [(west + east) / 2, (south + north) / 2], area: (east - west) * (north - south) };
}
