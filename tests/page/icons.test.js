import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { ICONS, drawIcon } from "../../events/frontend/icons.mjs";

const svg = await readFile(new URL("../../events/static/events/icon.svg", import.meta.url), "utf8");
const BLUE = [11, 94, 215, 255];
const WHITE = [255, 255, 255, 255];

/** @param {import("@resvg/resvg-js").RenderedImage} image @param {number} x @param {number} y */
function pixelAt(image, x, y) {
  const at = 4 * (y * image.width + x);
  return [...image.pixels.subarray(at, at + 4)];
}

for (const [ending, size] of Object.entries(ICONS)) {
  test(`the icon ${ending} is a white figure on blue, whose corners are ${size.isFull ? "full" : "seen through"}`, () => {
    const image = drawIcon(svg, size);
    const [last, middle] = [size.pixels - 1, size.pixels / 2];
    assert.deepEqual([image.width, image.height], [size.pixels, size.pixels]);
    for (const [x, y] of [[0, 0], [last, 0], [0, last], [last, last]]) {
      if (size.isFull) assert.deepEqual(pixelAt(image, x, y), BLUE);
      else assert.equal(pixelAt(image, x, y)[3], 0);
    }
    assert.deepEqual(pixelAt(image, middle, middle), WHITE);
    assert.deepEqual(pixelAt(image, 4, middle), BLUE);
  });
}
