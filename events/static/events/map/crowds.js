/** Which vehicles are too close to each other to be told apart, and are shown as one. Pure. */

import { worldSize } from "./mercator.js";

/** A field of the ground this wide in pixels, or up to twice that, is one crowd when it holds so many. */
const FIELD_PIXELS = 40;
const LEAST_IN_FIELD = 5;
/** From here on the ground shows where each vehicle is, and only those in one place are put together. */
const CLOSE_ZOOM = 14;
const PLACE_PIXELS = 12;
const LEAST_IN_PLACE = 2;
/** Crowds nearer than that would lie over each other. */
const APART_PIXELS = 42;
const MARGIN_PIXELS = 80;

/**
 * @typedef {import("./mercator.js").View} View
 * @typedef {{row: number, x: number, y: number}} Place of a row on the screen
 * @typedef {{x: number, y: number, rows: number[]}} Crowd the middle on the screen, and the rows of its vehicles
 */

/**
 * The crowds in view.
 * @param {Float64Array} spots x and y of each row
 * @param {Iterable<number>} rows that are to be shown
 * @param {(row: number) => boolean} stands whether a vehicle is to stay where it is: others pass each other
 * @param {View} view
 * @returns {Crowd[]}
 */
export function findCrowds(spots, rows, stands, view) {
  const seen = placesOf(spots, rows, view);
  /** @type {Crowd[]} */
  const crowds = [];
  let rest = seen;
  if (view.zoom < CLOSE_ZOOM) rest = gather(rest, FIELD_PIXELS, LEAST_IN_FIELD, view, crowds);
  gather(rest.filter(({ row }) => stands(row)), PLACE_PIXELS, LEAST_IN_PLACE, view, crowds);
  return join(crowds);
}

/** Whether so many pixels at a zoom are room enough for all of them. @param {Float64Array} spots @param {number[]} rows @param {number} zoom */
export function areTogether(spots, rows, zoom, pixels = 2 * PLACE_PIXELS) {
  const spread = [0, 1].map((axis) => {
    let [least, most] = [Infinity, -Infinity];
    for (const row of rows) {
      least = Math.min(least, spots[2 * row + axis]);
      most = Math.max(most, spots[2 * row + axis]);
    }
    return most - least;
  });
  return Math.max(...spread) * worldSize(zoom) <= pixels;
}

/** Where on the screen they are. @param {Float64Array} spots @param {Iterable<number>} rows @param {View} view */
function placesOf(spots, rows, { centre, zoom, width, height }) {
  const size = worldSize(zoom);
  const places = [];
  for (const row of rows) {
    const away = spots[2 * row] - centre[0];
    const x = width / 2 + (away - Math.round(away)) * size;
    const y = height / 2 + (spots[2 * row + 1] - centre[1]) * size;
    const isNear = x > -MARGIN_PIXELS && y > -MARGIN_PIXELS && x < width + MARGIN_PIXELS && y < height + MARGIN_PIXELS;
    if (isNear) places.push({ row, x, y });
  }
  return places;
}

/**
 * Puts those into crowds that share a field; fields lie still on the ground while the map is moved.
 * @param {Place[]} places @param {number} pixels @param {number} least @param {View} view @param {Crowd[]} crowds that they are added to
 * @returns {Place[]} those that are in none
 */
function gather(places, pixels, least, { centre, zoom, width, height }, crowds) {
  const side = pixels * 2 ** (zoom - Math.floor(zoom));
  const size = worldSize(zoom);
  const [left, top] = [centre[0] * size - width / 2, centre[1] * size - height / 2];
  const [firstColumn, firstLine] = [Math.floor(left / side), Math.floor(top / side)];
  /** @type {Map<number, Place[]>} */
  const fields = new Map();
  for (const place of places) {
    const column = Math.floor((place.x + left) / side) - firstColumn;
    const line = Math.floor((place.y + top) / side) - firstLine;
    const key = column * 65_536 + line;
    const field = fields.get(key);
    if (field) field.push(place);
    else fields.set(key, [place]);
  }
  const rest = [];
  for (const field of fields.values()) {
    if (field.length < least) rest.push(...field);
    else crowds.push(crowdOf(field));
  }
  return rest;
}

/** @param {Place[]} places @returns {Crowd} */
function crowdOf(places) {
  let [x, y] = [0, 0];
  for (const place of places) {
    x += place.x;
    y += place.y;
  }
  return { x: x / places.length, y: y / places.length, rows: places.map(({ row }) => row) };
}

/** Smaller crowds go into larger ones that are too near. @param {Crowd[]} crowds */
function join(crowds) {
  /** @type {Crowd[]} */
  const apart = [];
  for (const crowd of crowds.toSorted((one, other) => other.rows.length - one.rows.length)) {
    const near = apart.find(({ x, y }) => Math.abs(x - crowd.x) < APART_PIXELS && Math.abs(y - crowd.y) < APART_PIXELS);
    if (near) for (const row of crowd.rows) near.rows.push(row);
    else apart.push(crowd);
  }
  return apart;
}
