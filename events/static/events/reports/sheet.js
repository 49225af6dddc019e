/** A sheet of a report as it stands on the page: a summary, a chart, tables. */

import { isolate } from "../texts.js";
import { draw } from "./chart.js";
import { chartOf } from "./figures.js";
import { toldInReport } from "../words/told.js";
import { t } from "../words/words.js";

/** So many rows of a table are shown, and more by a button. */
const ROWS_AT_ONCE = 300;

/**
 * @typedef {import("./figures.js").Column} Column
 * @typedef {{day?: string, cells?: import("./figures.js").Cells, total?: string}} Line a day, or cells, whose sum `total` names
 */

/** @param {import("./figures.js").Sheet} sheet of `report/tracker/retrieve` @returns {HTMLElement[]} */
export function writeSheet(sheet) {
  const chart = chartOf(sheet);
  const summaries = sheet.sections.filter((section) => section.type === "map_table").map(writeSummary);
  const tables = sheet.sections.filter((section) => section.type === "table").map(writeTable);
  const texts = sheet.sections.filter((section) => section.type === "text").map(({ text }) => node("p", toldInReport(text)));
  return [...summaries, ...(chart ? [draw(chart)] : []), ...tables, ...texts];
}

/** @param {import("./figures.js").Summary} section */
function writeSummary({ rows }) {
  const list = document.createElement("dl");
  for (const { name, v } of rows) {
    const pair = document.createElement("div");
    pair.append(node("dt", toldInReport(name)), node("dd", v));
    list.append(pair);
  }
  return list;
}

/** @param {import("./figures.js").Table} section */
function writeTable({ header, columns, data }) {
  if (data.length === 0) return node("p", t("{header}: nothing in this time.", { header: toldInReport(header) }));
  const [box, table] = [document.createElement("div"), document.createElement("table")];
  table.append(node("caption", toldInReport(header)), headOf(columns));
  box.className = "table";
  // It can be scrolled, so that the keyboard must get to it.
  Object.assign(box, { tabIndex: 0, role: "region", ariaLabel: toldInReport(header) });
  box.append(table);
  writeMore(box, table, columns, linesOf(data));
  return box;
}

/**
 * Writes the next rows, and has a button write those after them.
 * @param {HTMLElement} box @param {HTMLTableElement} table @param {Column[]} columns @param {Line[]} lines
 */
function writeMore(box, table, columns, lines) {
  const body = document.createElement("tbody");
  body.append(...lines.slice(0, ROWS_AT_ONCE).map((line) => writeLine(line, columns)));
  table.append(body);
  const rest = lines.slice(ROWS_AT_ONCE);
  if (rest.length === 0) return;
  const button = node("button", t("{n} more", { n: rest.length }));
  button.type = "button";
  button.addEventListener("click", () => {
    button.remove();
    writeMore(box, table, columns, rest);
    box.focus();
  });
  box.append(button);
}

/** The lines of a table in their order: the days, what is in them, and their sums. @param {import("./figures.js").Block[]} data @returns {Line[]} */
function linesOf(data) {
  return data.flatMap(({ header, rows, total }) => [
    ...(header ? [{ day: header }] : []),
    ...rows.map((cells) => ({ cells })),
    ...(Object.keys(total).length > 1 && rows.length > 1 ? [{ cells: total, total: total.text }] : []),
  ]);
}

/** @param {Line} line @param {Column[]} columns */
function writeLine({ day, cells = {}, total }, columns) {
  const row = document.createElement("tr");
  if (day !== undefined) {
    const head = node("th", day);
    Object.assign(head, { colSpan: columns.length, scope: "rowgroup" });
    row.append(head);
    return row;
  }
  if (total !== undefined) row.className = "total";
  row.append(...columns.map(({ field, align }, index) => cellOf(index === 0 && total ? { v: toldInReport(total) } : cells[field], align)));
  return row;
}

/** @param {{v: string}|undefined} cell @param {string} align */
function cellOf(cell, align) {
  const made = node("td", cell?.v ?? "");
  if (align === "right") made.className = "number";
  return made;
}

/** @param {Column[]} columns */
function headOf(columns) {
  const [head, row] = [document.createElement("thead"), document.createElement("tr")];
  for (const { title, align } of columns) {
    const name = node("th", toldInReport(title.replaceAll("\n", " ")));
    name.scope = "col";
    if (align === "right") name.className = "number";
    row.append(name);
  }
  head.append(row);
  return head;
}

/** @template {keyof HTMLElementTagNameMap} Name @param {Name} name @param {string} text */
function node(name, text) {
  const made = document.createElement(name);
  made.textContent = isolate(String(text));
  return made;
}
