/** The past on the map: a trip coloured by speed with its ends and stops, the replayed vehicle, the live trail. */

import { piecesOf } from "../card/gaps.js";
import { FLEET_LAYER } from "../map/layer.js";
import { TrailTip } from "./trailtip.js";

/**
 * @typedef {import("./day.js").Point} Point
 * @typedef {import("maplibre-gl").Map} Map
 * @typedef {import("maplibre-gl").LayerSpecification} Layer
 * @typedef {import("geojson").Feature} Feature
 */

/** @type {import("geojson").FeatureCollection} */
const EMPTY = { type: "FeatureCollection", features: [] };
/** From slow to fast; told apart by those who see no red or no green, and on a light and a dark ground. @type {[number, string][]} */
export const SPEEDS = [[0, "#7a3db8"], [30, "#2b76d2"], [60, "#0a9a8c"], [90, "#d98a00"], [130, "#d6302b"]];
/** @type {any} An expression of a length that the types do not know. */
const SPEED_COLOR = ["interpolate", ["linear"], ["get", "speed"], ...SPEEDS.flat()];
/** @type {import("maplibre-gl").LineLayerSpecification["layout"]} */
const LINE = { "line-cap": "round", "line-join": "round" };
const COLORS = { light: { edge: "#ffffff", trail: "#0b5ed7" }, dark: { edge: "#0b1116", trail: "#6fb1ff" } };
const MARK_PIXELS = 26;
const MARGIN = 36;
const MARKS = { start: ["A", "#0b7a4b"], end: ["B", "#b3261e"], stop: ["II", "#9a5200"] };

export class HistoryLayers {
  #map;
  #tip;

  /** @param {Map} map whose style is loaded @param {"light"|"dark"} theme */
  constructor(map, theme) {
    this.#map = map;
    for (const name of ["trail", "trip", "marks", "replay"]) map.addSource(`past-${name}`, { type: "geojson", data: EMPTY });
    for (const [name, [text, color]] of Object.entries(MARKS)) addImage(map, `past-${name}`, drawMark(text, color));
    addImage(map, "past-arrow", drawArrow());
    for (const layer of layersOf()) map.addLayer(layer, map.getLayer(FLEET_LAYER) ? FLEET_LAYER : undefined);
    map.addLayer(replayLayer());
    this.#tip = new TrailTip(map);
    this.paint(theme);
  }

  /** @param {"light"|"dark"} theme */
  paint(theme) {
    const { edge, trail } = COLORS[theme];
    this.#map.setPaintProperty("past-trip-edge", "line-color", edge);
    this.#map.setPaintProperty("past-trail", "line-color", trail);
  }

  /** @param {import("./day.js").Point[]} points @param {{at: import("./day.js").Point}[]} stops */
  showTrip(points, stops) {
    this.#set("trip", points.slice(1).map((point, index) => lineOf([points[index], point], { speed: point.speed })));
    const ends = points.length ? [markOf(points[0], "start"), markOf(points[points.length - 1], "end")] : [];
    this.#set("marks", [...stops.map(({ at }) => markOf(at, "stop")), ...ends]);
  }

  /** @param {import("./day.js").Point[]} points */
  showTrail(points) {
    this.#tip.show(points);
    this.#set("trail", piecesOf(points).filter((piece) => piece.length > 1).map((piece) => lineOf(piece, {})));
  }

  /** @param {?import("./day.js").Point} place null: nothing is replayed */
  showReplay(place) {
    this.#set("replay", place ? [feature({ type: "Point", coordinates: [place.lng, place.lat] }, place)] : []);
  }

  /**
   * Brings points into view, beside what lies over the map.
   * @param {import("./day.js").Point[]} points @param {HTMLElement} cover @param {{animate: boolean}} options
   */
  fit(points, cover, { animate }) {
    const lngs = points.map(({ lng }) => lng);
    const lats = points.map(({ lat }) => lat);
    /** @param {(one: number, other: number) => number} pick @returns {[number, number]} */
    const corner = (pick) => [lngs.reduce(pick), lats.reduce(pick)];
    /** @type {[[number, number], [number, number]]} */
    const box = [corner((a, b) => Math.min(a, b)), corner((a, b) => Math.max(a, b))];
    const padding = besides(this.#map.getContainer().getBoundingClientRect(), cover.getBoundingClientRect());
    this.#map.fitBounds(box, { padding, maxZoom: 16, animate });
  }

  /** @param {string} name @param {Feature[]} features */
  #set(name, features) {
    const source = /** @type {import("maplibre-gl").GeoJSONSource} */ (this.#map.getSource(`past-${name}`));
    source.setData({ type: "FeatureCollection", features });
  }
}

/** How far from each side of the map its free part is: beside the cover, or above one that goes from side to side. @param {DOMRect} map @param {DOMRect} cover */
function besides(map, cover) {
  const padding = { top: MARGIN, bottom: MARGIN, left: MARGIN, right: MARGIN };
  const isBelow = cover.width > map.width / 2;
  const covered = isBelow ? map.bottom - cover.top : map.right - cover.left;
  padding[isBelow ? "bottom" : "right"] += Math.max(0, covered);
  return padding;
}

/** @returns {Layer[]} */
function layersOf() {
  /** @param {number} narrow @param {number} wide @returns {import("maplibre-gl").ExpressionSpecification} */
  const width = (narrow, wide) => ["interpolate", ["linear"], ["zoom"], 8, narrow, 15, wide];
  return [
    {
      id: "past-trail",
      type: "line",
      source: "past-trail",
      layout: LINE,
      paint: { "line-width": width(2, 4), "line-opacity": 0.75, "line-dasharray": [1, 1.6] },
    },
    { id: "past-trip-edge", type: "line", source: "past-trip", layout: LINE, paint: { "line-width": width(5, 10) } },
    {
      id: "past-trip",
      type: "line",
      source: "past-trip",
      layout: LINE,
      paint: { "line-width": width(3, 6), "line-color": SPEED_COLOR },
    },
    {
      id: "past-marks",
      type: "symbol",
      source: "past-marks",
      layout: { "icon-image": ["concat", "past-", ["get", "mark"]], "icon-allow-overlap": true },
    },
  ];
}

/** @returns {Layer} */
function replayLayer() {
  return {
    id: "past-replay",
    type: "symbol",
    source: "past-replay",
    layout: {
      "icon-image": "past-arrow",
      "icon-rotate": ["get", "heading"],
      "icon-rotation-alignment": "map",
      "icon-allow-overlap": true,
      "icon-ignore-placement": true,
    },
  };
}

/** @param {import("geojson").Geometry} geometry @param {object} properties @returns {Feature} */
function feature(geometry, properties) {
  return { type: "Feature", geometry, properties };
}

/** @param {Point[]} points @param {object} properties */
function lineOf(points, properties) {
  return feature({ type: "LineString", coordinates: points.map(({ lng, lat }) => [lng, lat]) }, properties);
}

/** @param {Point} point @param {string} mark */
function markOf({ lng, lat }, mark) {
  return feature({ type: "Point", coordinates: [lng, lat] }, { mark });
}

/** @param {Map} map @param {string} name @param {ImageData} image */
function addImage(map, name, image) {
  if (!map.hasImage(name)) map.addImage(name, image, { pixelRatio: 2 });
}

/** @param {number} size @returns {CanvasRenderingContext2D} */
function canvasOf(size) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
}

/** @param {string} text @param {string} color */
function drawMark(text, color) {
  const size = MARK_PIXELS * 2;
  const pen = canvasOf(size);
  pen.arc(size / 2, size / 2, size / 2 - 5, 0, 2 * Math.PI);
  pen.fillStyle = color;
  pen.fill();
  pen.lineWidth = 4;
  pen.strokeStyle = "#fff";
  pen.stroke();
  pen.fillStyle = "#fff";
  pen.font = `bold ${size * 0.44}px system-ui, sans-serif`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(text, size / 2, size / 2 + 2);
  return pen.getImageData(0, 0, size, size);
}

function drawArrow() {
  const size = 68;
  const pen = canvasOf(size);
  pen.translate(size / 2, size / 2);
  pen.beginPath();
  pen.moveTo(0, -28);
  pen.lineTo(22, 26);
  pen.lineTo(0, 14);
  pen.lineTo(-22, 26);
  pen.closePath();
  pen.lineJoin = "round";
  pen.lineWidth = 6;
  pen.strokeStyle = "#fff";
  pen.stroke();
  pen.fillStyle = "#16222c";
  pen.fill();
  return pen.getImageData(0, 0, size, size);
}
