/** What the server says in the cells of a report, in the words of the page; what users call something stays. Pure. */

import { told } from "../words/told.js";

/** The column, as the server calls it, in which an event is named: whatever report it is of. */
const WORDED = "Event";

/** @typedef {import("./figures.js").Sheet} Sheet */

/** @param {Sheet} sheet @returns {Sheet} */
export function inWords(sheet) {
  return { ...sheet, sections: sheet.sections.map(tellSection) };
}

/** @param {Sheet["sections"][number]} section @returns {Sheet["sections"][number]} */
function tellSection(section) {
  if (section.type !== "table") return section;
  const column = section.columns.find(({ title }) => title === WORDED);
  if (column === undefined) return section;
  return { ...section, data: section.data.map((block) => ({ ...block, rows: block.rows.map((cells) => tellCell(cells, column.field)) })) };
}

/** @param {import("./figures.js").Cells} cells @param {string} field @returns {import("./figures.js").Cells} */
function tellCell(cells, field) {
  const cell = cells[field];
  return cell === undefined ? cells : { ...cells, [field]: { ...cell, v: told(cell.v) } };
}
