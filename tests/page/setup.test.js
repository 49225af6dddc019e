import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { ApiFailure } from "../../events/static/events/api.js";
import { dayNamed, dayOf } from "../../events/static/events/history/day.js";
import { adopt, readKept } from "../../events/static/events/preferences.js";
import { inUnits } from "../../events/static/events/reports/measures.js";
import { periodOf } from "../../events/static/events/reports/periods.js";
import { newRule } from "../../events/static/events/rules/draft.js";
import { shownOf, storedOf } from "../../events/static/events/rules/kinds.js";
import { titleOf } from "../../events/static/events/rules/sentences.js";
import { makeDeviceId, readDeviceId } from "../../events/static/events/setup/devices.js";
import { refusalOf } from "../../events/static/events/setup/refusals.js";
import { groupToMake, rightsOf, rolesOf, tellRole } from "../../events/static/events/setup/roles.js";
import { formatClock, formatDate, formatMoment, nameOfDay, startOfDay } from "../../events/static/events/time.js";
import { formatLength, formatNumber, formatSpeed, formatWidth, limitOf, storedLimit } from "../../events/static/events/units.js";

const ACCOUNT = { time_zone: "America/Santiago", measurement_system: "metric", hour_mode: "TWENTY_FOUR_HOURS", date_format: null };
const KEPT = { numbers: "en", weekStart: 1 };
const HOUR_MS = 3_600_000;
const use = (settings, kept = {}) => adopt({ ...ACCOUNT, ...settings }, { ...KEPT, ...kept });
const plain = (text) => text.replaceAll(/[\u00a0\u202f]/g, " ");
const figures = () => [formatSpeed(100), formatLength(160.9344), formatLength(2), formatWidth(350), formatWidth(1852)].map(plain);

afterEach(() => adopt(null, KEPT));

test("speeds and ways are told in the units of the account", () => {
  use({});
  assert.deepEqual(figures(), ["100 km/h", "161 km", "2.0 km", "350 m", "1.85 km"]);
  use({ measurement_system: "imperial" });
  assert.deepEqual(figures(), ["62 mph", "100 mi", "1.2 mi", "0.22 mi", "1.15 mi"]);
  assert.equal(plain(formatWidth(100)), "109 yd");
  use({ measurement_system: "us" });
  assert.equal(plain(formatWidth(100)), "328 ft");
  use({ measurement_system: "nautical" });
  assert.deepEqual(figures(), ["54 kn", "86.9 nmi", "1.1 nmi", "0.19 nmi", "1 nmi"]);
});

test("numbers are written as chosen, and by nothing that was never offered", () => {
  use({}, { numbers: "de" });
  assert.equal(formatNumber(1234.5), "1.234,5");
  assert.deepEqual(readKept('{"numbers": "xx", "weekStart": 3}'), { numbers: "", weekStart: 1 });
  assert.deepEqual([readKept(null), readKept("[")], [{ numbers: "", weekStart: 1 }, { numbers: "", weekStart: 1 }]);
});

test("moments are of the account's zone, clock and dates", () => {
  const moment = Date.parse("2026-03-04T15:04:05Z");
  use({});
  assert.equal(formatClock(moment), "12:04");
  use({ hour_mode: "TWELVE_HOURS", date_format: "yyyyMMdd_hyphens", time_zone: "Asia/Kolkata" });
  assert.equal(plain(formatMoment(moment)), "2026-03-04, 08:34:05 PM");
  use({ date_format: "dMMMy" });
  assert.equal(formatDate(moment), "4 Mar 2026");
  use({ date_format: "MMddyyyy_hyphens" });
  assert.equal(formatDate(moment), "03-04-2026");
});

test("a zone that nobody chose, or that this browser does not know, is the browser's", () => {
  const moment = Date.parse("2026-03-04T15:04:05Z");
  const own = new Date(moment);
  const expected = [own.getHours(), own.getMinutes()].map((part) => String(part).padStart(2, "0")).join(":");
  for (const time_zone of ["UTC", "Mars/Olympus"]) {
    use({ time_zone });
    assert.equal(formatClock(moment), expected);
  }
  use({ time_zone: "Etc/UTC" });
  assert.equal(formatClock(moment), "15:04");
});

test("days begin and end by the account's clock, when clocks are changed at midnight, too", () => {
  use({});
  // Chile: summer time ends on 4 April at 24:00, which is 23:00, and begins on 6 September at 0:00, which is 1:00.
  const lengths = ["2026-04-04", "2026-04-05", "2026-09-06"].map((name) => (dayNamed(name).end + 1000 - dayNamed(name).start) / HOUR_MS);
  assert.deepEqual(lengths, [25, 24, 23]);
  for (const name of ["2026-04-04", "2026-04-05", "2026-09-05", "2026-09-06", "2026-12-31"]) assert.equal(nameOfDay(startOfDay(name)), name);
  use({ time_zone: "Pacific/Kiritimati" });
  assert.equal(nameOfDay(dayOf(Date.parse("2025-12-31T11:00:00Z"), 1).start), "2026-01-02");
  assert.equal(dayNamed("2026-02-30x"), null);
});

test("weeks begin on the day that was chosen", () => {
  // A Wednesday.
  for (const [weekStart, from] of [[1, "2026-03-02"], [6, "2026-02-28"], [7, "2026-03-01"]]) {
    use({}, { weekStart });
    assert.deepEqual(periodOf("thisWeek", "2026-03-04"), { from, to: "2026-03-04" });
  }
  assert.deepEqual(periodOf("lastWeek", "2026-03-01"), { from: "2026-02-22", to: "2026-02-28" });
});

test("sheets of reports are told in the units of the account", () => {
  const columns = [["tracker", "Vehicle"], ["length", "Mileage,\nkm"], ["speed", "Max. speed,\nkm/h"]].map(([field, title]) => ({ field, title, align: "right" }));
  const rows = [{ tracker: { v: "Van, 5 km" }, length: { v: "160.93", raw: 160.9344 }, speed: { v: "-" } }];
  const table = { type: "table", header: "All", columns, data: [{ header: "", rows, total: { text: "In total:", length: { v: "1609.34", raw: 1609.344 } } }] };
  const summary = { type: "map_table", rows: [{ name: "Mileage, km", v: "8", raw: 8.04672 }, { name: "Trips", v: "3", raw: 3 }] };
  const sheet = { header: "Van", entity_ids: [1], sections: [table, summary, { type: "text", text: "5 km" }] };
  assert.equal(inUnits(sheet), sheet);
  use({ measurement_system: "us" });
  const [{ columns: titles, data }, { rows: told }, text] = inUnits(sheet).sections;
  assert.deepEqual(titles.map(({ title }) => title), ["Vehicle", "Mileage, mi", "Max. speed, mph"]);
  assert.deepEqual([data[0].rows[0].length.v, data[0].rows[0].speed.v, data[0].total.length.v], ["100.00", "-", "1,000.00"]);
  assert.deepEqual([data[0].total.text, data[0].rows[0].tracker.v, text.text], ["In total:", "Van, 5 km", "5 km"]);
  assert.deepEqual(told.map(({ name, v }) => [name, v]), [["Mileage, mi", "5"], ["Trips", "3"]]);
});

test("device ids are read as devices send them", () => {
  assert.equal(readDeviceId(" 0359339\u00a0075\u200b016807\n"), "0359339075016807");
  assert.match(makeDeviceId(Uint8Array.from({ length: 16 }, (_, index) => index * 16)), /^[a-z2-9]{10}$/);
});

test("roles are offered until the account has them", () => {
  const values = (groups) => rolesOf(groups).map(({ value, label }) => `${value} ${label}`);
  const drivers = { id: 4, label: "Drivers", privileges: { rights: ["reports"] } };
  assert.deepEqual(values([drivers]), [" Only look", "4 Drivers", "dispatcher Dispatcher", "manager Fleet manager"]);
  const [, dispatcher] = rolesOf([]);
  const made = { id: 5, ...groupToMake(dispatcher) };
  assert.deepEqual(values([made]), [" Only look", "5 Dispatcher", "manager Fleet manager"]);
  assert.equal(groupToMake(rolesOf([drivers])[1]), null);
  assert.equal(tellRole({ rights: ["reports", "zone_update"] }), "May also change or use: zones, reports.");
});

test("only the owner of the account has the right of owners", () => {
  assert.equal(rightsOf({})("admin"), true);
  const may = rightsOf({ privileges: { rights: ["tracker_update", "admin"] } });
  assert.deepEqual([may("tracker_update"), may("tracker_register"), may("admin")], [true, false, false]);
});

test("refusals are told in words, and what was wrong of a parameter with them", () => {
  const failure = (code, errors) => new ApiFailure("As the server says", code, { success: false, errors });
  assert.match(refusalOf(failure(224)), /^Another device has this id/);
  assert.equal(refusalOf(failure(7, [{ parameter: "label", error: "must not be empty" }])), "Not stored: label must not be empty.");
  assert.equal(refusalOf(failure(999)), "As the server says");
  assert.equal(refusalOf(failure(13), { 13: "Of the staff." }), "Of the staff.");
  assert.throws(() => refusalOf(new TypeError("a fault")), TypeError);
});

test("limits are typed in the units of the account, and read as they were typed", () => {
  for (const measurement_system of ["metric", "imperial", "us", "nautical"]) {
    use({ measurement_system });
    for (let limit = 0; limit <= 400; limit += 1) assert.equal(limitOf(storedLimit(limit)), limit);
  }
  use({ measurement_system: "imperial" });
  const speed = { form: "speed" };
  assert.deepEqual([shownOf(speed, 90), storedOf(speed, 56, 90), storedOf(speed, 55, 90), storedOf(speed, 55, null)], [56, 90, 89, 89]);
  assert.deepEqual([shownOf(speed, null), storedOf(speed, null, 90), storedOf({ form: "whole" }, 55, 90)], [null, null, 55]);
  const rule = { ...newRule(""), type: "speedup", param: 90, trackers: [7] };
  const names = { vehicle: () => "Van 7", zone: () => "Depot" };
  assert.equal(titleOf(rule, names), "Van 7 drives faster than 56 mph");
  use({});
  assert.equal(titleOf(rule, names), "Van 7 drives faster than 90 km/h");
});
