/** The icons of the statuses, that of who moves without an arrow, and the ring around the vehicle that is selected, as a texture. */

import { drawIcon, drawUndirected } from "../icons.js";
import { STATUS_KEYS } from "../statuses.js";
import { drawFrom, fill } from "./program.js";

/** Each icon is drawn into a square of so many pixels. */
const CELL = 64;
const CELLS = 16;
const [RING_CELL, UNDIRECTED_CELL] = [STATUS_KEYS.length, STATUS_KEYS.length + 1];
const RING = { light: "#0b5ed7", dark: "#6fb1ff" };

export class Pictures {
  ring = RING_CELL;
  /** @type {?WebGLTexture} */
  #texture = null;
  /** @type {"light"|"dark"} */
  #theme = "light";
  #isStale = true;

  /** @param {"light"|"dark"} theme */
  paint(theme) {
    this.#theme = theme;
    this.#isStale = true;
  }

  /** @param {WebGL2RenderingContext} gl */
  begin(gl) {
    this.#texture = gl.createTexture();
    this.#isStale = true;
  }

  /** @param {WebGL2RenderingContext} gl @param {import("./program.js").Uniforms} uniforms */
  use(gl, uniforms) {
    if (this.#isStale) this.#fill(gl);
    drawFrom(gl, uniforms, this.#texture, [CELLS, 1]);
  }

  /** @param {WebGL2RenderingContext} gl */
  #fill(gl) {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [CELL * CELLS, CELL];
    const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    STATUS_KEYS.forEach((status, index) => putIcon(pen, drawIcon(status), index));
    putIcon(pen, drawUndirected(), UNDIRECTED_CELL);
    drawRing(pen, (this.ring + 0.5) * CELL, CELL / 2, RING[this.#theme]);
    fill(gl, this.#texture, canvas);
    gl.generateMipmap(gl.TEXTURE_2D);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR_MIPMAP_LINEAR);
    this.#isStale = false;
  }
}

/** Which picture shows a vehicle, and how far it is turned to the right, in radians. @param {import("../fleet.js").Vehicle} vehicle @param {boolean} hasArrow whether it may have one */
export function pictureOf({ status, state }, hasArrow) {
  if (status !== "moving") return { icon: STATUS_KEYS.indexOf(status), angle: 0 };
  const heading = state?.heading ?? null;
  if (!hasArrow || heading === null) return { icon: UNDIRECTED_CELL, angle: 0 };
  return { icon: STATUS_KEYS.indexOf(status), angle: (heading * Math.PI) / 180 };
}

/** @param {CanvasRenderingContext2D} pen @param {ImageData} icon @param {number} cell */
function putIcon(pen, icon, cell) {
  pen.putImageData(icon, cell * CELL + (CELL - icon.width) / 2, (CELL - icon.height) / 2);
}

/** @param {CanvasRenderingContext2D} pen @param {number} x @param {number} y @param {string} color */
function drawRing(pen, x, y, color) {
  pen.beginPath();
  pen.arc(x, y, CELL / 2 - 4, 0, 2 * Math.PI);
  pen.globalAlpha = 0.2;
  pen.fillStyle = color;
  pen.fill();
  pen.globalAlpha = 1;
  pen.lineWidth = 3;
  pen.strokeStyle = color;
  pen.stroke();
}
