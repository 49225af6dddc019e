import assert from "node:assert/strict";
import { test } from "node:test";
import { Ladder, TRANSPORTS } from "../../events/static/events/link/ladder.js";
import { pauseBefore } from "../../events/static/events/link/pauses.js";
import { Rhythm } from "../../events/static/events/link/rhythm.js";

/** The transports of so many tries that all fail; "-" is a pause. */
function tries(ladder, count) {
  return Array.from({ length: count }, () => [ladder.next, ladder.fails() ? [] : ["-"]]).flat(2);
}

test("all transports are tried before a pause", () => {
  assert.deepEqual(tries(new Ladder(), 5), [...TRANSPORTS, "-", "websocket"]);
});

test("what worked is tried three times before others", () => {
  const ladder = new Ladder();
  ladder.works("sse");
  assert.deepEqual(tries(ladder, 8), ["sse", "-", "sse", "-", "sse", "-", ...TRANSPORTS, "-", "sse", "-"]);
});

test("what works anew begins anew", () => {
  const ladder = new Ladder();
  ladder.works("sse");
  tries(ladder, 4);
  ladder.works("websocket");
  assert.equal(ladder.next, "websocket");
});

test("pauses of the first minute are short, later ones differ", () => {
  for (const awayMs of [0, 30_000, 59_999]) assert.ok(pauseBefore(awayMs, 1) <= 2_000);
  assert.ok(pauseBefore(120_000, 1) > 10_000);
  assert.ok(pauseBefore(1e9, 1) <= 30_000);
  assert.ok(pauseBefore(120_000, 0) < pauseBefore(120_000, 0.5));
});

test("a busy fleet may be quiet for five seconds", () => {
  const rhythm = new Rhythm();
  assert.equal(rhythm.patienceMs, 15_000);
  for (let now = 0; now < 20_000; now += 500) rhythm.heard(now);
  assert.equal(rhythm.patienceMs, 5_000);
});

test("a fleet that was busy long ago is not busy", () => {
  const rhythm = new Rhythm();
  for (let now = 0; now < 20_000; now += 500) rhythm.heard(now);
  for (let now = 20_000; now < 120_000; now += 10_000) rhythm.heard(now);
  assert.equal(rhythm.patienceMs, 15_000);
});

test("what comes at once makes no busy fleet", () => {
  const rhythm = new Rhythm();
  for (let now = 0; now < 100; now += 1) rhythm.heard(now);
  assert.equal(rhythm.patienceMs, 15_000);
});
