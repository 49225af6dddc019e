/** A line of the list on the screen: of a vehicle, or the head of a group. Its elements are used again for other lines. */

import { createIcon, setIcon } from "../icons.js";
import { distanceOf } from "../order.js";
import { isolate } from "../texts.js";
import { formatWidth } from "../units.js";
import { t } from "../words/words.js";
import { textAt } from "./fields.js";

/** What stands in the upper and in the lower half of a line. */
const UPPER = ["label", "distance", "speed"];
const LOWER = ["status", "note", "age"];

/**
 * @typedef {ReturnType<typeof createRow>} Row
 *
 * What rows tell.
 *
 * @typedef {object} Look
 * @property {string} order its name
 * @property {?import("../map/mercator.js").Place} place from where distances are measured
 * @property {Set<string>} fields names of what is told
 * @property {boolean} isByGroup
 */

export function createRow() {
  const element = document.createElement("div");
  const icon = createIcon();
  const [fold, upper, lower, ...cells] = ["fold", "upper", "lower", ...UPPER, ...LOWER].map(createCell);
  const [label, distance, speed, status, note, age] = cells;
  upper.append(label, distance, speed);
  lower.append(status, note, age);
  element.append(fold, icon, upper, lower);
  return { element, index: -1, fold, icon, label, distance, speed, status, note, age };
}

/** @param {Row} row @param {import("../fleet.js").Vehicle} vehicle @param {{look: Look, now: number}} options */
export function writeVehicle(row, vehicle, { look: { place, fields }, now }) {
  const { element } = row;
  element.className = "row";
  element.dataset.status = vehicle.status;
  element.dataset.freshness = vehicle.freshness;
  element.removeAttribute("aria-expanded");
  setIcon(row.icon, vehicle.status, vehicle.state?.heading);
  const distance = distanceOf(vehicle, place);
  setText(row.label, isolate(vehicle.label));
  setText(row.distance, distance === null ? "" : formatWidth(distance));
  for (const cell of /** @type {const} */ (["speed", "status", "note", "age"])) setText(row[cell], textAt(cell, fields, vehicle, now));
}

/** @param {Row} row @param {import("./lines.js").Head} head @param {boolean} isOut whether another group alone is wanted */
export function writeHead(row, { title, shown, all, isOpen }, isOut) {
  const { element } = row;
  element.className = "head";
  element.classList.toggle("out", isOut);
  delete element.dataset.status;
  delete element.dataset.freshness;
  if (isOut) element.removeAttribute("aria-expanded");
  else element.setAttribute("aria-expanded", String(isOpen));
  setText(row.label, isolate(title));
  setText(row.speed, shown === all ? String(all) : t("{n} of {all}", { n: shown, all }));
  for (const cell of /** @type {const} */ (["distance", "status", "note", "age"])) setText(row[cell], "");
}

/** @param {string} className */
function createCell(className) {
  return Object.assign(document.createElement("span"), { className });
}

/** Writing the same text again would make the browser lay it out again. @param {HTMLElement} element @param {string} text */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
