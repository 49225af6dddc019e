/** What of a sheet is worth a chart. Pure. */

import { toldInReport } from "../words/told.js";
import { t } from "../words/words.js";

/** More bars than that say nothing on a screen; of vehicles the highest are drawn. */
const MOST_BARS = 62;
const MOST_VEHICLES = 30;
/** Columns that are measured, the most telling first; each is drawn in its own unit. */
const MEASURED = ["used", "length", "duration", "time", "value_0"];
/** What tells rows of a table that is not by day apart. */
const VEHICLE = "tracker";
const TOLD_APART = ["date", VEHICLE];
const WAY = /, (km|mi|nmi)$/;
const LASTS = /^\d+:\d\d(:\d\d)?$/;

/**
 * @typedef {{label: string, value: number, text: string}} Bar
 * @typedef {{title: string, bars: Bar[], most: Bar}} Chart
 *
 * A sheet of a report, as the server writes it (`report/tracker/retrieve`).
 *
 * @typedef {{v: string, raw?: number}} Cell as it is read, and where it is measured, the number
 * @typedef {Record<string, Cell>} Cells by the field of their column
 * @typedef {{field: string, title: string, align: string}} Column
 * @typedef {{header: string, rows: Cells[], total: Cells & {text?: string}}} Block
 * @typedef {{type: "table", header: string, columns: Column[], data: Block[]}} Table
 * @typedef {{type: "map_table", rows: Array<Cell & {name: string}>}} Summary
 * @typedef {{header: string, sections: Array<Table|Summary|{type: "text", text: string}>, entity_ids: number[]}} Sheet
 */

/** @param {Sheet} sheet of a report @returns {?Chart} null: nothing of it is worth one */
export function chartOf(sheet) {
  for (const section of sheet.sections) {
    const chart = section.type === "table" ? chartOfTable(section) : null;
    if (chart !== null) return chart;
  }
  return null;
}

/**
 * A sheet of all vehicles, a row each with its summary; as the server makes one for some kinds itself.
 * @param {Sheet[]} sheets of a report @returns {Sheet[]} with that sheet before them, if they are several
 */
export function withOverview(sheets) {
  if (sheets.length < 2 || sheets[0].entity_ids.length === 0) return sheets;
  const summaries = sheets.map(({ sections }) => sections.find((section) => section.type === "map_table")?.rows ?? []);
  const names = [...new Set(summaries.flatMap((rows) => rows.map(({ name }) => name)))];
  const columns = [VEHICLE, ...names].map((title, index) => ({
    field: index === 0 ? VEHICLE : `value_${index - 1}`,
    title: index === 0 ? t("Vehicle") : title,
    align: index === 0 ? "left" : "right",
  }));
  const rows = sheets.map(({ header }, index) => ({
    [VEHICLE]: { v: header },
    ...Object.fromEntries(summaries[index].map((cell) => [`value_${names.indexOf(cell.name)}`, cell])),
  }));
  /** @type {Table} */
  const table = { type: "table", header: t("All vehicles"), columns, data: [{ header: "", rows, total: {} }] };
  return [{ header: t("All vehicles"), sections: [table], entity_ids: [] }, ...sheets];
}

/** @param {Table} table @returns {?Chart} */
function chartOfTable({ header, columns, data }) {
  const rows = rowsOf(columns, data);
  const field = measuredOf(columns, rows);
  if (field === undefined || rows.length < 2) return null;
  const all = rows.map(({ label, cells }) => barOf(label, cells[field]));
  const bars = columns[0].field === VEHICLE ? all.sort((one, other) => other.value - one.value).slice(0, MOST_VEHICLES) : all;
  if (bars.length > MOST_BARS) return null;
  const most = bars.reduce((one, other) => (other.value > one.value ? other : one));
  const measured = /** @type {Column} */ (columns.find((column) => column.field === field)).title.replaceAll("\n", " ");
  const what = { header: toldInReport(header), measured: toldInReport(measured), n: bars.length };
  const title = bars.length < all.length ? t("{header}: {measured}, the {n} highest", what) : t("{header}: {measured}", what);
  return most.value > 0 ? { title, bars, most } : null;
}

/** A way, where there is one, tells more than how often. @param {Column[]} columns @param {{cells: Cells}[]} rows */
function measuredOf(columns, rows) {
  const ways = columns.filter(({ title }) => WAY.test(title)).map(({ field }) => field);
  const isMeasured = (/** @type {string} */ name) =>
    columns.some(({ field }) => field === name) && rows.every(({ cells }) => typeof cells[name]?.raw === "number");
  return [...(columns[0].field === VEHICLE ? ways : []), ...MEASURED].find(isMeasured);
}

/** What one bar each stands for: the days of a table by days, else its rows. @param {Column[]} columns @param {Block[]} data */
function rowsOf(columns, data) {
  const name = TOLD_APART.find((field) => columns.some((column) => column.field === field));
  if (name !== undefined) return data.flatMap(({ rows }) => rows.map((cells) => ({ label: cells[name].v, cells })));
  return data.filter(({ header }) => header).map(({ header, total }) => ({ label: dayOf(header), cells: total }));
}

/** "May 2, 2024 (Thu) : 3" is "May 2", "2. Mai 2024 (Do) : 3" is "2. Mai 2024". @param {string} header */
function dayOf(header) {
  return header.split(/,| \(/)[0];
}

/** @param {string} label @param {Cell} cell that is measured @returns {Bar} */
function barOf(label, { v, raw }) {
  return { label, value: /** @type {number} */ (raw), text: LASTS.test(v) ? t("{n} h", { n: v }) : v };
}
