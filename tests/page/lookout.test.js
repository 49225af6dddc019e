import assert from "node:assert/strict";
import { test } from "node:test";
import { addCounts, boundsOf, Lookout } from "../../events/static/events/link/lookout.js";

const TOWN = { north: 48, west: 11, south: 47, east: 12 };
const shifted = (by, box = TOWN) => ({ ...box, west: box.west + by, east: box.east + by });

test("a small fleet is followed by its ids", () => {
  const lookout = new Lookout();
  lookout.see(TOWN);
  assert.deepEqual(lookout.target([1, 2]), { type: "selected", tracker_ids: [1, 2] });
});

test("a large fleet is sampled until something is seen, then what is seen is asked for, and some more", () => {
  const lookout = new Lookout();
  lookout.isOn = true;
  const ids = Array.from({ length: 100_000 }, (_, index) => index + 1);
  const { type, tracker_ids: sample } = lookout.target(ids);
  assert.equal(type, "selected");
  assert.ok(sample.length >= 200 && sample.length < 400);
  assert.ok(sample.at(-1) > 99_000);
  assert.ok(lookout.see(TOWN));
  assert.deepEqual(lookout.target(ids), {
    type: "area",
    bounds: { nw: { lat: 48.25, lng: 10.75 }, se: { lat: 46.75, lng: 12.25 } },
  });
});

test("an area can be asked for once the fleet is large and something is seen", () => {
  const lookout = new Lookout();
  lookout.see(TOWN);
  assert.ok(!lookout.isOfArea);
  lookout.isOn = true;
  assert.ok(lookout.isOfArea);
  assert.equal(lookout.target([]).type, "area");
});

test("the window stays while it holds what is seen and is not much wider", () => {
  const lookout = new Lookout();
  assert.ok(lookout.see(TOWN));
  assert.ok(!lookout.see(shifted(0.2)));
  assert.ok(lookout.see(shifted(0.3)));
  assert.ok(!lookout.see({ north: 47.6, west: 11.3, south: 47.4, east: 12.1 }));
  assert.ok(lookout.see({ north: 47.6, west: 11.5, south: 47.4, east: 11.7 }));
});

test("longitudes of any turn are those of one", () => {
  const over = boundsOf({ north: 1, west: 170, south: 0, east: 190 });
  assert.deepEqual([over.nw.lng, over.se.lng], [170, -170]);
  const turns = boundsOf({ north: 1, west: -550, south: 0, east: -530 });
  assert.deepEqual([turns.nw.lng, turns.se.lng], [170, -170]);
});

test("a view of more than a turn is the whole earth", () => {
  const { nw, se } = boundsOf({ north: 90, west: -100, south: -90, east: 300 });
  assert.deepEqual([nw.lng, se.lng], [-180, 180]);
});

test("counts of both sides are added, by the page's words", () => {
  const counts = addCounts({ inside: { moving: 2, just_registered: 1 }, outside: { moving: 3, offline: 4 } });
  assert.deepEqual(counts, { moving: 5, new: 1, offline: 4 });
});
