import assert from "node:assert/strict";
import { test } from "node:test";
import { Feed } from "../../events/static/events/alerts/feed.js";

const alertOf = (id, trackerId, label) => ({ id, event: "sos", time: "2026-03-04T12:00:00Z", tracker_id: trackerId, is_read: false, rule_id: 1, extra: { tracker_label: label } });

test("vehicles are those that there is an alert of, each once, as they were called last", () => {
  const feed = new Feed();
  feed.replace([alertOf(1, 7, "Van"), alertOf(2, 9, "Truck")], 2);
  feed.add(alertOf(3, 7, "Van 7"));
  assert.deepEqual([...feed.vehicles], [[7, "Van 7"], [9, "Truck"]]);
});

test("vehicles are no more than the alerts that are kept", () => {
  const feed = new Feed();
  for (let id = 1; id <= 1_500; id += 1) feed.add(alertOf(id, id, `Van ${id}`));
  assert.equal(feed.vehicles.size, 1_000);
  assert.equal(feed.vehicles.has(500), false);
});
