/** The last messages about one vehicle, as they came. Pure. */

/** More are forgotten, the oldest first. */
export const MOST_MESSAGES = 50;
/** So are the oldest once all of them are longer than that; the newest stays whatever it is. */
const MOST_CHARACTERS = 200_000;

/**
 * @typedef {import("../fleet.js").Vehicle} Vehicle
 * @typedef {{trackerId: number, sourceId: number}} Ids
 * @typedef {{number: number, at: number, event: string, text: string}} Message `at`: when it came, in milliseconds
 */

/** What of an event's data is about a vehicle; null: nothing. @type {Record<string, (data: any, ids: Ids) => unknown>} */
const CUTS = {
  state: (data, { sourceId }) => (data.source_id === sourceId ? data : null),
  state_batch: itemsOf,
  readings_batch: itemsOf,
  iot_monitor: ({ iot_last_values: items }, ids) => (itemsOf(items, ids) ? { iot_last_values: itemsOf(items, ids) } : null),
  lifecycle: (data, { sourceId }) => (data.source_id === sourceId ? data : null),
  history: (data, { trackerId }) => (data.tracker_id === trackerId ? data : null),
};

/**
 * What of a document of the server is about a vehicle; only events are, and no event has a session's hash.
 * @param {import("../link/frames.js").Frame} frame @param {Ids} ids
 * @returns {?import("../link/frames.js").EventFrame} whole, or a batch with this vehicle's items alone
 */
export function cutTo(frame, ids) {
  if (frame.type !== "event") return null;
  const data = CUTS[frame.event]?.(frame.data, ids) ?? null;
  return data === null ? null : /** @type {any} */ ({ ...frame, data });
}

/** @param {{tracker_id: number}[]} items @param {Ids} ids */
function itemsOf(items, { trackerId }) {
  const own = items.filter((item) => item.tracker_id === trackerId);
  return own.length > 0 ? own : null;
}

export class Tape {
  /** @type {Message[]} oldest first */
  messages = [];
  #count = 0;
  #characters = 0;

  clear() {
    this.messages = [];
    this.#characters = 0;
  }

  /** @param {import("../link/frames.js").EventFrame} frame @param {number} at milliseconds */
  add(frame, at) {
    const text = JSON.stringify(frame);
    this.#count += 1;
    this.messages.push({ number: this.#count, at, event: frame.event, text });
    this.#characters += text.length;
    while (this.messages.length > 1 && (this.messages.length > MOST_MESSAGES || this.#characters > MOST_CHARACTERS)) {
      this.#characters -= /** @type {Message} */ (this.messages.shift()).text.length;
    }
  }

  /** @param {number} moment @returns {number} how many of those that are kept came since */
  countSince(moment) {
    return this.messages.filter(({ at }) => at >= moment).length;
  }
}

/** How much came in a second, over the last seconds. Pure. */
export class Meter {
  /** @type {{at: number, messages: number, bytes: number}[]} */
  #looks = [];

  /**
   * @param {{messages: number, bytes: number}} heard all that ever came @param {number} at of a steady clock, in milliseconds
   * @returns {?{messages: number, bytes: number}} in a second; null: not known yet
   */
  look({ messages, bytes }, at) {
    this.#looks = [...this.#looks.filter((look) => at - look.at <= 10_000), { at, messages, bytes }];
    const [first] = this.#looks;
    const seconds = (at - first.at) / 1000;
    return seconds < 1 ? null : { messages: (messages - first.messages) / seconds, bytes: (bytes - first.bytes) / seconds };
  }
}
