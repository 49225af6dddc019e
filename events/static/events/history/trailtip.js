/** When the vehicle was where the pointer is on its trail. */

import { toPixel, toSpot, viewOf } from "../map/mercator.js";
import { formatTimeOfDay } from "../time.js";
import { formatSpeed } from "../units.js";

/** The pointer is on a point of the trail from so near. */
const NEAR_PIXELS = 12;

/**
 * @typedef {import("./day.js").Point} Point
 * @typedef {{x: number, y: number}} Pixel
 */

export class TrailTip {
  #map;
  #box = document.createElement("div");
  /** @type {Point[]} */
  #points = [];

  /** @param {import("maplibre-gl").Map} map */
  constructor(map) {
    this.#map = map;
    Object.assign(this.#box, { className: "trail-tip", hidden: true });
    map.getContainer().append(this.#box);
    map.on("mousemove", ({ point }) => this.#tell(point));
    map.on("mouseout", () => (this.#box.hidden = true));
    map.on("movestart", () => (this.#box.hidden = true));
  }

  /** @param {Point[]} points of the trail */
  show(points) {
    this.#points = points;
    if (points.length === 0) this.#box.hidden = true;
  }

  /** @param {Pixel} pointer */
  #tell(pointer) {
    const point = this.#points.length > 0 && !this.#map.isMoving() ? nearestTo(pointer, this.#points, viewOf(this.#map)) : null;
    this.#box.hidden = point === null;
    if (point === null) return;
    this.#box.textContent = `${formatTimeOfDay(point.time)} · ${formatSpeed(point.speed)}`;
    Object.assign(this.#box.style, { left: `${pointer.x}px`, top: `${pointer.y}px` });
  }
}

/** The point under a pixel. Pure. @param {Pixel} pointer @param {Point[]} points @param {import("../map/mercator.js").View} view @returns {?Point} null: none is that near */
export function nearestTo(pointer, points, view) {
  /** @type {?Point} */
  let found = null;
  let best = NEAR_PIXELS;
  for (const point of points) {
    const { x, y } = toPixel(toSpot(point), view);
    const away = Math.hypot(x - pointer.x, y - pointer.y);
    if (away <= best) [found, best] = [point, away];
  }
  return found;
}
