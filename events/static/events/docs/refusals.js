/** The table of refused reports: what `tracker/refusals/list` says of a login's devices, or to the staff of all. */

import { isolate } from "../texts.js";
import { element } from "./elements.js";

/** @typedef {{device_id: string, address?: string, reason: string, way: string, time: string, count: number}} Refused */

export class RefusalsView {
  #table;
  #message;

  /** @param {HTMLTableElement} table @param {HTMLElement} message */
  constructor(table, message) {
    this.#table = table;
    this.#message = message;
  }

  /** @param {Refused[]} refusals as the call gives them, the newest first */
  show(refusals) {
    this.#message.dataset.failed = "false";
    this.#message.textContent = refusals.length ? `${refusals.length} shown.` : "None was refused of late.";
    this.#table.hidden = refusals.length === 0;
    this.#table.tBodies[0].replaceChildren(...refusals.map(toRow));
  }

  /** @param {string} text why it cannot be told */
  fail(text) {
    this.#message.dataset.failed = "true";
    this.#message.textContent = text;
    this.#table.hidden = true;
  }
}

/** @param {Refused} refused */
function toRow({ device_id: device, address, reason, way, time, count }) {
  const sender = address === undefined ? isolate(device) : `${isolate(device)} from ${address}`;
  const cells = [isolate(reason), way, time, String(count)].map((textContent) => element("td", { textContent }));
  return element("tr", {}, [element("th", { scope: "row", textContent: sender }), ...cells]);
}

/**
 * @param {Refused|undefined} refusal @param {{names: string[]}[]|undefined} leftOut
 * @returns {string} what else is to be said of a tracker's silence; empty: nothing
 */
export function addRefusal(refusal, leftOut) {
  const refused = refusal ? ` Refused last: ${isolate(refusal.reason)}, by ${refusal.way}, ${refusal.time}.` : "";
  const names = [...new Set((leftOut ?? []).flatMap(({ names }) => names))];
  return refused + (names.length ? ` Left out, as it cannot be right: ${names.map(isolate).join(", ")}.` : "");
}
