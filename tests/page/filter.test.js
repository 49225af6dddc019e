import assert from "node:assert/strict";
import { test } from "node:test";
import { Filter, NO_GROUP } from "../../events/static/events/filter/filter.js";
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
