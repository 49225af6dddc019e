/** Device ids, and kinds of devices as people know them. Pure. */

import { told } from "../words/told.js";
import { keys, t } from "../words/words.js";

/** What the server says of the ways to report, beside the names that apps have. */
keys(
  "OwnTracks, over HTTP",
  "OwnTracks, over MQTT",
  "An app of one's own on transistorsoft's library",
  "A Traccar server that forwards",
  "A device with the generic protocol, over HTTP",
  "In the app: Settings, then the sign of a code at the top. Android's camera opens the app as well.",
  "Plugins, Trip recording, Settings, Online tracking.",
  "Logging details, Log to custom URL.",
  "Scan it with the camera of the phone. On Android allow remote configuration in the app before.",
  "The broker decides who publishes where. The app has no place for an ingest key: demand none.",
  "Scan it with the camera of the phone.",
  "One place, or batchSync.",
  "In traccar.xml, an entry each. A server can bring one key only: the same for all of its devices.",
  "Each message names the device.",
  "Any device behind a Traccar server",
  "Navixy Generic Protocol",
);

/** Read aloud and typed in again: nothing that looks like something else. */
const LETTERS = "abcdefghjkmnpqrstuvwxyz23456789";
const LENGTH = 10;
/** A phone with an app, which is what most begin with. */
export const PHONE = "osmand";

/** @param {Uint8Array} bytes random ones, ten @returns {string} an id that nobody else has: "pk3m9xq2d7" */
export function makeDeviceId(bytes) {
  return [...bytes.slice(0, LENGTH)].map((byte) => LETTERS[byte % LETTERS.length]).join("");
}

/** What was typed or pasted, as a device would send it: without what is around it, leading zeros kept. @param {string} text */
export function readDeviceId(text) {
  return text.replaceAll(/[\s\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, "");
}

/** @param {{code: string, name: string}} model of `tracker/list_models` */
export function nameOfModel({ code, name }) {
  return code === PHONE ? t("A phone with an app") : told(name);
}

/** What is to be said of the pairing. @param {{isHeard: boolean, refusal: ?string}} heard @returns {{state: string, text: string}} */
export function tellHeard({ isHeard, refusal }) {
  if (isHeard) return { state: "heard", text: t("The first report has come.") };
  if (refusal !== null) return { state: "refused", text: t("A report came and was refused: {reason}.", { reason: refusal }) };
  return { state: "waiting", text: t("Waiting for the first report…") };
}
