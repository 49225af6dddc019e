/** What the graphics card is told to do with a row. */

import { FADE, ROW } from "./rows.js";

const FLOAT_BYTES = 4;
/** Name, first number of the row, and how many. */
const ATTRIBUTES = /** @type {[string, number, number][]} */ ([
  ["a_from", 0, 2],
  ["a_to", 2, 2],
  ["a_time", 4, 2],
  ["a_look", 6, 3],
]);
const UNIFORMS = ["u_centre", "u_scale", "u_pixel", "u_now", "u_size", "u_offset", "u_look", "u_icon", "u_grid", "u_pictures"];

const VERTEX = `#version 300 es
precision highp float;
uniform vec2 u_centre, u_scale, u_pixel, u_size, u_offset, u_grid;
uniform float u_now, u_look, u_icon;
in vec2 a_from, a_to, a_time;
in vec3 a_look;
out vec2 v_at;
out float v_strength;
void main() {
  bool is_wanted = u_look < 0.0 || a_look.z == u_look;
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  float part = a_time.y > 0.0 ? clamp((u_now - a_time.x) / a_time.y, 0.0, 1.0) : 1.0;
  vec2 away = mix(a_from, a_to, part) - u_centre;
  away.x -= round(away.x);
  float angle = u_icon < 0.0 ? a_look.y : 0.0;
  mat2 turn = mat2(cos(angle), sin(angle), -sin(angle), cos(angle));
  vec2 place = away * u_scale + (turn * ((corner - 0.5) * u_size) + u_offset) * u_pixel;
  gl_Position = is_wanted ? vec4(place, 0.0, 1.0) : vec4(2.0, 2.0, 2.0, 1.0);
  float fade = u_icon < 0.0 ? floor(a_look.x / ${FADE}.0) : 0.0;
  float icon = u_icon < 0.0 ? a_look.x - fade * ${FADE}.0 : u_icon;
  v_strength = 1.0 - 0.3 * fade;
  v_at = (vec2(mod(icon, u_grid.x), floor(icon / u_grid.x)) + corner) / u_grid;
}`;

const FRAGMENT = `#version 300 es
precision mediump float;
uniform sampler2D u_pictures;
in vec2 v_at;
in float v_strength;
out vec4 color;
void main() { color = texture(u_pictures, v_at) * v_strength; }`;

/** @typedef {Record<string, ?WebGLUniformLocation>} Uniforms by name */

/** @param {WebGL2RenderingContext} gl @returns {{program: WebGLProgram, uniforms: Uniforms, leave: typeof leave}} */
export function createProgram(gl) {
  const program = gl.createProgram();
  gl.attachShader(program, compile(gl, gl.VERTEX_SHADER, VERTEX));
  gl.attachShader(program, compile(gl, gl.FRAGMENT_SHADER, FRAGMENT));
  ATTRIBUTES.forEach(([name], index) => gl.bindAttribLocation(program, index, name));
  gl.linkProgram(program);
  const uniforms = Object.fromEntries(UNIFORMS.map((name) => [name, gl.getUniformLocation(program, name)]));
  return { program, uniforms, leave };
}

/** Has the attributes read from the bound buffer, from this row on. @param {WebGL2RenderingContext} gl @param {number} row */
export function pointAt(gl, row) {
  ATTRIBUTES.forEach(([, from, count], index) => {
    gl.enableVertexAttribArray(index);
    gl.vertexAttribPointer(index, count, gl.FLOAT, false, ROW * FLOAT_BYTES, (row * ROW + from) * FLOAT_BYTES);
    gl.vertexAttribDivisor(index, 1);
  });
}

/** Leaves to others what they expect. @param {WebGL2RenderingContext} gl */
function leave(gl) {
  ATTRIBUTES.forEach((_, index) => gl.vertexAttribDivisor(index, 0));
  gl.bindBuffer(gl.ARRAY_BUFFER, null);
}

/**
 * Fills a texture with a picture, or a cell of it.
 * @param {WebGL2RenderingContext} gl @param {?WebGLTexture} texture @param {TexImageSource} picture
 * @param {?[number, number]} at the cell's corner
 */
export function fill(gl, texture, picture, at = null) {
  gl.activeTexture(gl.TEXTURE0);
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, false);
  gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, true);
  if (at === null) gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, picture);
  else gl.texSubImage2D(gl.TEXTURE_2D, 0, at[0], at[1], gl.RGBA, gl.UNSIGNED_BYTE, picture);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
}

/**
 * Has a texture drawn from, which is a grid of so many pictures.
 * @param {WebGL2RenderingContext} gl @param {Uniforms} uniforms @param {?WebGLTexture} texture @param {[number, number]} grid
 */
export function drawFrom(gl, uniforms, texture, [columns, lines]) {
  gl.activeTexture(gl.TEXTURE0);
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.uniform2f(uniforms.u_grid, columns, lines);
}

/** @param {WebGL2RenderingContext} gl @param {number} kind @param {string} text */
function compile(gl, kind, text) {
  const shader = /** @type {WebGLShader} */ (gl.createShader(kind));
  gl.shaderSource(shader, text);
  gl.compileShader(shader);
  return shader;
}
