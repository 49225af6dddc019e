/**
 * The vehicles, drawn by the graphics card: a layer of the map.
 *
 * MapLibre's own symbols are laid out anew whenever one of them changes, which for ten thousand takes longer than a
 * frame. Here a change costs the numbers of a row, and a glide costs nothing but the frames in which it is seen.
 */

import { viewOf, worldSize } from "./mercator.js";
import { createProgram, pointAt } from "./program.js";
import { ABOVE, BELOW, ROW } from "./rows.js";

export const FLEET_LAYER = "vehicles";
/** A vehicle is drawn again when it went this far since. */
const VISIBLE_PIXELS = 0.5;
const [LEAST_PAUSE_MS, LONGEST_PAUSE_MS] = [33, 500];
const ICON_PIXELS = 30;
const RING_PIXELS = 52;
/** Size of icons by zoom. */
const SIZES = [[3, 0.5], [9, 0.72], [13, 0.95], [17, 1.15]];
const LABEL_BELOW_PIXELS = 21;

/** What the graphics card keeps for the layer. @typedef {ReturnType<typeof createProgram> & {fleet: WebGLBuffer, labels: WebGLBuffer}} Kept */

export class FleetLayer {
  id = FLEET_LAYER;
  type = /** @type {const} */ ("custom");
  #map;
  #rows;
  #pictures;
  #labels;
  /** @type {?Kept} null while it is not on a map */
  #kept = null;
  #isStale = true;
  /** @type {?number} tracker id */
  #selected = null;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #timer;

  /**
   * @param {import("maplibre-gl").Map} map
   * @param {{rows: import("./rows.js").Rows, pictures: import("./pictures.js").Pictures, labels: import("./labels.js").Labels}} parts
   */
  constructor(map, { rows, pictures, labels }) {
    this.#map = map;
    this.#rows = rows;
    this.#pictures = pictures;
    this.#labels = labels;
  }

  /** @param {import("maplibre-gl").Map} map @param {WebGL2RenderingContext} gl */
  onAdd(map, gl) {
    this.#kept = { ...createProgram(gl), fleet: gl.createBuffer(), labels: gl.createBuffer() };
    this.#isStale = true;
    this.#pictures.begin(gl);
    this.#labels.begin(gl);
  }

  onRemove() {
    clearTimeout(this.#timer);
    this.#kept = null;
  }

  /** Rows have changed. */
  refresh() {
    this.#isStale = true;
    this.#map.triggerRepaint();
  }

  /** @param {?number} trackerId */
  select(trackerId) {
    this.#selected = trackerId;
    this.refresh();
  }

  /** @param {WebGL2RenderingContext} gl */
  render(gl) {
    const now = performance.now();
    const kept = this.#kept;
    const { origin } = this.#rows;
    if (origin === null || kept === null) return;
    if (this.#rows.refresh(now)) this.#isStale = true;
    gl.useProgram(kept.program);
    gl.bindVertexArray(null);
    gl.disable(gl.DEPTH_TEST);
    gl.disable(gl.STENCIL_TEST);
    gl.disable(gl.CULL_FACE);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    this.#upload(gl, kept);
    this.#look(gl, kept, { origin, now });
    this.#draw(gl, kept);
    kept.leave(gl);
    this.#plan(now);
  }

  /** @param {WebGL2RenderingContext} gl @param {Kept} kept */
  #upload(gl, { fleet, labels }) {
    if (!this.#isStale) return;
    this.#isStale = false;
    const { numbers, size } = this.#rows;
    gl.bindBuffer(gl.ARRAY_BUFFER, fleet);
    gl.bufferData(gl.ARRAY_BUFFER, numbers.subarray(0, size * ROW), gl.DYNAMIC_DRAW);
    gl.bindBuffer(gl.ARRAY_BUFFER, labels);
    gl.bufferData(gl.ARRAY_BUFFER, this.#labels.numbers(this.#rows), gl.DYNAMIC_DRAW);
  }

  /**
   * Tells the card what is seen of the world.
   * @param {WebGL2RenderingContext} gl @param {Kept} kept @param {{origin: import("./mercator.js").Spot, now: number}} rows
   */
  #look(gl, { uniforms }, { origin, now }) {
    const { centre: [x, y], zoom, width, height } = viewOf(this.#map);
    const size = worldSize(zoom);
    gl.uniform2f(uniforms.u_centre, x - origin[0], y - origin[1]);
    gl.uniform2f(uniforms.u_scale, (2 * size) / width, (-2 * size) / height);
    gl.uniform2f(uniforms.u_pixel, 2 / width, -2 / height);
    gl.uniform1f(uniforms.u_now, (now - this.#rows.epoch) / 1000);
    gl.uniform1i(uniforms.u_pictures, 0);
  }

  /** @param {WebGL2RenderingContext} gl @param {Kept} kept */
  #draw(gl, kept) {
    const row = this.#selected === null ? -1 : this.#rows.rowOf(this.#selected);
    const size = sizeAt(this.#map.getZoom());
    this.#pictures.use(gl, kept.uniforms);
    if (row >= 0) this.#drawRows(gl, kept, { first: row, count: 1, pixels: RING_PIXELS, icon: this.#pictures.ring });
    this.#drawRows(gl, kept, { count: this.#rows.size, pixels: ICON_PIXELS * size, look: BELOW });
    this.#drawRows(gl, kept, { count: this.#rows.size, pixels: ICON_PIXELS * size, look: ABOVE });
    if (row >= 0) this.#drawRows(gl, kept, { first: row, count: 1, pixels: ICON_PIXELS * size });
    this.#labels.use(gl, kept.uniforms);
    this.#drawLabels(gl, kept);
  }

  /**
   * @param {WebGL2RenderingContext} gl @param {Kept} kept
   * @param {{first?: number, count: number, pixels: number, look?: number, icon?: number}} rows
   */
  #drawRows(gl, { uniforms, fleet }, { first = 0, count, pixels, look = -1, icon = -1 }) {
    gl.bindBuffer(gl.ARRAY_BUFFER, fleet);
    pointAt(gl, first);
    gl.uniform2f(uniforms.u_size, pixels, pixels);
    gl.uniform2f(uniforms.u_offset, 0, 0);
    gl.uniform1f(uniforms.u_look, look);
    gl.uniform1f(uniforms.u_icon, icon);
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, count);
  }

  /** @param {WebGL2RenderingContext} gl @param {Kept} kept */
  #drawLabels(gl, { uniforms, labels }) {
    const { width, height } = this.#labels.pixels;
    gl.bindBuffer(gl.ARRAY_BUFFER, labels);
    pointAt(gl, 0);
    gl.uniform2f(uniforms.u_size, width, height);
    gl.uniform2f(uniforms.u_offset, 0, labelBelow(this.#map.getZoom()));
    gl.uniform1f(uniforms.u_look, -1);
    gl.uniform1f(uniforms.u_icon, -1);
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, this.#labels.size);
  }

  /** Has the next frame drawn when the fastest vehicle in view has gone far enough to be seen moving. @param {number} now */
  #plan(now) {
    clearTimeout(this.#timer);
    const pixelsPerS = this.#fastest(now) * worldSize(this.#map.getZoom());
    if (pixelsPerS === 0) return;
    const pause = Math.max(LEAST_PAUSE_MS, Math.min(LONGEST_PAUSE_MS, (1000 * VISIBLE_PIXELS) / pixelsPerS));
    this.#timer = setTimeout(() => this.#map.triggerRepaint(), pause);
  }

  /** @param {number} now */
  #fastest(now) {
    const { size } = this.#rows;
    let fastest = 0;
    for (let row = 0; row < size; row += 1) {
      if (this.#rows.isShown(row)) fastest = Math.max(fastest, this.#rows.speedOf(row, now));
    }
    return fastest;
  }
}

/** How far below its vehicle the middle of a name is drawn. @param {number} zoom */
export function labelBelow(zoom) {
  return LABEL_BELOW_PIXELS * sizeAt(zoom);
}

/** How large icons are at a zoom, next to their full size. @param {number} zoom */
export function sizeAt(zoom) {
  const next = SIZES.findIndex(([at]) => at > zoom);
  if (next === 0) return SIZES[0][1];
  if (next < 0) return SIZES[SIZES.length - 1][1];
  const [[from, small], [to, large]] = [SIZES[next - 1], SIZES[next]];
  return small + ((large - small) * (zoom - from)) / (to - from);
}
