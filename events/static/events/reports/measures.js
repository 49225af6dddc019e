/** Sheets of a report in the units of whoever reads them; the server writes kilometres. Pure. */

import { formatNumber, units } from "../units.js";
import { partsOf } from "../words/told.js";

/**
 * @typedef {import("./figures.js").Cell} Cell
 * @typedef {import("./figures.js").Cells} Cells
 * @typedef {import("./figures.js").Column} Column
 * @typedef {import("./figures.js").Sheet} Sheet
 */

/** "Mileage, km", "Max. speed,\nkm/h": what is measured, and in what. */
const METRIC = /,\skm(\/h)?$/;
const FIGURE = /^-?\d+(?:\.(\d+))?$/;

/** @param {Sheet} sheet @returns {Sheet} with ways and speeds in other units, and what tells the unit with them */
export function inUnits(sheet) {
  if (units().km === 1) return sheet;
  return { ...sheet, sections: sheet.sections.map(convertSection) };
}

/** @param {Sheet["sections"][number]} section @returns {Sheet["sections"][number]} */
function convertSection(section) {
  if (section.type === "map_table") return { ...section, rows: section.rows.map(convertNamed) };
  if (section.type !== "table") return section;
  const fields = new Set(section.columns.filter(({ title }) => isMetric(title)).map(({ field }) => field));
  const convert = (/** @type {Cells} */ cells) =>
    /** @type {Cells} */ (Object.fromEntries(Object.entries(cells).map(([field, cell]) => [field, fields.has(field) ? convertCell(cell) : cell])));
  const data = section.data.map((block) => ({ ...block, rows: block.rows.map(convert), total: /** @type {typeof block.total} */ (convert(block.total)) }));
  return { ...section, columns: section.columns.map((column) => ({ ...column, title: renamed(column.title) })), data };
}

/** @param {Cell & {name: string}} cell @returns {Cell & {name: string}} */
function convertNamed(cell) {
  return isMetric(cell.name) ? { ...cell, ...convertCell(cell), name: renamed(cell.name) } : cell;
}

/** @param {string} title @returns {string} with the other unit in it */
function renamed(title) {
  const { way, speed } = units();
  const [main, named] = partsOf(title);
  return `${main.replace(METRIC, (_, hourly) => `, ${hourly ? speed : way}`)}${named}`;
}

/** @param {string} title */
function isMetric(title) {
  return METRIC.test(partsOf(title)[0]);
}

/** With as many digits as there were; what is no figure stays. @param {Cell} cell @returns {Cell} */
function convertCell(cell) {
  const figure = FIGURE.exec(cell.v);
  if (figure === null) return cell;
  const value = (cell.raw ?? Number(cell.v)) / units().km;
  const digits = figure[1]?.length ?? 0;
  return { ...cell, v: formatNumber(value, digits, digits), ...(cell.raw === undefined ? {} : { raw: value }) };
}
