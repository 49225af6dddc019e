import assert from "node:assert/strict";
import { test } from "node:test";
import { areaOfZone } from "../../events/static/events/filter/area.js";
import { Counting } from "../../events/static/events/filter/counting.js";
import { Filter, NO_GROUP } from "../../events/static/events/filter/filter.js";
import { ZoneMap } from "../../events/static/events/filter/zonemap.js";
import { Fleet } from "../../events/static/events/fleet.js";

const NOTES = {
  1: { plate: "B-FS 100", model: "Sprinter", driver: { id: 5, name: "Ada Byron", phone: "3630", trackerId: 1 }, group: "North", tags: ["cold"] },
  2: { plate: "M-AB 7", model: "", driver: null, group: "", tags: [] },
};

function tracker(id, groupId, tagIds) {
  const source = { id: 10 + id, device_id: `device-${id}`, model: "osmand", phone: null, blocked: false };
  return { id, label: `Van ${id}`, source, group_id: groupId, tag_bindings: tagIds.map((tagId, index) => ({ tag_id: tagId, ordinal: index + 1 })) };
}

function someFleet() {
  const fleet = new Fleet();
  fleet.setTrackers([tracker(1, 4, [8, 9]), tracker(2, 0, [9])]);
  fleet.setNotes(({ trackerId }) => NOTES[trackerId]);
  return fleet;
}

/** The tracker ids that a filter leaves. */
function left(filter, fleet) {
  return [...fleet.all()].filter((vehicle) => filter.accepts(vehicle)).map(({ trackerId }) => trackerId);
}

test("a search looks through all that is known of a vehicle", () => {
  const [fleet, filter] = [someFleet(), new Filter()];
  for (const text of ["van 1", "DEVICE-1", "b-fs", " byron ", "3630", "north", "cold", "sprinter"]) {
    filter.search(text);
    assert.deepEqual(left(filter, fleet), [1], text);
  }
  for (const [text, found] of [["null", []], ["", [1, 2]], ["osmand", [1, 2]]]) {
    filter.search(text);
    assert.deepEqual(left(filter, fleet), found, text);
  }
});

test("group, status and all tags must be those that are wanted", () => {
  const [fleet, filter] = [someFleet(), new Filter()];
  const found = (values) => left(Object.assign(new Filter(), values), fleet);
  assert.deepEqual(found({ tagIds: new Set([9]) }), [1, 2]);
  assert.deepEqual(found({ tagIds: new Set([8, 9]) }), [1]);
  assert.deepEqual(found({ groupId: 4 }), [1]);
  assert.deepEqual(found({ groupId: NO_GROUP }), [2]);
  assert.deepEqual(found({ statuses: new Set(["moving"]) }), []);
  assert.equal(filter.isOn, false);
});

test("who is left out since, or no longer, is told once", () => {
  const [fleet, filter] = [someFleet(), new Filter()];
  filter.search("byron");
  assert.deepEqual([filter.sift(fleet.all()), filter.sift(fleet.all())], [[2], []]);
  filter.search("");
  assert.deepEqual(filter.sift(fleet.all()), [2]);
});

test("notes of somebody change only that vehicle", () => {
  const fleet = someFleet();
  fleet.takeDirty();
  fleet.setNotes(({ trackerId }) => (trackerId === 1 ? { ...NOTES[1], plate: "X" } : NOTES[trackerId]));
  assert.deepEqual([...fleet.takeDirty()], [1]);
  fleet.setTags(2, [8]);
  assert.deepEqual(fleet.get(2).tagIds, [8]);
});

const HERE = { lat: 47.5, lng: 19 };

/** Five vehicles: four of groups 4 and 5 with the tags 8 and 9, one in no group, and where they are. */
function aFleetToCount() {
  const fleet = new Fleet();
  fleet.setTrackers([tracker(1, 4, [8, 9]), tracker(2, 4, [9]), tracker(3, 5, [8]), tracker(4, 5, []), tracker(5, 0, [])]);
  fleet.setNotes(() => NOTES[2]);
  for (const [trackerId, location, movement] of [[1, HERE, "moving"], [2, HERE, "parked"], [3, { lat: 50, lng: 19 }, "moving"], [4, null, "parked"]]) {
    fleet.applyState({ source_id: 10 + trackerId, gps: { location }, connection_status: "active", movement_status: movement });
  }
  return fleet;
}

function countsOf(filter, fleet) {
  const zones = new ZoneMap([{ id: 7, type: "circle", center: HERE, radius: 500, bounds: boundsAround(HERE), label: "", color: "", address: "" }]);
  const counting = new Counting(fleet.all(), filter, (place) => zones.keysAt(place));
  assert.ok(counting.go(() => true));
  return Object.fromEntries(Object.entries(counting.counts).map(([kind, numbers]) => [kind, Object.fromEntries(numbers)]));
}

function boundsAround({ lat, lng }, degrees = 0.01) {
  return { nw: { lat: lat + degrees, lng: lng - degrees }, se: { lat: lat - degrees, lng: lng + degrees } };
}

test("where nothing is chosen each number is of all that are like that", () => {
  assert.deepEqual(countsOf(new Filter(), aFleetToCount()), {
    statuses: { "": 5, moving: 2, parked: 2, new: 1 },
    groups: { "": 5, 4: 2, 5: 2, 0: 1 },
    tags: { 8: 2, 9: 2 },
    areas: { "": 5, 7: 2 },
  });
});

test("a choice counts in the place of the one that is chosen, and a tag beside those that are", () => {
  const area = areaOfZone({ id: 7, type: "circle", center: HERE, radius: 500, bounds: boundsAround(HERE) });
  const filter = Object.assign(new Filter(), { groupId: 4, statuses: new Set(["moving"]), area });
  assert.deepEqual(countsOf(filter, aFleetToCount()), {
    statuses: { "": 2, moving: 1, parked: 1 },
    groups: { "": 1, 4: 1 },
    tags: { 8: 1, 9: 1 },
    areas: { "": 1, 7: 1 },
  });
  assert.deepEqual(countsOf(Object.assign(new Filter(), { tagIds: new Set([8]) }), aFleetToCount()).tags, { 8: 2, 9: 1 });
});

test("each number is what the list has after that choice, whatever else is chosen", () => {
  const fleet = aFleetToCount();
  const everyGroup = [null, 4, 5, NO_GROUP];
  const everyStatus = [null, "moving", "parked", "new"];
  for (const groupId of everyGroup) for (const status of everyStatus) for (const tagId of [null, 8, 9]) for (const needle of ["", "van 1"]) {
    const filterOf = (values) => {
      const filter = new Filter();
      filter.search(needle);
      return Object.assign(filter, { groupId, statuses: status && new Set([status]), tagIds: new Set(tagId ? [tagId] : []), ...values });
    };
    const { groups, statuses, tags } = countsOf(filterOf({}), fleet);
    const some = (found) => found.length || undefined;
    for (const one of everyGroup) assert.equal(groups[one ?? ""], some(left(filterOf({ groupId: one }), fleet)));
    for (const one of everyStatus) assert.equal(statuses[one ?? ""], some(left(filterOf({ statuses: one && new Set([one]) }), fleet)));
    for (const one of [8, 9]) assert.equal(tags[one], some(left(filterOf({ tagIds: new Set(tagId ? [tagId, one] : [one]) }), fleet)));
  }
});

test("a large fleet is counted bit by bit", () => {
  const fleet = new Fleet();
  fleet.setTrackers(Array.from({ length: 1_000 }, (_, index) => tracker(index + 1, 0, [])));
  fleet.setNotes(() => NOTES[2]);
  const counting = new Counting(fleet.all(), new Filter(), () => []);
  const looks = [];
  while (!counting.go(() => false)) looks.push(counting.counts.groups.get(NO_GROUP));
  assert.ok(looks.length > 1);
  assert.equal(counting.counts.groups.get(NO_GROUP), 1_000);
});

test("zones are found around the whole earth, small ones and large ones", () => {
  const zone = (id, nw, se) => ({ id, type: "polygon", points: [nw, { lat: nw.lat, lng: se.lng }, se, { lat: se.lat, lng: nw.lng }], bounds: { nw, se } });
  const zones = [
    zone(1, { lat: 1, lng: 179.9 }, { lat: 0.9, lng: -179.9 }),
    zone(2, { lat: 60, lng: -20 }, { lat: 40, lng: 40 }),
    zone(3, { lat: -0.1, lng: -0.1 }, { lat: -0.2, lng: 0.1 }),
    zone(4, { lat: 47.6, lng: 18.9 }, { lat: 47.4, lng: 19.1 }),
  ];
  const map = new ZoneMap(zones);
  const places = [[0.95, 179.95], [0.95, -179.95], [0.95, 179.8], [-0.15, -0.05], [-0.15, 0.05], [47.5, 19], [47.5, 19.2], [47.4, 18.9], [0, 0]];
  for (const [lat, lng] of places) {
    const held = zones.filter((one) => areaOfZone(one).holds({ lat, lng })).map(({ id }) => String(id));
    assert.deepEqual(map.keysAt({ lat, lng }).sort(), held, `${lat} ${lng}`);
  }
  assert.deepEqual(map.keysAt({ lat: 47.5, lng: 19 }), ["4", "2"]);
});
