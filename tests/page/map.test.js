import assert from "node:assert/strict";
import { test } from "node:test";
import { sideOf } from "../../events/static/events/map/bubbles.js";
import { findCrowds, areTogether } from "../../events/static/events/map/crowds.js";
import { countBeyond } from "../../events/static/events/map/hints.js";
import { toPixel, toPlace, toSpot } from "../../events/static/events/map/mercator.js";
import { Pictures, pictureOf } from "../../events/static/events/map/pictures.js";
import { placed } from "../../events/static/events/map/room.js";
import { Rows } from "../../events/static/events/map/rows.js";
import { Fleet } from "../../events/static/events/fleet.js";
import { nearestTo } from "../../events/static/events/history/trailtip.js";
import { isCostly } from "../../events/static/events/link/cost.js";
import { Pace } from "../../events/static/events/pace.js";
import { STATUS_KEYS } from "../../events/static/events/statuses.js";

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

test("states come more seldom where each byte costs", () => {
  assert.deepEqual([{ type: "cellular" }, { type: "wifi", saveData: true }, { type: "wifi" }, undefined].map(isCostly), [true, true, false, false]);
  const pace = new Pace();
  assert.ok(pace.save(true));
  assert.equal(pace.limit, "5000ms");
  for (const took of [60, 60, 60]) pace.note(took);
  assert.equal(pace.interval, 5_000);
  assert.ok(pace.hide(true));
  assert.ok(!pace.save(false));
  assert.ok(pace.hide(false));
  assert.equal(pace.interval, 1_000);
});

test("the pointer finds the moment of the trail that is under it", () => {
  const view = { centre: toSpot({ lng: 0, lat: 0 }), zoom: 10, width: 800, height: 600 };
  const trail = [{ time: 1, lng: -0.1, lat: 0 }, { time: 2, lng: 0, lat: 0 }, { time: 3, lng: 0.005, lat: 0 }];
  assert.equal(nearestTo({ x: 401, y: 300 }, trail, view).time, 2);
  assert.equal(nearestTo({ x: 404, y: 303 }, trail, view).time, 3);
  assert.equal(nearestTo({ x: 400, y: 330 }, trail, view), null);
});

test("names lie neither over each other nor over a crowd, and the selected one has its own", () => {
  const window = { ...SCREEN, width: 360, height: 300, zoom: 12 };
  const places = Array.from({ length: 40 }, (_, index) => ({ lng: 19.075 + ((index * 37) % 40) / 800, lat: 47.49 + ((index * 23) % 40) / 2_000 }));
  const rows = rowsAt([...places, ...Array(5).fill({ lng: 19.09, lat: 47.51 })]);
  const crowds = findCrowds(rows.spots, rows.ids.keys(), () => true, window).map((crowd) => ({ ...crowd, half: sideOf(crowd.rows.length) / 2, high: sideOf(crowd.rows.length) / 2 }));
  const sizeOf = (text) => ({ half: 4 + 3 * text.length, high: 8 });
  const names = places.map((_, row) => ({ text: `Van ${"I".repeat(row % 7)}${row}`, ...toPixel(rows.spotOf(row, 0), window) }));
  const seen = placed(names, crowds, { sizeOf, most: 128 });
  const boxes = [...crowds, ...seen.map((name) => ({ ...name, ...sizeOf(name.text) }))];
  const areOver = (one, other) => Math.abs(one.x - other.x) < one.half + other.half && Math.abs(one.y - other.y) < one.high + other.high;
  for (const one of boxes) for (const other of boxes.slice(boxes.indexOf(one) + 1)) assert.ok(crowds.includes(other) || !areOver(one, other));
  assert.ok(seen.length > 5 && seen.length < names.length && crowds.length > 0);
  // Whoever has no name would have no room for one.
  for (const name of names) if (!seen.includes(name)) assert.ok(boxes.some((box) => areOver({ ...name, ...sizeOf(name.text) }, box)));
  const free = names.find((name) => !crowds.some((crowd) => areOver({ ...name, ...sizeOf(name.text) }, crowd)) && !seen.includes(name));
  assert.equal(placed([free, ...names], crowds, { sizeOf, most: 128 })[0], free);
  assert.equal(placed(names, [], { sizeOf, most: 3 }).length, 3);
});

test("an arrow is where a heading is known and wanted, and nowhere does it point north for nothing", () => {
  const moving = (heading) => ({ status: "moving", state: { heading } });
  const [arrow, disc] = [pictureOf(moving(90), true), pictureOf(moving(90), false)];
  assert.deepEqual([arrow.angle, disc.angle], [Math.PI / 2, 0]);
  assert.notEqual(arrow.icon, disc.icon);
  assert.deepEqual(pictureOf(moving(null), true), disc);
  assert.equal(pictureOf(moving(0), true).icon, arrow.icon);
  const parked = { status: "parked", state: { heading: 90 } };
  assert.deepEqual(pictureOf(parked, true), pictureOf(parked, false));
  assert.equal(new Set([...STATUS_KEYS.map((status) => pictureOf({ status, state: { heading: 1 } }, true).icon), disc.icon, new Pictures().ring]).size, STATUS_KEYS.length + 2);
});
