/** What is known of a silent vehicle line by line: its last report and position, its block, and how the page hears of it. Pure. */

import { formatAge, formatDuration, formatMoment } from "../time.js";
import { listed, t } from "../words/words.js";

/** The server's times are cut to seconds. */
const PROMPT_MS = 2_000;

/**
 * @typedef {import("../link/verdicts.js").Verdict} Verdict
 *
 * How the page hears of a vehicle.
 *
 * @typedef {object} Hearing
 * @property {?Verdict} verdict of the server when it was asked to tell of it; null: not asked, or not answered yet
 * @property {string[]} kinds of events that come of it
 * @property {?import("../link/ladder.js").Transport} transport null: the page does not hear the server
 * @property {?number} delayMs for how long the newest message was on its way; null: not known
 *
 * @typedef {{key: string, name: string, text: string}} Fact
 */

/** @type {Record<Verdict, string>} */
const VERDICTS = {
  normal: t("Normal: the server tells the page all that it reports."),
  blocked: t("Blocked: the server tells nothing of it until it is unblocked."),
  disallowed: t("Disallowed: the account has it, but this login may not see it."),
  unknown: t("Unknown: the server knows of no such vehicle in this account; it may have been removed."),
  refused: t("Refused: the server did not take the page's request for it."),
};

/** @type {Record<string, string>} */
const KINDS = {
  state: t("each change of its state"),
  state_batch: t("batches of states"),
  readings_batch: t("sensors and counters"),
  iot_monitor: t("its last reports"),
  history: t("alerts"),
};

/** @type {Record<import("../link/ladder.js").Transport, string>} */
const TRANSPORTS = {
  websocket: t("by a websocket"),
  sse: t("by server-sent events, as no websocket gets through"),
  streaming: t("by streaming, as no websocket gets through"),
  "long-polling": t("by polling, as no websocket gets through"),
};

/** @param {import("./silence.js").Known} known @returns {Fact[]} always the same ones in the same order; an empty text leaves a line out */
export function factsOf({ vehicle, now, reports, hearing }) {
  const { state, isBlocked } = vehicle;
  return [
    { key: "report", name: t("Last report"), text: state ? moment(state.updatedAt, now) : "" },
    { key: "fix", name: t("Last fix"), text: state ? moment(state.fixedAt, now) : "" },
    { key: "queue", name: t("Reports that are kept"), text: tellQueue(reports, now) },
    { key: "block", name: t("Block", undefined, "of a device"), text: isBlocked ? t("blocked: what it sends is refused") : t("not blocked") },
    { key: "verdict", name: t("Subscription"), text: tellVerdict(hearing) },
    { key: "kinds", name: t("What is followed"), text: tellKinds(hearing) },
    { key: "transport", name: t("Transport"), text: tellTransport(hearing) },
    { key: "waiting", name: t("On the way"), text: tellWaiting(hearing) },
  ];
}

/** What the server answered that means that nothing comes; a block is told of before. @param {Hearing} hearing @returns {string} empty: all is as it should be */
export function tellRefusal({ verdict }) {
  return verdict === null || verdict === "normal" || verdict === "blocked" ? "" : VERDICTS[verdict];
}

/** @param {Hearing} hearing */
function tellVerdict({ verdict, transport }) {
  if (transport === null) return t("Not asked for: the page does not hear the server.");
  return verdict === null ? t("Not asked for yet, or the server has not answered.") : VERDICTS[verdict];
}

/** @param {Hearing} hearing */
function tellKinds({ kinds, transport }) {
  const known = Object.keys(KINDS).filter((kind) => kinds.includes(kind));
  return transport === null || known.length === 0 ? t("nothing of it") : listed(known.map((kind) => KINDS[kind]), "and");
}

/** @param {Hearing} hearing */
function tellTransport({ transport }) {
  return transport === null ? t("none: it is tried again by itself") : TRANSPORTS[transport];
}

/** The server does not tell how much waits there; it keeps the newest state of each vehicle for who is slow. @param {Hearing} hearing */
function tellWaiting({ transport, delayMs }) {
  if (transport === null || delayMs === null) return "";
  if (delayMs < PROMPT_MS) return t("nothing waits: what the server says is here at once");
  return t("messages wait: the last one took {duration}. Of what changes meanwhile the newest state comes", { duration: formatDuration(delayMs) });
}

/** @param {import("./queue.js").Report[]} reports the newest first @param {number} now */
function tellQueue([newest, ...older], now) {
  if (newest === undefined) return "";
  const values = { n: older.length + 1, made: formatAge(newest.time, now), came: formatAge(newest.receivedAt, now) };
  return t("{n}, the newest made {made}, received {came}", values);
}

/** @param {?number} at @param {number} now */
function moment(at, now) {
  return at === null ? t("Never") : t("{moment} ({age})", { moment: formatMoment(at), age: formatAge(at, now) });
}
