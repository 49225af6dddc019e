/** The table of trackers that were asked for, each with the reason why it is silent. */

import { element } from "./elements.js";

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
  #empty;
  #rows = new Map();

  /** @param {HTMLTableSectionElement} body @param {HTMLElement} empty shown while there is no tracker */
  constructor(body, empty) {
    this.#body = body;
    this.#empty = empty;
  }

  /** @param {import("./silence.js").Explanation[]} explanations */
  show(explanations) {
    const shown = explanations.slice(0, MAX_ROWS);
    this.#empty.hidden = shown.length > 0;
    const ids = new Set(shown.map(({ id }) => id));
    for (const [id, row] of this.#rows) if (!ids.has(id)) this.#drop(id, row);
    for (const explanation of shown) this.#showRow(explanation);
  }

  #drop(id, row) {
    row.remove();
    this.#rows.delete(id);
  }

  #showRow({ id, label, kind, connection, text }) {
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
      this.#body.append(row);
    }
    row.dataset.kind = kind;
    const texts = [label, KINDS[kind], connection || "\u2013", text];
    texts.forEach((value, index) => setText(row.children[index], value));
  }
}

function setText(cell, text) {
  if (cell.textContent !== text) cell.textContent = text;
}
