/** What came over the wire, read and put into words. Nothing here touches the page or the clock. */

import { isolate } from "../texts.js";

const HANDSHAKE = /^([A-Za-z0-9_-]{1,128})\|(\d+)\|X\|$/;
const HEARTBEAT = "X";

/**
 * @typedef {import("./elements.js").Json} Json
 * @typedef {(id: number, isSource?: boolean) => string} NameOf what to call a tracker, or the tracker of a source
 *
 * @typedef {{kind: string, document: ?Json, words: string}} Reading
 *   `kind`: handshake, heartbeat, response, error, state, state_batch, readings_batch, iot_monitor, lifecycle, logout,
 *   subscribe, unsubscribe, or text for what is none of these
 */

/**
 * @param {string} text a frame of either side
 * @param {NameOf} nameOf
 * @returns {Reading}
 */
export function readFrame(text, nameOf) {
  if (text === HEARTBEAT) return { kind: "heartbeat", document: null, words: "Heartbeat: the connection lives." };
  const handshake = HANDSHAKE.exec(text);
  if (handshake) return readHandshake(handshake);
  const document = parse(text);
  if (document === null) return { kind: "text", document, words: "Not JSON." };
  const kind = kindOf(document);
  return { kind, document, words: (WORDS[kind] ?? (() => ""))(document, nameOf) };
}

/** @param {string} text @returns {?number} the heartbeat interval in ms that a handshake asks of the client; null: this is none */
export function heartbeatIn(text) {
  const handshake = HANDSHAKE.exec(text);
  return handshake ? Number(handshake[2]) : null;
}

/** @param {string} text @returns {number} what a text takes on the wire */
export function byteLength(text) {
  return new TextEncoder().encode(text).length;
}

/** @param {string[]} handshake @returns {Reading} */
function readHandshake([, id, interval]) {
  const words = `Handshake: this client is ${id}; it is to send X every ${Number(interval) / 1000} s.`;
  return { kind: "handshake", document: null, words };
}

/** @param {string} text @returns {?Json} */
function parse(text) {
  try {
    const document = JSON.parse(text);
    return typeof document === "object" ? document : null;
  } catch {
    return null;
  }
}

/** @param {Json} document @returns {string} */
function kindOf(document) {
  if (document.type === "event") return document.event;
  return document.type ?? document.action ?? "text";
}

/** @type {Record<string, (document: Json, nameOf: NameOf) => string>} */
const WORDS = {
  subscribe: ({ requests, events }) => `Asks for ${typesOf(requests, events)}.`,
  unsubscribe: ({ requests, events }) => `Gives up ${typesOf(requests, events)}.`,
  response: describeResponse,
  error: ({ status, errors }) => `Refused: ${status.description} (${status.code})${describeErrors(errors)}`,
  state: ({ data }, nameOf) => describeState(data, nameOf(data.source_id, true)),
  state_batch: ({ data }, nameOf) => listed(data, (item) => describeItem(item, nameOf)),
  readings_batch: ({ data }, nameOf) => listed(data, (item) => describeReadings(item, nameOf)),
  iot_monitor: ({ data }, nameOf) => listed(data.iot_last_values, (item) => describeQueues(item, nameOf)),
  lifecycle: ({ data }, nameOf) => `${nameOf(data.source_id, true)}: ${data.lifecycle_event}.`,
  logout: () => "The login ended; its subscriptions are gone.",
};

/** @param {Json[]|undefined} requests @param {string[]|undefined} events */
function typesOf(requests, events) {
  return (requests?.map(({ type }) => type) ?? events ?? []).join(", ");
}

/** @param {Json} response */
function describeResponse({ action, data }) {
  if (Array.isArray(data)) return `${action}: ${data.length} trackers.`;
  return Object.entries(data)
    .map(([type, result]) => `${type}: ${describeResult(result)}`)
    .join("; ");
}

/** @param {any} result */
function describeResult({ success, value, status, errors }) {
  if (!success) return `refused, ${status?.description ?? "no reason given"}${describeErrors(errors)}`;
  const counts = new Map();
  for (const one of Object.values(value ?? {})) counts.set(one, (counts.get(one) ?? 0) + 1);
  return [...counts].map(([one, count]) => `${count} ${one}`).join(", ") || "no trackers";
}

/** @param {Json[]|undefined} errors */
function describeErrors(errors) {
  return (errors ?? []).map(({ parameter, error }) => `; ${isolate(parameter)} ${isolate(error)}`).join("");
}

/** @param {Json} item @param {NameOf} nameOf */
function describeItem(item, nameOf) {
  const state = item.state ?? item;
  return describeState(state, item.tracker_id ? nameOf(item.tracker_id) : nameOf(state.source_id, true));
}

/** @param {Json} state @param {string} name */
function describeState({ gps, connection_status: connection, movement_status: movement, last_update: last }, name) {
  const place = gps.location ? `${gps.location.lat}, ${gps.location.lng}` : "no position";
  const speed = gps.speed === null ? "" : `, ${gps.speed} km/h`;
  return `${name}: ${place}${speed}, ${movement}, ${connection}, last report ${last ?? "never"}.`;
}

/** @param {Json} item @param {NameOf} nameOf */
function describeReadings({ tracker_id: id, ...lists }, nameOf) {
  const counts = Object.entries(lists).filter(([, list]) => Array.isArray(list) && list.length > 0);
  return `${id ? nameOf(id) : "readings"}: ${counts.map(([name, list]) => `${list.length} ${name}`).join(", ") || "nothing yet"}.`;
}

/** @param {Json} item @param {NameOf} nameOf */
function describeQueues({ tracker_id: id, all_fields: fields }, nameOf) {
  const names = Object.keys(fields);
  const count = Math.max(0, ...Object.values(fields).map((queue) => queue.length));
  return `${nameOf(id)}: ${count} reports, ${names.length} attributes.`;
}

/** The first items in words, and how many more there are. @param {Json[]} items @param {(item: Json) => string} describe */
function listed(items, describe) {
  const more = items.length > 3 ? ` And ${items.length - 3} more.` : "";
  return items.slice(0, 3).map(describe).join(" ") + more;
}
