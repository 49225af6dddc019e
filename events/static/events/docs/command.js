/** From the form of the console to a command. */

import { ApiFailure } from "../api.js";

/**
 * @param {"subscribe"|"unsubscribe"} action
 * @param {string} hash
 * @param {HTMLFormControlsCollection} fields
 * @param {number[]} allIds of the trackers that the login sees: `state` cannot ask for all
 * @returns {object}
 */
export function buildCommand(action, hash, fields, allIds) {
  const types = [...fields.types].filter(({ checked }) => checked).map(({ value }) => value);
  if (types.length === 0) throw new ApiFailure("Choose a type of events.");
  const ids = fields.target.value === "selected" ? readIds(fields.trackers.value) : null;
  const requests = types.map((type) => buildRequest(type, fields, ids, allIds));
  return { action, hash, ...(fields.iso.checked && { iso_datetime: true }), requests };
}

function buildRequest(type, fields, ids, allIds) {
  const format = { format: fields.format.value };
  if (type === "state") return { type, trackers: ids ?? needed(allIds), ...format };
  const target = ids === null ? { type: "all" } : { type: "selected", tracker_ids: ids };
  const rate = fields.rate.value.trim() ? { rate_limit: fields.rate.value.trim() } : {};
  if (type === "state_batch") return { type, target, ...rate, ...format };
  if (type === "iot_monitor") return { type, target, ...rate };
  const sensor = fields.sensor.value.trim() ? { sensor_type: fields.sensor.value.trim() } : {};
  return { type, target, ...rate, ...sensor, include_components: fields.components.checked };
}

function needed(ids) {
  if (ids.length === 0) throw new ApiFailure("This login has no trackers. state_batch can wait for the first one.");
  return ids;
}

function readIds(text) {
  const words = text.split(/[\s,;]+/).filter((word) => word !== "");
  const ids = words.map(Number);
  if (ids.length === 0 || !ids.every(Number.isSafeInteger)) {
    throw new ApiFailure("Name the trackers by their ids: 1, 2, 3.");
  }
  return ids;
}
