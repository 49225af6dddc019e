import assert from "node:assert/strict";
import { test } from "node:test";
import { readLooked, writeLooked } from "../../events/static/events/address.js";

const NOTHING = { view: null, order: "label", near: null, fields: null, statuses: [], group: null, tags: [], area: "", search: "", vehicle: null };

test("an address says again what was looked at", () => {
  const view = { center: [19.1, 47.5], zoom: 12.25 };
  const chosen = { statuses: ["moving", "offline"], group: 0, tags: [8, 9], area: "12" };
  const looked = { view, order: "near", near: { lat: -47.5, lng: 19.04 }, fields: ["speed", "battery"], ...chosen, search: "a&b #1", vehicle: 7 };
  assert.deepEqual(readLooked(writeLooked(looked)), looked);
  assert.equal(writeLooked(NOTHING), "");
  assert.deepEqual(readLooked("#fields=").fields, []);
});

test("what an address has that means nothing is passed over", () => {
  const hashes = ["#map=1/2", "#map=a/b/c", "#map=3/99/0", "#vehicle=-1", "#vehicle=x", "#near=47", "#near=x,1", "#near=91,0", "#group=", "#group=-1"];
  for (const hash of [...hashes, "#tags=x,,-3", "#x", "#%"]) assert.deepEqual(readLooked(hash), NOTHING, hash);
});
