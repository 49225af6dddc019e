import assert from "node:assert/strict";
import { test } from "node:test";
import "./messages.js";
import { Filter } from "../../events/static/events/filter/filter.js";
import { Fleet } from "../../events/static/events/fleet.js";
import { choicesOf } from "../../events/static/events/reports/choices.js";
import { chartOf, withOverview } from "../../events/static/events/reports/figures.js";
import { orderOf, rhythmWords, scheduleOf } from "../../events/static/events/reports/kinds.js";
import { periodOf } from "../../events/static/events/reports/periods.js";

test("periods end where the calendar says", () => {
  assert.deepEqual(periodOf("lastMonth", "2026-03-31"), { from: "2026-02-01", to: "2026-02-28" });
  assert.deepEqual(periodOf("lastMonth", "2026-01-05"), { from: "2025-12-01", to: "2025-12-31" });
  assert.deepEqual(periodOf("week", "2026-01-05"), { from: "2025-12-29", to: "2026-01-04" });
  assert.deepEqual(periodOf("today", "2026-01-05"), { from: "2026-01-05", to: "2026-01-05" });
});

const ASKED = { kind: "27", figures: { max_speed: 50 }, title: "Fast", trackers: [1], from: "2026-01-01", to: "2026-01-02" };

test("a report is of whole days", () => {
  const { from, to, plugin } = orderOf(ASKED);
  assert.deepEqual([from, to, plugin], ["2026-01-01 00:00:00", "2026-01-02 23:59:59", { plugin_id: 27, hide_empty_tabs: true, max_speed: 50 }]);
});

test("what is asked for by mail is told in words", () => {
  const wanted = { ...ASKED, at: "06:00", emails: "a@b.example; c@d.example,a@b.example ", format: "csv" };
  const words = (often) => rhythmWords(scheduleOf({ ...wanted, often }).parameters);
  const end = "to a@b.example, c@d.example as CSV";
  assert.equal(words("daily"), `Each day at 06:00, of the day before, ${end}`);
  assert.equal(words("weekly"), `Each Mon at 06:00, of the week before, ${end}`);
  assert.equal(words("monthly"), `On day 1 of the month at 06:00, of the month before, ${end}`);
});

const COLUMNS = [["from", "Start"], ["length", "Length,\nkm"], ["time", "Time"]].map(([field, title]) => ({ field, title }));

function sheetOf(header, lengths) {
  const data = lengths.map((raw, index) => ({ header: `May ${index + 1}, 2026 (Fri) : 1`, rows: [], total: { text: "In total:", length: { v: raw.toFixed(2), raw } } }));
  const summary = [{ name: "Trips", v: String(lengths.length), raw: lengths.length }, { name: "Way, km", v: "9", raw: Math.max(...lengths) }];
  return { header, entity_ids: [1], sections: [{ type: "table", header: "Trips", columns: COLUMNS, data }, { type: "map_table", rows: summary }] };
}

test("days of a sheet are bars, one day is none", () => {
  const { title, bars, most } = chartOf(sheetOf("Van", [3, 5.5, 0]));
  assert.deepEqual([title, most.label], ["Trips: Length, km", "May 2"]);
  assert.deepEqual(bars.map(({ text }) => text), ["3.00", "5.50", "0.00"]);
  assert.equal(chartOf(sheetOf("Van", [3])), null);
  assert.equal(chartOf(sheetOf("Van", [0, 0])), null);
});

test("vehicles are compared before each of them", () => {
  const sheets = [sheetOf("Van 1", [1]), sheetOf("Van 2", [4, 2])];
  const [overview, ...rest] = withOverview(sheets);
  const { title, bars } = chartOf(overview);
  assert.deepEqual([title, bars.map(({ label }) => label)], ["All vehicles: Way, km", ["Van 2", "Van 1"]]);
  assert.deepEqual([rest, withOverview(sheets.slice(1))], [sheets, [sheets[1]]]);
});

test("vehicles of a report are the selected, the listed, all or a group", () => {
  const fleet = new Fleet();
  const source = (id) => ({ id, device_id: `d${id}`, model: "", phone: null, blocked: false });
  fleet.setTrackers([1, 2, 3].map((id) => ({ id, label: `Van ${id}`, source: source(id), group_id: id === 3 ? 4 : 0 })));
  const [filter, groups] = [new Filter(), new Map([[4, "North"], [5, "South"]])];
  const found = (selected) => choicesOf({ fleet, filter, groups, selected }).map(({ name, label, find }) => [name, label, find().length]);
  const always = [["all", "All vehicles (3)", 3], ["group 4", "North (1)", 1], ["group 5", "South (0)", 0]];
  assert.deepEqual(found(null), always);
  filter.search("van 2");
  assert.deepEqual(found(1), [["selected", "Van 1", 1], ["listed", "Those in the list (1)", 1], ...always]);
});
