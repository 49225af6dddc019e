/** What the server has of alerts. */

/**
 * @typedef {import("./feed.js").Entry} Entry
 * @typedef {object} Reading
 * @property {Record<string, string>} words of kinds of events
 * @property {Entry[]} entries the oldest first
 * @property {number} unread
 * @property {boolean} isWhole whether entries and number belong together: one that came meanwhile may be in one of them alone
 */

const MOST_READ = 1_000;

/**
 * @param {(path: string, parameters: object) => Promise<any>} call @param {?string} hash @param {{from: Date, to: Date}} period
 * @returns {Promise<Reading>}
 */
export async function readAlerts(call, hash, period) {
  const countUnread = async () => (await call("history/unread/count", { hash })).count;
  const before = await countUnread();
  const [types, page] = await Promise.all([
    /** @type {Promise<{list: {type: string, description: string}[]}>} */ (call("history/type/list", { hash, locale: "en" })),
    /** @type {Promise<{list: Entry[]}>} */ (
      call("history/user/list", { hash, ...period, iso_datetime: true, ascending: false, limit: MOST_READ })
    ),
  ]);
  const unread = await countUnread();
  return {
    words: Object.fromEntries(types.list.map(({ type, description }) => [type, description])),
    // What no rule made, as the begin of a trip, is no alert.
    entries: page.list.filter((entry) => entry.rule_id !== null).reverse(),
    unread,
    isWhole: unread === before,
  };
}
