/** One icon per status, told apart by shape as well as by colour; the same drawing for the map and the list. */

import { STATUSES } from "./statuses.js";

const SVG = "http://www.w3.org/2000/svg";
const BOX = 24;
const PIXEL_RATIO = 2;
const CIRCLE = "M12 2.2a9.8 9.8 0 1 1 0 19.6a9.8 9.8 0 1 1 0-19.6z";

/** @typedef {import("./statuses.js").StatusKey} StatusKey */

/** Paths in a box of 24: the shape in the status' colour, and white lines on it. */
const DRAWINGS = {
  moving: { shape: "M12 1.4L21 21.8L12 17.2L3 21.8z", lines: "" },
  stopped: {
    shape: "M5 2.8h14q2.2 0 2.2 2.2v14q0 2.2-2.2 2.2H5q-2.2 0-2.2-2.2V5q0-2.2 2.2-2.2z",
    lines: "M9.3 8v8M14.7 8v8",
  },
  parked: { shape: CIRCLE, lines: "M9.6 17.2V7h3.4a3 3 0 0 1 0 6.2H9.8" },
  idle: { shape: "M12 1.2L22.8 12L12 22.8L1.2 12z", lines: "M12 8.6a3.4 3.4 0 1 1 0 6.8a3.4 3.4 0 1 1 0-6.8z" },
  offline: { shape: CIRCLE, lines: "M7.4 12h9.2" },
  signal_lost: { shape: "M12 1.8L23 21.4H1z", lines: "M12 9v5M12 17.6v.2" },
  here: { shape: CIRCLE, lines: "M12 9.6a2.4 2.4 0 1 1 0 4.8a2.4 2.4 0 1 1 0-4.8z" },
  new: { shape: CIRCLE, lines: "M12 7.4v9.2M7.4 12h9.2" },
  blocked: { shape: "M8 2h8l6 6v8l-6 6H8l-6-6V8z", lines: "M8.4 8.4l7.2 7.2M15.6 8.4l-7.2 7.2" },
  elsewhere: { shape: CIRCLE, lines: "M7.6 12v.2M12 12v.2M16.4 12v.2" },
  unavailable: { shape: CIRCLE, lines: "M9.4 9.3a2.7 2.7 0 1 1 4.1 2.3c-1 .6-1.5 1.1-1.5 2.2M12 17.2v.2" },
};
/** Whoever moves and whose heading is not known, or not to be shown: an arrow would say that it goes north. */
const UNDIRECTED = { shape: CIRCLE, lines: "" };

/** An icon for the page, hidden from screen readers: the status stands beside it in words. */
export function createIcon() {
  const icon = document.createElementNS(SVG, "svg");
  icon.setAttribute("viewBox", `0 0 ${BOX} ${BOX}`);
  icon.setAttribute("aria-hidden", "true");
  icon.classList.add("icon");
  icon.append(createPath("shape"), createPath("lines"));
  return icon;
}

/** Shows a status in an icon; an arrow points to `heading`. @param {SVGElement} icon @param {StatusKey} status @param {?number} [heading] null: not known */
export function setIcon(icon, status, heading = 0) {
  const [shape, lines] = icon.children;
  const drawing = status === "moving" && heading === null ? UNDIRECTED : DRAWINGS[status];
  shape.setAttribute("d", drawing.shape);
  shape.setAttribute("fill", STATUSES[status].color);
  lines.setAttribute("d", drawing.lines);
  icon.style.rotate = status === "moving" ? `${heading ?? 0}deg` : "";
}

/** @param {string} name */
function createPath(name) {
  const path = document.createElementNS(SVG, "path");
  path.classList.add(`icon-${name}`);
  return path;
}

/** The icon as pixels, for the map. @param {StatusKey} status @returns {ImageData} */
export function drawIcon(status, drawing = DRAWINGS[status]) {
  const size = (BOX + 6) * PIXEL_RATIO;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  context.scale(PIXEL_RATIO, PIXEL_RATIO);
  context.translate(3, 3);
  context.lineJoin = context.lineCap = "round";
  const shape = new Path2D(drawing.shape);
  // Dark edge, white ring, colour: seen on light and on dark ground.
  stroke(context, shape, "rgb(15 25 35 / 55%)", 4.6);
  stroke(context, shape, "#fff", 3.4);
  context.fillStyle = STATUSES[status].color;
  context.fill(shape);
  stroke(context, new Path2D(drawing.lines), "#fff", 2.4);
  return context.getImageData(0, 0, size, size);
}

/** The icon of whoever moves, without an arrow, as pixels. */
export function drawUndirected() {
  return drawIcon("moving", UNDIRECTED);
}

/** @param {CanvasRenderingContext2D} context @param {Path2D} path @param {string} color @param {number} width */
function stroke(context, path, color, width) {
  context.strokeStyle = color;
  context.lineWidth = width;
  context.stroke(path);
}
