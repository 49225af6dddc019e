import assert from "node:assert/strict";
import { test } from "node:test";
import { createPropertyExpression, featureFilter, latest, validateStyleMin } from "../../events/frontend/node_modules/@maplibre/maplibre-gl-style-spec/dist/index.mjs";
import { readShown, writeShown } from "../../events/static/events/overlays/shown.js";
import { layersOf, sourceOf } from "../../events/static/events/overlays/style.js";

const FILE = { kind: "file", name: "Depots", url: "/overlays/0.geojson", attribution: "", color: "", opacity: 1, max_zoom: 19, shown: false };
const TILES = { ...FILE, kind: "tiles", name: "Rain", url: "https://rain.example/{z}/{x}/{y}.png", opacity: 0.5 };
const [POINT, LINE, AREA] = [1, 2, 3];

/** What the map makes of a property of a feature. */
function painted(layer, name, properties) {
  const { value } = createPropertyExpression(layer.paint[name], `layers[0].paint.${name}`, latest[`paint_${layer.type}`][name]);
  return value.evaluate({ zoom: 12 }, { type: AREA, properties });
}

function layersFor(type, overlay = FILE) {
  const layers = layersOf("overlay-0", overlay, "light", ["system-ui"]);
  const isMeant = ({ filter }) => filter === undefined || featureFilter(filter, "layers[0].filter").filter({ zoom: 12 }, { type, properties: {} });
  return layers.filter(isMeant).map(({ id }) => id.replace("overlay-0-", ""));
}

test("what is drawn is a style that the map takes, by day and by night", () => {
  for (const overlay of [FILE, TILES, { ...FILE, color: "#0b5ed7", attribution: "us" }]) {
    for (const theme of ["light", "dark"]) {
      const style = { version: 8, glyphs: "https://a.example/{fontstack}/{range}.pbf", sources: { one: sourceOf(overlay) }, layers: layersOf("one", overlay, theme, ["system-ui"]) };
      assert.deepEqual(validateStyleMin(style), []);
    }
  }
});

test("points are dots, lines are lines, areas are filled and have a border", () => {
  assert.deepEqual(layersFor(POINT), ["point", "name"]);
  assert.deepEqual(layersFor(LINE), ["line", "name"]);
  assert.deepEqual(layersFor(AREA), ["fill", "line", "name"]);
  assert.deepEqual(layersFor(AREA, TILES), ["tiles"]);
});

test("colours are those of the file, and of the overlay where it says none that is one", () => {
  const [fill, line] = layersOf("one", { ...FILE, color: "#0000ff" }, "light", []);
  const seen = (layer, properties) => painted(layer, layer === fill ? "fill-color" : "line-color", properties).toString();
  assert.equal(seen(line, { stroke: "#ff0000" }), "rgba(255,0,0,1)");
  for (const stroke of [undefined, null, "", "reddish", 7]) assert.equal(seen(line, { stroke }), "rgba(0,0,255,1)");
  assert.equal(seen(fill, { stroke: "#ff0000" }), "rgba(255,0,0,1)");
  assert.equal(seen(fill, { fill: "#00ff00", stroke: "#ff0000" }), "rgba(0,255,0,1)");
});

test("sizes and shares that are none are not drawn by", () => {
  const [fill, line] = layersOf("one", { ...FILE, opacity: 0.5 }, "light", []);
  for (const [given, wanted] of [[undefined, 0.075], [null, 0.075], ["1", 0.075], [0.4, 0.2], [7, 0.5], [-1, 0]]) {
    assert.ok(Math.abs(painted(fill, "fill-opacity", { "fill-opacity": given }) - wanted) < 1e-9);
  }
  assert.deepEqual([undefined, "4", 4, -4].map((width) => painted(line, "line-width", { "stroke-width": width })), [2, 2, 4, 0]);
});

test("what is shown is kept by name, and what was never chosen is as the operator wants it", () => {
  const on = { ...FILE, name: "Rain", shown: true };
  assert.deepEqual(readShown([FILE, on], null), new Set(["Rain"]));
  const kept = writeShown([FILE, on], new Set(["Depots"]));
  assert.deepEqual(readShown([on, FILE, { ...on, name: "New" }], kept), new Set(["Depots", "New"]));
  for (const text of ["{", "7", "{}", "[1]", "null", '[["Rain"]]']) assert.deepEqual(readShown([FILE, on], text), new Set(["Rain"]));
});
