/** Bars, drawn as SVG. */

import { t } from "../words/words.js";

const SVG = "http://www.w3.org/2000/svg";
const NARROW = matchMedia("(max-width: 699px)");
const [WIDE, SMALL, HEIGHT] = [800, 320, 170];
const [LEFT, TOP, BOTTOM] = [8, 22, 22];
/** So far apart at least are the names under the bars. */
const LABEL_WIDTH = 76;
const LETTER = 7.5;

/** @typedef {import("./figures.js").Bar} Bar */

/** @param {import("./figures.js").Chart} chart @returns {HTMLElement} a figure, whose numbers are in the table, too */
export function draw({ title, bars, most }) {
  const figure = document.createElement("figure");
  const caption = document.createElement("figcaption");
  caption.textContent = title;
  const width = NARROW.matches ? SMALL : WIDE;
  const svg = element("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, role: "img" });
  svg.setAttribute("aria-label", t("{title}. {n, plural, one {# bar} other {# bars}}, the highest {label}: {value}. The table below has all numbers.", { title, n: bars.length, label: most.label, value: most.text }));
  svg.append(baseline(width), ...bars.flatMap((bar, index) => drawBar(bar, index, { bars, most, room: width })));
  figure.append(caption, svg);
  return figure;
}

/** @param {Bar} bar @param {number} index @param {{bars: Bar[], most: Bar, room: number}} chart `room` is how wide it is */
function drawBar(bar, index, { bars, most, room }) {
  const step = (room - 2 * LEFT) / bars.length;
  const width = Math.max(2, Math.min(56, step * 0.72));
  const height = (bar.value / most.value) * (HEIGHT - TOP - BOTTOM);
  const middle = LEFT + step * (index + 0.5);
  const top = HEIGHT - BOTTOM - height;
  const rect = element("rect", { x: middle - width / 2, y: top, width, height, rx: Math.min(3, width / 2) });
  rect.append(told(`${bar.label}: ${bar.text}`));
  const every = Math.ceil(LABEL_WIDTH / step);
  const labels = index % every === 0 ? [words(bar.label, middle, HEIGHT - 6, { step: step * every, room })] : [];
  if (bar === most || every === 1) labels.push(words(bar.text, middle, top - 6, { step: LABEL_WIDTH, room }));
  return [rect, ...labels];
}

/** @param {number} room */
function baseline(room) {
  return element("line", { x1: LEFT, x2: room - LEFT, y1: HEIGHT - BOTTOM, y2: HEIGHT - BOTTOM });
}

/** @param {string} text @param {number} x @param {number} y @param {{step: number, room: number}} width that it may have */
function words(text, x, y, { step, room }) {
  const most = Math.max(3, Math.floor(step / LETTER));
  const node = element("text", { x: Math.min(room - 24, Math.max(24, x)), y, "text-anchor": "middle" });
  node.textContent = text.length > most ? `${text.slice(0, most - 1)}…` : text;
  return node;
}

/** @param {string} text */
function told(text) {
  const title = element("title", {});
  title.textContent = text;
  return title;
}

/** @param {string} name @param {Record<string, string|number>} attributes */
function element(name, attributes) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  return node;
}
