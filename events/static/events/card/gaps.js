/** Where what a vehicle told has holes: a line across one would say what nobody knows. Pure. */

/** Shorter pauses are none, however often a device reports. */
const SHORTEST_MS = 60_000;
/** So many usual pauses are a gap. */
const PAUSES = 4;

/**
 * @template {{time: number}} Point
 * @param {Point[]} points in order of their times, milliseconds
 * @returns {Point[][]} what is between gaps; every device is measured by its own pauses
 */
export function piecesOf(points) {
  const gap = Math.max(SHORTEST_MS, PAUSES * usualPause(points));
  /** @type {Point[][]} */
  const pieces = [];
  for (const [index, point] of points.entries()) {
    if (index === 0 || point.time - points[index - 1].time > gap) pieces.push([]);
    pieces[pieces.length - 1].push(point);
  }
  return pieces;
}

/** @param {{time: number}[]} points in order @returns {number} the (lower) median of the pauses between them in milliseconds; 0 where there is none */
export function usualPause(points) {
  const pauses = points.slice(1).map(({ time }, index) => time - points[index].time);
  return pauses.sort((one, other) => one - other)[Math.floor((pauses.length - 1) / 2)] ?? 0;
}
