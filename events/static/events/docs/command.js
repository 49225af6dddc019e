/** From the form of the console to a command. */

import { ApiFailure } from "../api.js";
import { find } from "../dom.js";

/**
 * @param {"subscribe"|"unsubscribe"} action
 * @param {string} hash
 * @param {HTMLFormElement} form
 * @param {number[]} allIds of the trackers that the login sees: `state` cannot ask for all
 * @returns {object}
 */
export function buildCommand(action, hash, form, allIds) {
  const types = chosenTypes(form);
  if (types.length === 0) throw new ApiFailure("Choose a type of events.");
  const ids = textIn(form, "target") === "selected" ? readIds(textIn(form, "trackers")) : null;
  const requests = types.map((type) => buildRequest(type, form, ids, allIds));
  return { action, hash, ...(isTicked(form, "iso") && { iso_datetime: true }), requests };
}

/** @param {HTMLFormElement} form @returns {string[]} */
export function chosenTypes(form) {
  const boxes = /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll("[name=types]:checked"));
  return [...boxes].map(({ value }) => value);
}

/** @param {HTMLFormElement} form @param {string} name */
export function isTicked(form, name) {
  return find(form, `[name=${name}]`, HTMLInputElement).checked;
}

/** @param {HTMLFormElement} form @param {string} name @returns {string} without spaces around it */
export function textIn(form, name) {
  return String(new FormData(form).get(name) ?? "").trim();
}

/** @param {string} type @param {HTMLFormElement} form @param {?number[]} ids @param {number[]} allIds */
function buildRequest(type, form, ids, allIds) {
  const format = { format: textIn(form, "format") };
  if (type === "state") return { type, trackers: ids ?? needed(allIds), ...format };
  const target = ids === null ? { type: "all" } : { type: "selected", tracker_ids: ids };
  const rate = textIn(form, "rate") ? { rate_limit: textIn(form, "rate") } : {};
  if (type === "state_batch") return { type, target, ...rate, ...format };
  if (type === "iot_monitor") return { type, target, ...rate };
  const sensor = textIn(form, "sensor") ? { sensor_type: textIn(form, "sensor") } : {};
  return { type, target, ...rate, ...sensor, include_components: isTicked(form, "components") };
}

/** @param {number[]} ids */
function needed(ids) {
  if (ids.length === 0) throw new ApiFailure("This login has no trackers. state_batch can wait for the first one.");
  return ids;
}

/** @param {string} text */
function readIds(text) {
  const words = text.split(/[\s,;]+/).filter((word) => word !== "");
  const ids = words.map(Number);
  if (ids.length === 0 || !ids.every(Number.isSafeInteger)) {
    throw new ApiFailure("Name the trackers by their ids: 1, 2, 3.");
  }
  return ids;
}
