import assert from "node:assert/strict";
import { test } from "node:test";
import { areaOfMap, areaOfZone } from "../../events/static/events/filter/area.js";
import { Filter, NO_GROUP } from "../../events/static/events/filter/filter.js";
import { Fleet } from "../../events/static/events/fleet.js";
import { Folds } from "../../events/static/events/list/folds.js";
import { StatusNews } from "../../events/static/events/list/news.js";
import { textAt } from "../../events/static/events/list/fields.js";
import { Lines, isHead, linesByGroup, sizesOf } from "../../events/static/events/list/lines.js";
import { readPlace, writePlace } from "../../events/static/events/list/places.js";
import { NEAREST, Order, orderNamed } from "../../events/static/events/order.js";

const TITLES = new Map([[4, "North"], [5, "east 10"], [6, "East 9"]]);

/** Vehicles with ids from 1 on, in groups. */
function fleetOf(labels, groups = []) {
  const fleet = new Fleet();
  const source = { device_id: "", model: "", phone: "", blocked: false };
  fleet.setTrackers(labels.map((label, index) => ({ id: index + 1, label, group_id: groups[index] ?? 0, source: { ...source, id: index + 1 } })));
  return fleet;
}

function report(fleet, trackerId, gps, more = {}) {
  fleet.applyState({ source_id: trackerId, gps, connection_status: "active", ...more });
}

function labelsIn(order, isWanted = () => true) {
  return order.arrange(isWanted).map(({ label }) => label);
}

test("names are in the order of their numbers, and equal ones stay so", () => {
  const fleet = fleetOf(["Van 10", "Van 9", "van 1", "Bus"]);
  const order = new Order();
  order.take(fleet);
  assert.deepEqual(labelsIn(order), ["Bus", "van 1", "Van 9", "Van 10"]);
  order.name = "speed";
  for (const [trackerId, speed] of [[1, 80], [3, 30]]) report(fleet, trackerId, { speed, location: null });
  assert.deepEqual(labelsIn(order), ["Van 10", "van 1", "Bus", "Van 9"]);
  assert.deepEqual(order.pick(({ label }) => label.startsWith("Van")).map(({ label }) => label), ["Van 10", "Van 9"]);
});

test("the nearest is first, across the 180th meridian too, and who is nowhere is last", () => {
  const fleet = fleetOf(["west", "nowhere", "east", "lost"]);
  report(fleet, 1, { location: { lat: 0, lng: -179.9 } });
  report(fleet, 3, { location: { lat: 0, lng: 179 } });
  const order = new Order();
  order.take(fleet);
  [order.name, order.place] = [NEAREST, { lat: 0, lng: 179.9 }];
  assert.deepEqual(labelsIn(order), ["west", "east", "lost", "nowhere"]);
  order.place = null;
  assert.deepEqual(labelsIn(order), ["east", "lost", "nowhere", "west"]);
});

test("whatever changes, the order is that of all put in order anew", () => {
  const fleet = fleetOf(Array.from({ length: 60 }, (_, index) => `Van ${index}`));
  const order = new Order();
  order.take(fleet);
  for (let round = 0, chance = 1; round < 200; round += 1) {
    for (let count = 0; count < round % 7; count += 1) {
      chance = (chance * 48271) % 2147483647;
      report(fleet, 1 + (chance % 60), { speed: chance % 5, location: { lat: chance % 80, lng: 0 } });
    }
    order.name = ["speed", NEAREST, "label", "status"][Math.floor(round / 9) % 4];
    const afresh = new Order();
    afresh.take(fleet);
    [afresh.name, afresh.place, order.place] = [order.name, { lat: round, lng: 0 }, { lat: round, lng: 0 }];
    assert.deepEqual(labelsIn(order), labelsIn(afresh));
  }
});

test("the emptiest battery is first, and a compact state leaves it as it was", () => {
  const fleet = fleetOf(["full", "empty", "unknown"]);
  for (const [trackerId, level] of [[1, 90], [2, 0]]) {
    report(fleet, trackerId, {});
    fleet.applyLevels({ source_id: trackerId, battery_level: level, gsm: { signal_level: 60 } });
    report(fleet, trackerId, { signal_level: 80 });
  }
  const order = new Order();
  order.take(fleet);
  order.name = "battery";
  assert.deepEqual(labelsIn(order), ["empty", "full", "unknown"]);
  const { battery, gsm, satellites } = fleet.get(2).state;
  assert.deepEqual([battery, gsm?.level, satellites], [0, 60, 80]);
});

test("levels that are no news change nobody, and of whom nothing is known a whole state is taken", () => {
  const fleet = fleetOf(["one"]);
  const whole = { source_id: 1, gps: { location: { lat: 1, lng: 2 } }, connection_status: "active", battery_level: 50, gsm: { signal_level: null } };
  fleet.applyLevels(whole);
  assert.deepEqual([fleet.get(1).state.position, fleet.get(1).state.battery], [{ lat: 1, lng: 2 }, 50]);
  report(fleet, 1, {});
  fleet.takeDirty();
  fleet.applyLevels(whole);
  assert.equal(fleet.takeDirty().size, 0);
  assert.equal(fleet.get(1).state.position, null);
});

test("an order that there is not is by name", () => {
  assert.deepEqual(["near", "toString", "", null].map(orderNamed), ["near", "label", "label", "label"]);
});

test("coordinates are read as people write them", () => {
  const budapest = { lat: 47.5, lng: 19.04 };
  const ways = ["47.5, 19.04", "47.5,19.04", " 47.5 19.04 ", "47,5 19,04", "47,5; 19,04", "geo:47.5,19.04", "47.5\u00b0 N, 19.04\u00b0 E", "N47.5 E19.04"];
  for (const text of [...ways, "19.04E 47.5N", "47\u00b030\u2032N 19\u00b02.4'E"]) assert.deepEqual(readPlace(text), budapest, text);
  for (const text of ["-33.9, -70.5", "\u221233.9 \u221270.5", "33.9S 70.5W", "33.9 s, 70.5 w"]) assert.deepEqual(readPlace(text), { lat: -33.9, lng: -70.5 }, text);
  for (const text of ["", "47.5", "91, 0", "0, 181", "47.5N 19.04N", "Depot 7", "Depot 47.5, 19.04", "1, 2, 3"]) assert.equal(readPlace(text), null, text);
  assert.equal(writePlace(readPlace("47\u00b030\u203236\u2033N 19\u00b02\u203224\u2033E")), "47.51, 19.04");
  assert.deepEqual(readPlace(writePlace({ lat: -0.000004, lng: 179.999999 })), { lat: 0, lng: 180 });
});

const CIRCLE = { id: 1, type: "circle", center: { lat: 0, lng: 179.99 }, radius: 5_000, bounds: { nw: { lat: 0.045, lng: 179.945 }, se: { lat: -0.045, lng: -179.965 } } };
const L_SHAPE = { id: 2, type: "polygon", points: [[0, 0], [0, 2], [1, 2], [1, 1], [2, 1], [2, 0]].map(([lat, lng]) => ({ lat, lng })), bounds: { nw: { lat: 2, lng: 0 }, se: { lat: 0, lng: 2 } } };
const ACROSS = { id: 3, type: "polygon", points: [[0, 179], [0, -179], [1, -179], [1, 179]].map(([lat, lng]) => ({ lat, lng })), bounds: { nw: { lat: 1, lng: 179 }, se: { lat: 0, lng: -179 } } };
const CORRIDOR = { id: 4, type: "sausage", radius: 1_000, points: [[60, 10], [60, 11]].map(([lat, lng]) => ({ lat, lng })), bounds: { nw: { lat: 60.01, lng: 9.98 }, se: { lat: 59.99, lng: 11.02 } } };

for (const [zone, inside, outside] of [
  [CIRCLE, [[0, 179.96], [0, -179.98]], [[0, 179.9], [0.0449, 179.946]]],
  [L_SHAPE, [[0.5, 1.5], [1.5, 0.5], [0.001, 0.001]], [[1.5, 1.5], [0.5, -0.1], [3, 1]]],
  [ACROSS, [[0.5, 179.5], [0.5, -179.5]], [[0.5, 178.9], [0.5, 0]]],
  [CORRIDOR, [[60, 10.5], [60.008, 10.2], [60, 9.985]], [[60.0095, 9.981], [60.0095, 10.5]]],
]) {
  test(`a vehicle is in a ${zone.type} as the server sees it (${zone.id})`, () => {
    const { key, holds } = areaOfZone(zone);
    const told = (places) => places.map(([lat, lng]) => holds({ lat, lng }));
    assert.deepEqual([key, told(inside), told(outside)], [String(zone.id), inside.map(() => true), outside.map(() => false)]);
  });
}

test("what the map shows may reach around the world", () => {
  const holds = (corners, lng) => areaOfMap(corners).holds({ lat: 0, lng });
  assert.deepEqual([170, -175, 0].map((lng) => holds([[160, -10], [190, 10]], lng)), [true, true, false]);
  assert.ok([-180, 0, 180].every((lng) => holds([[-400, -80], [400, 80]], lng)));
});

test("an area leaves out who is elsewhere or nowhere, and that of the map empties no map", () => {
  const fleet = fleetOf(["in", "out", "nowhere"]);
  report(fleet, 1, { location: { lat: 0.5, lng: 1.5 } });
  report(fleet, 2, { location: { lat: 1.5, lng: 1.5 } });
  const left = (filter, how) => [...fleet.all()].filter((vehicle) => filter[how](vehicle)).map(({ label }) => label);
  const [zone, map] = [new Filter(), new Filter()];
  zone.area = areaOfZone(L_SHAPE);
  map.area = areaOfMap([[0, 0], [2, 1]]);
  assert.deepEqual([zone.isOn, left(zone, "accepts"), left(zone, "acceptsOnMap")], [true, ["in"], ["in"]]);
  assert.deepEqual([left(map, "accepts"), left(map, "acceptsOnMap")], [["in"], ["in", "out", "nowhere"]]);
});

function grouped(fleet, { filter = new Filter(), folds = new Folds() } = {}) {
  const vehicles = [...fleet.all()].filter((vehicle) => filter.acceptsOfAnyGroup(vehicle));
  return linesByGroup(vehicles, { titles: TITLES, sizes: sizesOf(fleet.all()), isOpen: (groupId) => !folds.isFolded(groupId) });
}

function told({ lines }) {
  return lines.map((line) => (isHead(line) ? `${line.title} ${line.shown}/${line.all}` : line.label));
}

test("groups are in the order of their titles, none is last, and each counts who is shown", () => {
  const fleet = fleetOf(["a", "b", "c", "d", "e"], [5, NO_GROUP, 4, 6, 4]);
  assert.deepEqual(told(grouped(fleet)), ["East 9 1/1", "d", "east 10 1/1", "a", "North 2/2", "c", "e", "In no group 1/1", "b"]);
  const filter = new Filter();
  filter.search("c");
  assert.deepEqual(told(grouped(fleet, { filter })), ["North 1/2", "c"]);
  [filter.groupId] = [5];
  filter.search("");
  assert.equal(grouped(fleet, { filter }).heads.length, 4);
});

test("a fold hides vehicles, and whoever was at one is at the head", () => {
  const fleet = fleetOf(["a", "b", "c"], [4, 4, 5]);
  const folds = new Folds();
  const before = grouped(fleet);
  folds.fold([4], true);
  const after = grouped(fleet, { folds });
  assert.deepEqual(told(after), ["east 10 1/1", "c", "North 2/2"]);
  assert.equal(after.indexNow(before.lines[before.indexOf(2)]), 2);
  assert.equal(after.indexNow(before.heads[1]), 2);
  assert.equal(after.indexOf(3), 1);
});

test("each line says where in the tree it is", () => {
  const lines = grouped(fleetOf(["a", "b", "c"], [4, 4, 5]));
  const places = [0, 1, 2, 4].map((index) => Object.values(lines.placeOf(index)));
  assert.deepEqual(places, [[1, 1, 2], [2, 1, 1], [1, 2, 2], [2, 2, 2]]);
  const flat = new Lines([...fleetOf(["a", "b"]).all()]);
  assert.deepEqual([flat.headOf(1), Object.values(flat.placeOf(1))], [null, [1, 2, 2]]);
});

test("what is searched is in no fold, and folds are as before afterwards", () => {
  const folds = new Folds();
  folds.fold([4], true);
  folds.seek(true);
  assert.ok(!folds.isFolded(4));
  folds.fold([5], true);
  folds.seek(true);
  assert.ok(folds.isFolded(5));
  folds.seek(false);
  assert.deepEqual([folds.isFolded(4), folds.isFolded(5)], [true, false]);
});

test("a row tells what is chosen and known, in one order", () => {
  const fleet = fleetOf(["one"]);
  report(fleet, 1, { speed: 52, signal_level: 0 }, { movement_status: "moving", battery_level: 80, gsm: null });
  const vehicle = fleet.get(1);
  vehicle.notes = { plate: "B-FS 100", model: "", driver: { name: "Ada" }, group: "North", tags: [] };
  const at = (place, ...names) => textAt(place, new Set(names), vehicle, 0);
  assert.equal(at("note", "gsm", "satellites", "battery", "model", "group", "plate"), "B-FS 100 \u00b7 North \u00b7 Battery 80 % \u00b7 GPS 0 %");
  assert.deepEqual([at("speed", "speed"), at("speed"), at("status", "status"), at("age", "age")], ["52 km/h", "", "Moving", "never"]);
});

test("changes of status are said by name while they are few, and now and then", () => {
  const news = new StatusNews();
  const note = (count, status) => {
    for (let id = 1; id <= count; id++) news.note(id, { trackerId: id, label: `Van ${id}`, status });
  };
  note(4, "new");
  note(4, "moving");
  assert.equal(news.say(0), "");
  note(1, "offline");
  assert.equal(news.say(1_000), "Van 1: Offline");
  note(4, "parked");
  assert.equal(news.say(20_000), "");
  note(1, "offline");
  assert.equal(news.say(21_000), "Van 2: Parked, Van 3: Parked, Van 4: Parked");
  note(4, "moving");
  assert.equal(news.say(41_000), "Changes of 4 vehicles: Moving 4");
  note(4, "parked");
  note(4, "moving");
  news.note(1, null);
  note(1, "parked");
  assert.equal(news.say(90_000), "");
});
