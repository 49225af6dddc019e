/** The alerts that the page knows of, the newest first, and which of them this login has not read. Pure. */

/**
 * An entry of an account's history, as `history/tracker/list` and the event `history` have it.
 *
 * @typedef {object} Entry
 * @property {number} id
 * @property {string} event
 * @property {string} message
 * @property {string} time ISO date
 * @property {number} tracker_id
 * @property {boolean} is_read
 * @property {?number} rule_id null: no rule made it
 * @property {{emergency?: boolean, push?: boolean, tracker_label: string}} extra
 * @property {?{lat: number, lng: number}} location
 */

const MOST_KEPT = 1_000;

export class Feed {
  /** @type {Map<number, Entry>} */
  #entries = new Map();
  /** Entries older than those here count, too. */
  unread = 0;

  clear() {
    this.#entries.clear();
    this.unread = 0;
  }

  /** Takes what the server has, in the place of what was known. @param {Entry[]} entries @param {number} unread */
  replace(entries, unread) {
    this.clear();
    for (const entry of entries) this.#entries.set(entry.id, entry);
    this.unread = unread;
  }

  /** @param {Entry} entry @returns {boolean} whether it is news here */
  add(entry) {
    if (this.#entries.has(entry.id)) return false;
    this.#entries.set(entry.id, entry);
    this.unread += entry.is_read ? 0 : 1;
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > MOST_KEPT) this.#entries.delete(oldest);
    return true;
  }

  /** @param {number} id @returns {boolean} whether it was unread until now */
  markRead(id) {
    const entry = this.#entries.get(id);
    if (!entry || entry.is_read) return false;
    entry.is_read = true;
    this.unread = Math.max(0, this.unread - 1);
    return true;
  }

  /** @param {number} id @returns {?Entry} if it is known */
  get(id) {
    return this.#entries.get(id) ?? null;
  }

  markAllRead() {
    for (const entry of this.#entries.values()) entry.is_read = true;
    this.unread = 0;
  }

  /** Each kind of event that there is. */
  get events() {
    return [...new Set([...this.#entries.values()].map(({ event }) => event))].sort();
  }

  /** Each vehicle that there is an alert of, and what it was called then. @returns {Map<number, string>} by tracker id */
  get vehicles() {
    return new Map([...this.#entries.values()].map(({ tracker_id: trackerId, extra }) => [trackerId, extra.tracker_label]));
  }

  /** @param {{event: string, trackerId: ?number, onlyEmergency: boolean, onlyUnread: boolean}} filter */
  chosen({ event, trackerId, onlyEmergency, onlyUnread }) {
    return [...this.#entries.values()]
      .filter((entry) => event === "" || entry.event === event)
      .filter((entry) => trackerId === null || entry.tracker_id === trackerId)
      .filter((entry) => !onlyEmergency || entry.extra.emergency)
      .filter((entry) => !onlyUnread || !entry.is_read)
      .sort((one, other) => Date.parse(other.time) - Date.parse(one.time) || other.id - one.id);
  }
}
