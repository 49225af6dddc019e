/** What the server says in a report, in the words of the page; what users call something stays. Pure. */

import { told, toldInReport } from "../words/told.js";
import { LOCALE, language } from "../words/words.js";

/** The column, as the server calls it, in which an event is named: whatever report it is of. */
const WORDED = "Event";
/** "May 2, 2024 (Thu) : 3" */
const DAY = /^(\w{3} \d+, \d{4}) \(\w+\) : (\d+)$/;
/** @type {Intl.DateTimeFormatOptions} */
const OF_ONE = { timeZone: "UTC" };
const WEEKDAY = new Intl.DateTimeFormat(LOCALE, { ...OF_ONE, weekday: "short" });
const DATE = new Intl.DateTimeFormat(LOCALE, { ...OF_ONE, day: "numeric", month: "short", year: "numeric" });

/** @typedef {import("./figures.js").Sheet} Sheet */

/** @param {Sheet} sheet @returns {Sheet} */
export function inWords(sheet) {
  const header = sheet.entity_ids.length === 0 ? toldInReport(sheet.header) : sheet.header;
  return { ...sheet, header, sections: sheet.sections.map(tellSection) };
}

/** @param {Sheet["sections"][number]} section @returns {Sheet["sections"][number]} */
function tellSection(section) {
  if (section.type !== "table") return section;
  const column = section.columns.find(({ title }) => title === WORDED);
  const rowsOf = (/** @type {import("./figures.js").Block} */ { rows }) => (column === undefined ? rows : rows.map((cells) => tellCell(cells, column.field)));
  return { ...section, data: section.data.map((block) => ({ ...block, header: tellDay(block.header), rows: rowsOf(block) })) };
}

/** @param {string} header of a block; a table that is not by day has none @returns {string} */
function tellDay(header) {
  const found = DAY.exec(header);
  if (found === null || language() === "en") return header;
  const day = Date.parse(`${found[1]} UTC`);
  return `${DATE.format(day)} (${WEEKDAY.format(day)}) : ${found[2]}`;
}

/** @param {import("./figures.js").Cells} cells @param {string} field @returns {import("./figures.js").Cells} */
function tellCell(cells, field) {
  const cell = cells[field];
  return cell === undefined ? cells : { ...cells, [field]: { ...cell, v: told(cell.v) } };
}
