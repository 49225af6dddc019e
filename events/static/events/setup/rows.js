/** Rows of the lists in this panel. */

import { isolate } from "../texts.js";

/**
 * @param {{id: number, title: string, about: string, note?: string}} row @param {?() => void} open null: it cannot be
 * @returns {HTMLLIElement}
 */
export function rowOf({ id, title, about, note = "" }, open) {
  const item = document.createElement("li");
  const row = document.createElement(open === null ? "div" : "button");
  const [head, text, state] = ["b", "span", "i"].map((tag) => document.createElement(tag));
  [head.textContent, text.textContent, state.textContent] = [isolate(title), about, note];
  row.className = "setup-row";
  row.dataset.row = String(id);
  row.append(head, text, state);
  if (row instanceof HTMLButtonElement) row.type = "button";
  if (open !== null) row.addEventListener("click", open);
  item.append(row);
  return item;
}
