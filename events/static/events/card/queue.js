/** What the last reports of a vehicle said, as `iot_monitor` tells it (api §4.7). Pure. */

/**
 * @typedef {{value: string|number|boolean|null, msg_time: string, srv_time: string}} Said
 * @typedef {{tracker_id: number, all_fields: Record<string, Said[]>}} QueueItem
 *
 * A report: when it was made and when it arrived, in milliseconds, and what it said by name.
 *
 * @typedef {{time: number, receivedAt: number, values: Record<string, Said["value"]>}} Report
 */

/** @param {QueueItem} item @returns {Report[]} newest first */
export function reportsOf({ all_fields: fields }) {
  /** @type {Report[]} */
  const reports = [];
  for (const [name, said] of Object.entries(fields)) {
    for (const [index, { value, msg_time: time, srv_time: receivedAt }] of said.entries()) {
      reports[index] ??= { time: Date.parse(time), receivedAt: Date.parse(receivedAt), values: {} };
      reports[index].values[name] = value;
    }
  }
  return reports;
}

/** @param {Report} report @param {string} name @returns {?number} fractions are told as text */
export function numberIn({ values }, name) {
  const value = values[name];
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : null;
}
