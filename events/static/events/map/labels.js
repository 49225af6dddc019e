/** The names of vehicles under their icons, as far as they do not lie over each other. */

import { drawFrom, fill } from "./program.js";
import { placed } from "./room.js";
import { ROW } from "./rows.js";

const COLORS = { light: { text: "#16222c", halo: "#ffffff" }, dark: { text: "#eaf1f6", halo: "#10181e" } };
/** The texture is a grid of so many names, each of so many CSS pixels. */
const GRID = /** @type {[number, number]} */ ([4, 32]);
const [WIDTH, HEIGHT] = [128, 16];
const RATIO = 2;
const FONT = `600 ${11 * RATIO}px system-ui, sans-serif`;
const HALO_PIXELS = 3 * RATIO;
const [ICON, ANGLE] = [6, 7];

export class Labels {
  pixels = { width: WIDTH, height: HEIGHT };
  /** @type {Map<string, {cell: number, width: number}>} what stands in the texture, the least used first */
  #written = new Map();
  /** @type {{trackerId: number, cell: number}[]} */
  #shown = [];
  /** @type {?WebGLTexture} */
  #texture = null;
  #pen;
  /** @type {"light"|"dark"} */
  #theme = "light";
  /** @type {{cell: number, text: string}[]} not in the texture yet */
  #waiting = [];

  constructor() {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [WIDTH * RATIO, HEIGHT * RATIO];
    this.#pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  }

  get size() {
    return this.#shown.length;
  }

  /** @param {WebGL2RenderingContext} gl */
  begin(gl) {
    this.#texture = gl.createTexture();
    fill(gl, this.#texture, new ImageData(GRID[0] * WIDTH * RATIO, GRID[1] * HEIGHT * RATIO));
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR);
    this.#rewrite();
  }

  /** @param {"light"|"dark"} theme */
  paint(theme) {
    this.#theme = theme;
    this.#rewrite();
  }

  /**
   * Chooses which names are seen: of those that would lie over each other the first.
   * @param {{trackerId: number, text: string, x: number, y: number}[]} wanted their middles on the screen, the most wanted first
   * @param {import("./room.js").Box[]} taken where there is no room
   */
  choose(wanted, taken) {
    const sizeOf = (/** @type {string} */ text) => ({ half: this.#widthOf(text) / 2, high: HEIGHT / 2 });
    const seen = placed(wanted, taken, { sizeOf, most: GRID[0] * GRID[1] });
    this.#shown = seen.map(({ trackerId, text }) => ({ trackerId, cell: this.#cellOf(text) }));
  }

  /** Rows like those of the vehicles, with names for icons. @param {import("./rows.js").Rows} rows */
  numbers(rows) {
    this.#shown = this.#shown.filter(({ trackerId }) => rows.has(trackerId));
    const numbers = new Float32Array(this.#shown.length * ROW);
    this.#shown.forEach(({ trackerId, cell }, index) => {
      const from = rows.rowOf(trackerId) * ROW;
      numbers.set(rows.numbers.subarray(from, from + ROW), index * ROW);
      numbers[index * ROW + ICON] = cell;
      numbers[index * ROW + ANGLE] = 0;
    });
    return numbers;
  }

  /** @param {WebGL2RenderingContext} gl @param {import("./program.js").Uniforms} uniforms */
  use(gl, uniforms) {
    for (const { cell, text } of this.#waiting) {
      this.#write(text);
      /** @type {[number, number]} */
      const corner = [(cell % GRID[0]) * WIDTH * RATIO, Math.floor(cell / GRID[0]) * HEIGHT * RATIO];
      fill(gl, this.#texture, this.#pen.canvas, corner);
    }
    this.#waiting = [];
    drawFrom(gl, uniforms, this.#texture, GRID);
  }

  #rewrite() {
    this.#waiting = [...this.#written].map(([text, { cell }]) => ({ text, cell }));
  }

  /** @param {string} text */
  #widthOf(text) {
    const known = this.#written.get(text);
    if (known) return known.width;
    this.#pen.font = FONT;
    return Math.min(WIDTH, this.#pen.measureText(text).width / RATIO + 8);
  }

  /** The cell with a name; the one that was not shown for the longest time is written over. @param {string} text */
  #cellOf(text) {
    const known = this.#written.get(text);
    const width = this.#widthOf(text);
    let cell = known?.cell ?? this.#written.size;
    if (!known && cell === GRID[0] * GRID[1]) {
      const [oldest, { cell: free }] = /** @type {[string, {cell: number}]} */ (this.#written.entries().next().value);
      this.#written.delete(oldest);
      cell = free;
    }
    if (!known) this.#waiting.push({ cell, text });
    this.#written.delete(text);
    this.#written.set(text, { cell, width });
    return cell;
  }

  /** @param {string} text */
  #write(text) {
    const pen = this.#pen;
    const { text: color, halo } = COLORS[this.#theme];
    pen.clearRect(0, 0, pen.canvas.width, pen.canvas.height);
    pen.font = FONT;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.lineJoin = "round";
    pen.lineWidth = HALO_PIXELS;
    pen.strokeStyle = halo;
    pen.fillStyle = color;
    const cut = fitting(pen, text, pen.canvas.width - 2 * HALO_PIXELS);
    pen.strokeText(cut, pen.canvas.width / 2, pen.canvas.height / 2);
    pen.fillText(cut, pen.canvas.width / 2, pen.canvas.height / 2);
  }
}

/** As much of a text as there is room for. @param {CanvasRenderingContext2D} pen @param {string} text @param {number} room */
function fitting(pen, text, room) {
  if (pen.measureText(text).width <= room) return text;
  const letters = [...text];
  while (letters.length > 1 && pen.measureText(`${letters.join("")}…`).width > room) letters.pop();
  return `${letters.join("")}…`;
}
