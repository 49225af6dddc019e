import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.fleetsphereWords = { language: "de", texts: { Refill: "Betankung", Depot: "Lager" } };
const { inWords } = await import("../../events/static/events/reports/said.js");

const cell = (v) => ({ v, raw: 1, type: "value" });

test("events in reports are told in the words of the page, and names are left alone", () => {
  const columns = [["what", "Event"], ["where", "Where"]].map(([field, title]) => ({ field, title }));
  const rows = [{ what: cell("Refill"), where: cell("Depot") }, { what: cell("of a newer server"), where: cell("Refill") }, { where: cell("Depot") }];
  const table = { type: "table", header: "Refills and drains", columns, data: [{ header: "", rows, total: { text: "In total:" } }] };
  const summary = { type: "map_table", rows: [{ name: "Refills", v: "1" }] };
  const told = inWords({ header: "Van", sections: [table, summary] });
  assert.deepEqual(told.sections[0].data[0].rows.map(({ what, where }) => [what?.v, where.v]), [["Betankung", "Depot"], ["of a newer server", "Refill"], [undefined, "Depot"]]);
  assert.deepEqual(told.sections[1], summary);
  assert.equal(table.data[0].rows[0].what.v, "Refill");
});

test("a table without events stays as it is", () => {
  const table = { type: "table", header: "Trips", columns: [{ field: "what", title: "Where" }], data: [{ header: "", rows: [{ what: cell("Refill") }], total: {} }] };
  assert.deepEqual(inWords({ header: "", sections: [table] }).sections, [table]);
});
