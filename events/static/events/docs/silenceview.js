/** The table of trackers that were asked for, each with the reason why it is silent. */

import { element } from "./elements.js";

/** @type {Record<import("./silence.js").Kind, string>} */
const KINDS = {
  unknown: "Unknown",
  disallowed: "Disallowed",
  blocked: "Blocked",
  ended: "Ended",
  no_report: "No report",
  reported: "Normal",
};
/** More rows than anybody reads. */
const MAX_ROWS = 200;

export class SilenceView {
  #body;
  #rest;
  /** @type {Map<number, HTMLElement>} */
  #rows = new Map();

  /** @param {HTMLTableSectionElement} body @param {HTMLElement} rest says which trackers have no row */
  constructor(body, rest) {
    this.#body = body;
    this.#rest = rest;
  }

  /** @param {import("./silence.js").Explanation[]} explanations */
  show(explanations) {
    const shown = explanations.slice(0, MAX_ROWS);
    this.#showRest(explanations.length, shown.length);
    const ids = new Set(shown.map(({ id }) => id));
    for (const [id, row] of this.#rows) if (!ids.has(id)) this.#drop(id, row);
    shown.forEach((explanation, index) => this.#showRow(explanation, index));
  }

  /** @param {number} count @param {number} shown */
  #showRest(count, shown) {
    this.#rest.hidden = count > 0 && count === shown;
    setText(this.#rest, count === 0 ? "Subscribe, and each tracker has a row here." : `And ${count - shown} more.`);
  }

  /** @param {number} id @param {HTMLElement} row */
  #drop(id, row) {
    row.remove();
    this.#rows.delete(id);
  }

  /** @param {import("./silence.js").Explanation} explanation @param {number} index */
  #showRow({ id, label, kind, connection, text }, index) {
    let row = this.#rows.get(id);
    if (row === undefined) {
      row = element("tr", {}, [
        element("th", { scope: "row" }),
        element("td", { className: "status" }),
        element("td", { className: "connection" }),
        element("td", { className: "why" }),
      ]);
      row.dataset.tracker = String(id);
      this.#rows.set(id, row);
    }
    // Moved only if it must: a row that is put where it stands loses the reader's selection.
    if (this.#body.children[index] !== row) this.#body.insertBefore(row, this.#body.children[index] ?? null);
    row.dataset.kind = kind;
    const texts = [label, KINDS[kind], connection || "\u2013", text];
    texts.forEach((value, index) => setText(row.children[index], value));
  }
}

/** @param {Element} cell @param {string} text */
function setText(cell, text) {
  if (cell.textContent !== text) cell.textContent = text;
}
