/** The lists of reports that were made, and of those that come by mail. */

import { isolate } from "../texts.js";
import { formatAge, formatDate } from "../time.js";
import { rhythmWords } from "./kinds.js";
import { t } from "../words/words.js";

/** Of what time and how many vehicles: "May 1 – 31, 2024 · 12 vehicles". @param {import("./shelf.js").Listed} report */
export function aboutReport({ from, to, count }) {
  const [first, last] = [formatDate(from), formatDate(to)];
  return `${first === last ? first : `${first} – ${last}`} · ${countOf(count)}`;
}

/**
 * @param {import("./shelf.js").Listed} report @param {number} now
 * @param {{open: () => void, stop: () => void}} acts it is opened when it is made, and stopped while it is not
 */
export function reportItem(report, now, { open, stop }) {
  const isMade = report.percent === 100;
  const row = lineOf(isMade ? "button" : "div", report.title, `${aboutReport(report)} · ${formatAge(report.made, now)}`);
  if (isMade) actOn(/** @type {HTMLButtonElement} */ (row), open);
  const item = document.createElement("li");
  item.append(row);
  if (isMade) row.dataset.report = String(report.id);
  else item.append(progressOf(report), button(t("Stop", undefined, "making a report"), t("Stop {title}", { title: report.title }, "making a report"), stop));
  return item;
}

/** A schedule of `report/schedule/list`, and what deletes it. @param {import("./shelf.js").Scheduled} schedule @param {{remove: () => void}} acts */
export function scheduleItem({ id, enabled, parameters }, { remove }) {
  const { report } = parameters;
  const item = document.createElement("li");
  const words = [countOf(report.trackers.length), rhythmWords(parameters), ...(enabled ? [] : [t("rests", undefined, "report by mail")])].join(" · ");
  item.dataset.schedule = String(id);
  item.append(lineOf("div", report.title, words), button(t("Delete"), t("Delete {title} by mail", { title: report.title }), remove));
  return item;
}

/** @param {import("./shelf.js").Listed} report */
function progressOf({ title, percent }) {
  const bar = document.createElement("progress");
  Object.assign(bar, { max: 100, value: percent });
  bar.setAttribute("aria-label", t("{title}: {n} % made", { title, n: percent }));
  return bar;
}

/** @param {string} name @param {string} title @param {string} words */
function lineOf(name, title, words) {
  const [row, head, text] = [name, "b", "span"].map((one) => document.createElement(one));
  row.className = "line";
  head.textContent = isolate(title);
  text.textContent = isolate(words);
  row.append(head, text);
  return row;
}

/** @param {string} text @param {string} label @param {() => void} act */
function button(text, label, act) {
  const made = document.createElement("button");
  made.textContent = text;
  made.setAttribute("aria-label", isolate(label));
  return actOn(made, act);
}

/** @param {HTMLButtonElement} element @param {() => void} act */
function actOn(element, act) {
  element.type = "button";
  element.addEventListener("click", act);
  return element;
}

/** @param {number} count */
function countOf(count) {
  return t("{n, plural, one {# vehicle} other {# vehicles}}", { n: count });
}
