/** The zone that is being drawn or changed. Pure. */

import { KINDS, distanceBetween, eastOf, rounded } from "./shapes.js";
import { t } from "../words/words.js";

export const DEFAULT_COLOR = "27A9E3";
const MAX_RADIUS_M = 300_000;

/**
 * @typedef {import("./shapes.js").Drawn} Drawn
 * @typedef {import("./shapes.js").Place} Place
 */

export class Draft {
  /** @param {Partial<Drawn> & {type: import("./shapes.js").ZoneType}} zone */
  constructor({ id = null, type, label = "", color = DEFAULT_COLOR, radius = null, center = null, points = [] }) {
    this.id = id;
    this.type = type;
    this.label = label;
    this.color = color;
    this.radius = radius;
    this.center = center;
    this.points = points.map((point) => ({ ...point }));
  }

  get kind() {
    return KINDS[this.type];
  }

  get isNew() {
    return this.id === null;
  }

  get count() {
    return this.type === "circle" ? Number(this.center !== null) : this.points.length;
  }

  /** What is still missing, in words; empty: it can be stored. */
  get lack() {
    if (this.type === "circle") return this.center === null ? t("Set the middle of the circle.") : "";
    const missing = this.kind.fewest - this.points.length;
    return missing > 0 ? t("Set {n, plural, =1 {one more point} other {# more points}}.", { n: missing }) : "";
  }

  get isFull() {
    return this.type !== "circle" && this.points.length >= this.kind.most;
  }

  /** The middle of a circle, or one more point. @param {Place} place */
  add(place) {
    if (this.type === "circle") this.center = rounded(place);
    else if (!this.isFull) this.points.push(rounded(place));
  }

  /** A point between two others. @param {number} index that it has then @param {Place} place */
  insert(index, place) {
    if (!this.isFull) this.points.splice(index, 0, rounded(place));
  }

  /** @param {number} index of a point; of a circle 0 is the middle and 1 the place that is a radius east of it @param {Place} place */
  move(index, place) {
    if (this.type !== "circle") this.points[index] = { ...this.points[index], ...rounded(place) };
    else if (index === 0) this.center = rounded(place);
    else if (this.center) this.radius = Math.max(1, Math.min(MAX_RADIUS_M, Math.round(distanceBetween(this.center, place))));
  }

  /** @param {number} index @returns {boolean} whether there was one to spare */
  remove(index) {
    if (this.type === "circle" || (!this.isNew && this.points.length <= this.kind.fewest)) return false;
    this.points.splice(index, 1);
    return true;
  }

  takeBack() {
    if (this.type === "circle") this.center = null;
    else this.points.pop();
  }

  /** Where it can be held. @returns {{lat: number, lng: number}[]} */
  get grips() {
    if (this.type !== "circle") return this.points;
    return this.center === null ? [] : [this.center, eastOf(this.center, this.radius ?? 0)];
  }

  /** As the server takes it. */
  get document() {
    const { type, label, color, radius, center, points } = this;
    const common = { ...(this.isNew ? {} : { id: this.id }), type, label, color };
    if (type === "circle") return { ...common, radius, center };
    return { ...common, points, ...(type === "sausage" ? { radius } : {}) };
  }
}
