import assert from "node:assert/strict";
import { test } from "node:test";
import { Fleet } from "../../events/static/events/fleet.js";
import { describeAge } from "../../events/static/events/freshness.js";

const NOW = Date.parse("2026-05-01T12:00:00Z");
const MINUTE = 60_000;

function fleetOf(fixedAt) {
  const fleet = new Fleet();
  const source = { id: 7, device_id: "device", model: "", phone: "", blocked: false };
  fleet.setTrackers([{ id: 1, label: "Van", source }]);
  const gps = { updated: new Date(fixedAt).toISOString(), location: { lat: 1, lng: 2 } };
  fleet.applyState({ source_id: 7, gps, last_update: gps.updated, connection_status: "active" });
  fleet.takeDirty();
  return fleet;
}

test("a position ages without reports", () => {
  const fleet = fleetOf(NOW);
  const seen = [9, 11, 59, 61].map((minutes) => {
    fleet.age(NOW + minutes * MINUTE);
    return [fleet.get(1).freshness, fleet.takeDirty().size];
  });
  assert.deepEqual(seen, [["fresh", 0], ["aging", 1], ["aging", 0], ["old", 1]]);
});

test("a new fix is fresh again", () => {
  const fleet = fleetOf(NOW - 90 * MINUTE);
  fleet.age(NOW);
  fleet.applyState({ source_id: 7, gps: { updated: new Date(NOW).toISOString() }, connection_status: "active" });
  fleet.age(NOW);
  assert.equal(fleet.get(1).freshness, "fresh");
});

test("a report without a fix does not hide how old the fix is", () => {
  assert.equal(describeAge({ updatedAt: NOW, fixedAt: NOW - 5_000 }, NOW + 12_000), "12 s ago");
  assert.equal(describeAge({ updatedAt: NOW, fixedAt: NOW - 3_600_000 }, NOW), "now, fix 1 h ago");
  assert.equal(describeAge({ updatedAt: NOW, fixedAt: null }, NOW), "now");
  assert.equal(describeAge(null, NOW), "never");
});

test("levels that are read while the past is shown are of the present", () => {
  const fleet = fleetOf(NOW);
  const past = { position: { lat: 50, lng: 60 }, battery: null, gsm: null };
  fleet.showPast(new Map([[1, { state: past, status: "parked", freshness: "fresh" }]]));
  fleet.applyLevels({ source_id: 7, battery_level: 40, gsm: { signal_level: 60 } });
  assert.deepEqual([fleet.get(1).state.position.lat, fleet.get(1).state.battery], [50, null]);
  fleet.showNow();
  assert.deepEqual([fleet.get(1).state.position.lat, fleet.get(1).state.battery], [1, 40]);
});
