import assert from "node:assert/strict";
import test from "node:test";
import { readAlerts } from "../../events/static/events/alerts/reading.js";

const PERIOD = { from: new Date(0), to: new Date(1) };

/** A server whose number of unread alerts is the next of these each time it is asked. @param {number[]} numbers */
function serverWith(numbers) {
  const entries = [{ id: 3, rule_id: 7 }, { id: 2, rule_id: null }, { id: 1, rule_id: 7 }];
  const list = { "history/type/list": [{ type: "inzone", description: "in a zone" }], "history/user/list": entries };
  return async (path) => (path === "history/unread/count" ? { count: numbers.shift() } : { list: list[path] });
}

test("alerts are read the oldest first, without what no rule made", async () => {
  const { words, entries, unread, isWhole } = await readAlerts(serverWith([2, 2]), "hash", PERIOD);
  assert.deepEqual(entries.map(({ id }) => id), [1, 3]);
  assert.deepEqual([words, unread, isWhole], [{ inzone: "in a zone" }, 2, true]);
});

test("an alert that comes while they are read leaves no number that may lack it", async () => {
  for (const numbers of [[1, 2], [2, 1]]) assert.equal((await readAlerts(serverWith(numbers), "hash", PERIOD)).isWhole, false);
});
