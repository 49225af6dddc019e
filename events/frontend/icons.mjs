/** The icon of the page in pixels, for systems that install it: drawn of the SVG, so that there is one to change. */

import { Resvg } from "@resvg/resvg-js";

/** By the ending of their names, which the manifest and the page have. A full one has no corners that are seen through. */
export const ICONS = {
  180: { pixels: 180, isFull: true },
  192: { pixels: 192, isFull: false },
  512: { pixels: 512, isFull: false },
  "full-192": { pixels: 192, isFull: true },
  "full-512": { pixels: 512, isFull: true },
};

/** @param {string} svg @param {{pixels: number, isFull: boolean}} size @returns {import("@resvg/resvg-js").RenderedImage} */
export function drawIcon(svg, { pixels, isFull }) {
  // Systems cut full ones into shapes of their own.
  const shape = isFull ? svg.replace(/ rx="[^"]*"/, "") : svg;
  return new Resvg(shape, { fitTo: { mode: "width", value: pixels } }).render();
}
