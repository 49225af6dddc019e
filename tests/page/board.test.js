import assert from "node:assert/strict";
import { test } from "node:test";
import { groupAt, turnOf } from "../../events/static/events/board/board.js";

const NOW = Date.parse("2026-05-01T12:00:00Z");
const ago = (seconds) => ({ time: new Date(NOW - seconds * 1000).toISOString() });

test("a new alert is shown at once, and the others in turn", () => {
  const entries = [ago(0), ago(500), ago(900)];
  assert.deepEqual([0, 7, 8, 16, 24, 3600].map((seconds) => turnOf(entries, NOW + seconds * 1000)), [0, 0, 1, 2, 0, 0]);
});

test("of no alerts none has a turn, and one from a clock ahead is shown", () => {
  assert.equal([][turnOf([], NOW)], undefined);
  assert.equal(turnOf([ago(-60), ago(5)], NOW), 0);
});

test("each group has its turn of half a minute, and without groups nobody has", () => {
  const groups = [{ groupId: 3, title: "North" }, { groupId: 0, title: "In no group" }];
  const begin = NOW - (NOW % 60_000);
  assert.deepEqual([0, 29, 30, 59, 60].map((seconds) => groupAt(groups, begin + seconds * 1000).groupId), [3, 3, 0, 0, 3]);
  assert.equal(groupAt([], NOW), null);
});
