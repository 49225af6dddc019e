/** Which names have room on the map: of those that would lie over each other, or over a crowd, the most wanted. Pure. */

/**
 * @typedef {{x: number, y: number}} Pixel
 *
 * What takes room on the screen: its middle, and half of its width and height in CSS pixels.
 *
 * @typedef {Pixel & {half: number, high: number}} Box
 */

/**
 * @template {Pixel & {text: string}} Name
 * @param {Name[]} wanted names with their middles on the screen, the most wanted first
 * @param {Iterable<Box>} taken where there is no room
 * @param {{sizeOf: (text: string) => {half: number, high: number}, most: number}} options how large a name is drawn, and how many there can be
 * @returns {Name[]} those that are seen
 */
export function placed(wanted, taken, { sizeOf, most }) {
  const boxes = [...taken];
  const seen = [];
  for (const name of wanted) {
    if (seen.length === most) break;
    const box = { x: name.x, y: name.y, ...sizeOf(name.text) };
    if (boxes.some((other) => areOver(box, other))) continue;
    boxes.push(box);
    seen.push(name);
  }
  return seen;
}

/** @param {Box} one @param {Box} other */
function areOver(one, other) {
  return Math.abs(one.x - other.x) < one.half + other.half && Math.abs(one.y - other.y) < one.high + other.high;
}
