import assert from "node:assert/strict";
import { test } from "node:test";

const texts = {
  Refill: "Betankung",
  Depot: "Lager",
  Summary: "Zusammenfassung",
  "Mileage, km": "Strecke in كم",
  "{n} km": "{n} كم",
  "{n} mi": "{n} ميل",
  "Idling (of {n} min. or more)": "Leerlauf (ab {n} Min.)",
  "Refilled, {units}": "Getankt, {units}",
  "Consumption, {units}/100 km": "Verbrauch, {units}/100 km",
};
globalThis.fleetsphereWords = { language: "de", texts };
const { inWords } = await import("../../events/static/events/reports/said.js");
const { toldInReport } = await import("../../events/static/events/words/told.js");

const cell = (v) => ({ v, raw: 1, type: "value" });

test("events in reports are told in the words of the page, and names are left alone", () => {
  const columns = [["what", "Event"], ["where", "Where"]].map(([field, title]) => ({ field, title }));
  const rows = [{ what: cell("Refill"), where: cell("Depot") }, { what: cell("of a newer server"), where: cell("Refill") }, { where: cell("Depot") }];
  const table = { type: "table", header: "Refills and drains", columns, data: [{ header: "", rows, total: { text: "In total:" } }] };
  const summary = { type: "map_table", rows: [{ name: "Refills", v: "1" }] };
  const told = inWords({ header: "Van", entity_ids: [1], sections: [table, summary] });
  assert.deepEqual(told.sections[0].data[0].rows.map(({ what, where }) => [what?.v, where.v]), [["Betankung", "Depot"], ["of a newer server", "Refill"], [undefined, "Depot"]]);
  assert.deepEqual(told.sections[1], summary);
  assert.equal(table.data[0].rows[0].what.v, "Refill");
});

test("a table without events stays as it is", () => {
  const table = { type: "table", header: "Trips", columns: [{ field: "what", title: "Where" }], data: [{ header: "", rows: [{ what: cell("Refill") }], total: {} }] };
  assert.deepEqual(inWords({ header: "", entity_ids: [1], sections: [table] }).sections, [table]);
});

test("names in reports have values, other units and names of tanks in them", () => {
  const names = ["Idling (of 5 min. or more)", "Refilled,\nl", "Refilled, l (Spare)", "Consumption, l/100 km (Spare)", "Mileage,\nkm", "Mileage, mi", "Mileage, mi (Spare)", "Volume, l"];
  const expected = ["Leerlauf (ab 5 Min.)", "Getankt, l", "Getankt, l (Spare)", "Verbrauch, l/100 km (Spare)", "Strecke in كم", "Strecke in ميل", "Strecke in ميل (Spare)", "Volume, l"];
  assert.deepEqual(names.map(toldInReport), expected);
});

test("days and the sheet of all vehicles are told in the language of the page, and names of vehicles stay", () => {
  const table = { type: "table", header: "Trips", columns: [], data: [{ header: "May 2, 2024 (Thu) : 3", rows: [], total: {} }] };
  const [all, one] = [[], [1]].map((entity_ids) => inWords({ header: "Summary", entity_ids, sections: [table] }));
  assert.deepEqual([all.header, one.header], ["Zusammenfassung", "Summary"]);
  assert.equal(all.sections[0].data[0].header, "2. Mai 2024 (Do) : 3");
});
