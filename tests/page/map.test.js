import assert from "node:assert/strict";
import { test } from "node:test";
import { readLooked, writeLooked } from "../../events/static/events/address.js";
import { findCrowds, areTogether } from "../../events/static/events/map/crowds.js";
import { countBeyond } from "../../events/static/events/map/hints.js";
import { toPlace, toSpot } from "../../events/static/events/map/mercator.js";
import { Rows } from "../../events/static/events/map/rows.js";
import { Fleet } from "../../events/static/events/fleet.js";
import { Order } from "../../events/static/events/order.js";
import { Pace } from "../../events/static/events/pace.js";

const CITY = { lng: 19.1, lat: 47.5 };
const SCREEN = { centre: toSpot(CITY), zoom: 12, width: 1000, height: 800 };
const METRE = 1 / 111_320;

function rowsAt(places, now = 0) {
  const rows = new Rows();
  places.forEach((place, index) => rows.put(index + 1, place, { icon: 0, angle: 0, now, isGliding: true }));
  return rows;
}

function near(place, { lng, lat }) {
  return Math.abs(place.lng - lng) < METRE && Math.abs(place.lat - lat) < METRE;
}

test("a vehicle glides to its fix in the time that fixes are apart", () => {
  const rows = rowsAt([CITY]);
  const there = { lng: 19.11, lat: 47.5 };
  rows.put(1, there, { icon: 0, angle: 0, now: 4_000, isGliding: true });
  const placeAt = (now) => toPlace(rows.spotOf(rows.rowOf(1), now));
  assert.ok(near(placeAt(4_000), CITY));
  assert.ok(near(placeAt(6_000), { lng: 19.105, lat: 47.5 }));
  assert.ok(near(placeAt(60_000), there));
  assert.equal(rows.speedOf(0, 60_000), 0);
});

test("what is no drive is jumped", () => {
  for (const [place, now, isGliding] of [
    [{ lng: 19.101, lat: 47.5 }, 20_000, true],
    [{ lng: 20.2, lat: 47.5 }, 1_000, true],
    [{ lng: 19.101, lat: 47.5 }, 1_000, false],
  ]) {
    const rows = rowsAt([CITY]);
    rows.put(1, place, { icon: 0, angle: 0, now, isGliding });
    assert.ok(near(toPlace(rows.spotOf(0, now)), place));
  }
});

test("rows stay whole when some leave and many come", () => {
  const places = Array.from({ length: 600 }, (_, index) => ({ lng: 19 + index / 1000, lat: 47 }));
  const rows = rowsAt(places);
  for (let trackerId = 1; trackerId <= 600; trackerId += 2) assert.ok(rows.remove(trackerId));
  assert.ok(!rows.remove(1));
  assert.equal(rows.size, 300);
  for (let trackerId = 2; trackerId <= 600; trackerId += 2) {
    assert.ok(near(toPlace(rows.spotOf(rows.rowOf(trackerId), 1e6)), places[trackerId - 1]));
  }
});

test("a glide goes on where it was when seconds are counted anew", () => {
  const rows = rowsAt([CITY], 3_599_000);
  rows.put(1, { lng: 19.11, lat: 47.5 }, { icon: 0, angle: 0, now: 3_603_000, isGliding: true });
  const before = rows.spotOf(0, 3_605_000);
  assert.ok(rows.refresh(3_605_000));
  assert.ok(near(toPlace(rows.spotOf(0, 3_605_000)), toPlace(before)));
});

test("forty in one yard are one crowd at every zoom", () => {
  const rows = rowsAt([...Array(40).fill(CITY), { lng: 19.13, lat: 47.52 }]);
  for (const zoom of [3, 12, 17]) {
    const crowds = findCrowds(rows.spots, rows.ids.keys(), () => true, { ...SCREEN, zoom });
    assert.deepEqual(crowds.map(({ rows: members }) => members.length), [zoom === 3 ? 41 : 40]);
  }
  assert.ok(areTogether(rows.spots, [0, 1, 39], 17));
  assert.ok(!areTogether(rows.spots, [0, 40], 17));
});

test("two that pass each other are no crowd", () => {
  const rows = rowsAt([CITY, CITY]);
  assert.deepEqual(findCrowds(rows.spots, [0, 1], () => false, SCREEN), []);
});

test("everybody is in one crowd or in none", () => {
  const places = Array.from({ length: 500 }, (_, index) => ({ lng: 19 + (index % 23) / 90, lat: 47.4 + (index % 31) / 150 }));
  const rows = rowsAt(places);
  const members = findCrowds(rows.spots, rows.ids.keys(), () => true, { ...SCREEN, zoom: 10 }).flatMap((crowd) => crowd.rows);
  assert.equal(new Set(members).size, members.length);
});

test("who is beyond a side is counted there", () => {
  const rows = rowsAt([CITY, { lng: 20, lat: 47.5 }, { lng: 21, lat: 47.5 }, { lng: 19.1, lat: 40 }]);
  const { right, bottom, left, top } = countBeyond(rows.spots, rows.ids.keys(), SCREEN);
  assert.deepEqual([right.count, right.row, bottom.count, left.count, top.count], [2, 1, 1, 0, 0]);
});

function fleetOf(labels) {
  const fleet = new Fleet();
  const source = { device_id: "", model: "", phone: "", blocked: false };
  fleet.setTrackers(labels.map((label, index) => ({ id: index + 1, label, source: { ...source, id: index + 1 } })));
  return fleet;
}

test("names are in the order of their numbers, and equal ones stay so", () => {
  const fleet = fleetOf(["Van 10", "Van 9", "van 1", "Bus"]);
  const order = new Order();
  const labels = () => order.arrange(() => true).map(({ label }) => label);
  order.take(fleet);
  assert.deepEqual(labels(), ["Bus", "van 1", "Van 9", "Van 10"]);
  order.name = "speed";
  for (const [trackerId, speed] of [[1, 80], [3, 30]]) {
    fleet.applyState({ source_id: trackerId, gps: { speed, location: null }, connection_status: "active" });
  }
  assert.deepEqual(labels(), ["Van 10", "van 1", "Bus", "Van 9"]);
  assert.deepEqual(order.pick(({ label }) => label.startsWith("Van")).map(({ label }) => label), ["Van 10", "Van 9"]);
});

test("counts follow every change", () => {
  const fleet = fleetOf(["one", "two"]);
  fleet.applyState({ source_id: 1, gps: {}, connection_status: "offline" });
  assert.deepEqual([fleet.counts().offline, fleet.counts().new], [1, 1]);
  fleet.clear();
  assert.ok(Object.values(fleet.counts()).every((count) => count === 0));
});

test("a compact state keeps what only whole ones say", () => {
  const fleet = fleetOf(["one"]);
  fleet.applyState({ source_id: 1, gps: {}, connection_status: "active", battery_level: 80 });
  fleet.applyState({ source_id: 1, gps: {}, connection_status: "active" });
  assert.equal(fleet.get(1).state.battery, 80);
});

test("states come more seldom when they are much work, and oftener again", () => {
  const pace = new Pace();
  assert.equal(pace.limit, "500ms");
  assert.deepEqual([60, 60, 60].map((took) => pace.note(took)), [false, false, true]);
  assert.equal(pace.interval, 1_000);
  assert.deepEqual([5, 60, 5, 5, 5].map((took) => pace.note(took)), [false, false, false, false, true]);
  assert.equal(pace.interval, 500);
});

test("nobody is told often what nobody sees", () => {
  const pace = new Pace();
  assert.ok(pace.hide(true));
  assert.equal(pace.interval, 10_000);
  assert.ok(!pace.note(9_000));
  assert.ok(pace.hide(false));
  assert.equal(pace.interval, 500);
});

test("an address says again what was looked at", () => {
  const looked = { view: { center: [19.1, 47.5], zoom: 12.25 }, statuses: ["moving", "offline"], search: "a&b #1", vehicle: 7 };
  assert.deepEqual(readLooked(writeLooked(looked)), looked);
  assert.equal(writeLooked({ view: null, statuses: [], search: "", vehicle: null }), "");
});

test("what an address has that means nothing is passed over", () => {
  for (const hash of ["#map=1/2", "#map=a/b/c", "#map=3/99/0", "#vehicle=-1", "#vehicle=x", "#x", "#%"]) {
    assert.deepEqual(readLooked(hash), { view: null, statuses: [], search: "", vehicle: null });
  }
});
