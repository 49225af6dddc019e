/** A small chart of one series, drawn as SVG; what it shows is told in words beside it. */

import { formatClock } from "../time.js";
import { t } from "../words/words.js";
import { piecesOf } from "./gaps.js";

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT, MARGIN] = [300, 40, 4];

/** @typedef {import("./heard.js").Series} Series at least two samples of it */

/** How a chart is drawn and told. Pure. @param {Series} series */
export function describe({ label, tell, scale = [], samples }) {
  const [first, last] = [samples[0], samples[samples.length - 1]];
  const values = samples.map(({ value }) => value);
  const least = values.reduce((a, b) => Math.min(a, b));
  const most = values.reduce((a, b) => Math.max(a, b));
  const [start, end] = [formatClock(first.time), formatClock(last.time)];
  const told = { label, last: tell(last.value), least: tell(least), most: tell(most), start, end };
  const xOf = (/** @type {number} */ time) => round(((time - first.time) / (last.time - first.time)) * WIDTH);
  const [low, high] = [Math.min(least, ...scale), Math.max(most, ...scale)];
  const yOf = (/** @type {number} */ value) => round(low === high ? HEIGHT / 2 : HEIGHT - MARGIN - ((value - low) / (high - low)) * (HEIGHT - 2 * MARGIN));
  return {
    ...told,
    range: least === most ? told.most : t("{least} to {most}", told),
    spoken: t("{label}: {last} at {end}. Between {least} and {most} since {start}.", told),
    path: piecesOf(samples).map((piece) => pathOf(piece, xOf, yOf)).join(""),
  };
}

/** A lone sample is a dot: a line of no length with round ends. @param {import("./heard.js").Sample[]} piece @param {(time: number) => number} xOf @param {(value: number) => number} yOf */
function pathOf(piece, xOf, yOf) {
  const points = piece.map(({ time, value }) => `${xOf(time)} ${yOf(value)}`);
  return `M${points[0]}${points.length > 1 ? `L${points.slice(1).join(" ")}` : "h0"}`;
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10;
}

export class Chart {
  element = document.createElement("figure");
  #parts = Object.fromEntries(["label", "last", "start", "range", "end"].map((name) => [name, document.createElement("span")]));
  #svg = document.createElementNS(SVG, "svg");
  #path = document.createElementNS(SVG, "path");
  #shown = "";

  constructor() {
    const { label, last, start, range, end } = this.#parts;
    const caption = document.createElement("figcaption");
    caption.append(label, last);
    this.#svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    this.#svg.setAttribute("preserveAspectRatio", "none");
    this.#svg.setAttribute("role", "img");
    this.#svg.append(this.#path);
    const axis = document.createElement("small");
    axis.append(start, range, end);
    this.element.append(caption, this.#svg, axis);
  }

  /** @param {Series} series */
  show(series) {
    const shown = signOf(series);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const { path, spoken, ...told } = describe(series);
    for (const [name, part] of Object.entries(this.#parts)) part.textContent = told[/** @type {"label"} */ (name)];
    this.#svg.setAttribute("aria-label", spoken);
    this.#path.setAttribute("d", path);
  }
}

/** What is another when there is something new to draw or to tell. @param {Series} series */
function signOf({ label, tell, samples }) {
  const [first, last] = [samples[0], samples[samples.length - 1]];
  return [label, samples.length, first.time, last.time, formatClock(last.time), tell(last.value)].join(" ");
}
