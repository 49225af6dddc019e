/** What a vehicle's status can be: one word for connection, movement, block and access together. */

import { t } from "./words/words.js";

/**
 * @typedef {"moving"|"stopped"|"parked"|"idle"|"offline"|"signal_lost"|"here"|"new"|"blocked"|"elsewhere"|"unavailable"} StatusKey
 * @typedef {{label: string, text: string, color: string}} Status `label` fits a chip, `text` explains
 */

/** In the order in which a dispatcher wants them. @type {Record<StatusKey, Status>} */
export const STATUSES = {
  moving: { label: t("Moving"), text: t("Moving"), color: "#0b8457" },
  stopped: { label: t("Stopped"), text: t("Stopped, trip not finished"), color: "#c76a00" },
  parked: { label: t("Parked"), text: t("Parked"), color: "#2460c4" },
  idle: { label: t("No GPS"), text: t("Connected, but no current GPS fix"), color: "#8746bd" },
  offline: { label: t("Offline"), text: t("Offline"), color: "#66727c" },
  signal_lost: { label: t("Signal lost"), text: t("No signal since it was registered"), color: "#c0322a" },
  here: { label: "", text: t("Its movement is not told"), color: "#0b5ed7" },
  new: { label: t("New", undefined, "status"), text: t("Registered, has not reported yet"), color: "#0b7d94" },
  blocked: { label: t("Blocked"), text: t("Blocked, its reports are refused"), color: "#39434b" },
  elsewhere: { label: t("Elsewhere"), text: t("Not looked at yet: it is on another part of the map"), color: "#75808a" },
  unavailable: { label: t("No access"), text: t("Not available to this login"), color: "#8a949c" },
};

export const STATUS_KEYS = /** @type {StatusKey[]} */ (Object.keys(STATUSES));

const WITHOUT_REPORT = new Set(["just_registered", "just_replaced"]);
const WITHOUT_MOVEMENT = new Set(["idle", "offline", "signal_lost"]);
const MOVEMENTS = new Set(["moving", "stopped", "parked"]);

/**
 * The status of a vehicle. A block or missing access hides the rest; movement counts only while it is connected with a
 * current fix, as it keeps its last value otherwise.
 *
 * @param {import("./fleet.js").Vehicle} vehicle
 * @returns {StatusKey}
 */
export function statusOf({ access, isBlocked, state }) {
  if (access === "unknown" || access === "disallowed") return "unavailable";
  if (isBlocked) return "blocked";
  if (access === "elsewhere") return "elsewhere";
  if (state === null || WITHOUT_REPORT.has(state.connection)) return "new";
  if (WITHOUT_MOVEMENT.has(state.connection)) return /** @type {StatusKey} */ (state.connection);
  // A share link may show where a vehicle is and not what it does.
  if (state.movement === null) return "here";
  return MOVEMENTS.has(state.movement) ? /** @type {StatusKey} */ (state.movement) : "parked";
}
