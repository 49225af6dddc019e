/** What the server says over the live link (api §5). Pure. */

/**
 * How a subscription to states went: a status per tracker.
 *
 * @typedef {{success: boolean, value?: Record<string, string>}} Access
 *
 * @typedef {object} ResponseFrame
 * @property {"response"} type
 * @property {string} action
 * @property {{state?: Access, state_batch?: Access, shared_state?: Access, history?: Access, tracker_list?: Access}} data
 * @property {string} [user_time]
 *
 * @typedef {{source_id: number, lifecycle_event: string}} Lifecycle
 *
 * @typedef {{type: "event", user_time?: string} & (
 *   {event: "state"|"shared_state", data: import("../fleet.js").WireState} |
 *   {event: "state_batch", data: {state: import("../fleet.js").WireState}[]} |
 *   {event: "readings_batch", data: import("../readings.js").ReadingsItem[]} |
 *   {event: "iot_monitor", data: {iot_last_values: import("../card/queue.js").QueueItem[]}} |
 *   {event: "lifecycle", data: Lifecycle} |
 *   {event: "history", data: import("../alerts/feed.js").Entry|{missed: number}} |
 *   {event: "area_counts", data: {inside: Record<string, number>, outside: Record<string, number>, crowded: boolean}} |
 *   {event: "tracker_list", data: {}} |
 *   {event: "logout", data: string, cause?: string}
 * )} EventFrame
 *
 * @typedef {{type: "error", status: {code: number, description: string}, user_time?: string}} ErrorFrame
 *
 * @typedef {ResponseFrame|EventFrame|ErrorFrame} Frame
 */

/** @param {string} text @returns {?Frame} null for what is no document: padding reaches the page too */
export function readFrame(text) {
  try {
    const frame = JSON.parse(text);
    return typeof frame === "object" ? frame : null;
  } catch {
    return null;
  }
}

/** Whether it answers the command that the link begins with. @param {Frame} frame */
export function isConfirmation(frame) {
  return frame.type === "response" && frame.action === "subscription/subscribe";
}
