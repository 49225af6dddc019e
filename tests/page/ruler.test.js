import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { legsOf, tellWay } from "../../events/static/events/map/ruler.js";
import { adopt } from "../../events/static/events/preferences.js";

const KEPT = { numbers: "", weekStart: 1 };
const inUnits = (measures) => adopt({ time_zone: "UTC", measurement_system: measures, hour_mode: "", date_format: null }, KEPT);

afterEach(() => adopt(null, KEPT));

test("a way is measured on the round earth, leg by leg", () => {
  // A degree of latitude, and one of longitude at 60 degrees, on a sphere of 6,371 km.
  const legs = legsOf([{ lat: 59, lng: 10 }, { lat: 60, lng: 10 }, { lat: 60, lng: 11 }]);
  assert.deepEqual(legs.map((leg) => Math.round(leg / 1000)), [111, 56]);
  assert.deepEqual([legsOf([]), legsOf([{ lat: 1, lng: 1 }])], [[], []]);
  assert.equal(Math.round(legsOf([{ lat: 0, lng: 179.5 }, { lat: 0, lng: -179.5 }])[0] / 1000), 111);
});

test("a way is told in the units of the user", () => {
  const told = (measures, ...legs) => (inUnits(measures), tellWay(legs));
  assert.equal(told("metric", 850), "850 m");
  assert.equal(told("metric", 850, 400), "1.25 km, the last leg 400 m");
  assert.equal(told("imperial", 1609.344, 91.44), "1.06 mi, the last leg 100 yd");
  assert.equal(told("nautical", 1852), "1 nmi");
});
