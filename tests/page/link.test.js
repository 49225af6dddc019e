import assert from "node:assert/strict";
import { test } from "node:test";
import { Delay } from "../../events/static/events/link/delay.js";
import { Ladder, TRANSPORTS } from "../../events/static/events/link/ladder.js";
import { pauseBefore } from "../../events/static/events/link/pauses.js";
import { Rhythm } from "../../events/static/events/link/rhythm.js";
import { Verdicts } from "../../events/static/events/link/verdicts.js";

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

const answer = (data, action = "subscribe") => ({ type: "response", action: `subscription/${action}`, data });
const taken = (value) => ({ success: true, value });

test("verdicts are those of the answers, of several together", () => {
  const verdicts = new Verdicts();
  assert.equal(verdicts.of(1), null);
  verdicts.take(answer({ state_batch: taken({ 1: "normal", 2: "blocked", 3: "unknown", 4: "disallowed" }), history: taken({ 1: "normal", 4: "disallowed" }) }));
  verdicts.take(answer({ state: taken({ 5: "normal" }), iot_monitor: taken({ 5: "normal" }) }));
  assert.deepEqual([1, 2, 3, 4, 5, 6].map((id) => verdicts.of(id)), ["normal", "blocked", "unknown", "disallowed", "normal", null]);
  assert.deepEqual([1, 2, 3, 4, 5].map((id) => verdicts.kindsOf(id)), [["state_batch", "history"], ["state_batch"], [], [], ["state", "iot_monitor"]]);
});

test("who is not followed any more, and all once the link is gone, have no verdict", () => {
  const verdicts = new Verdicts();
  verdicts.take(answer({ state_batch: taken({ 1: "normal" }), state: taken({ 2: "normal" }) }));
  verdicts.take(answer({ state: taken({ 2: "normal" }), state_batch: taken({ 0: "unknown" }) }, "unsubscribe"));
  assert.deepEqual([verdicts.of(1), verdicts.of(2), verdicts.kindsOf(2)], ["normal", null, []]);
  verdicts.clear();
  assert.equal(verdicts.of(1), null);
});

test("a request that was refused as a whole is told of whoever has no other answer", () => {
  const verdicts = new Verdicts();
  verdicts.take(answer({ state_batch: { success: false }, state: taken({ 2: "normal" }) }));
  assert.deepEqual([verdicts.of(1), verdicts.of(2)], ["refused", "normal"]);
  verdicts.take(answer({ state_batch: taken({ 1: "normal" }) }));
  assert.equal(verdicts.of(1), "normal");
  verdicts.take({ type: "event", event: "tracker_list", data: {} });
});

test("messages that wait on the line show by their delay, whatever the clocks say", () => {
  const delay = new Delay();
  const at = (seconds) => new Date(Date.UTC(2026, 4, 1, 12) + seconds * 1000).toISOString();
  delay.take(undefined, 5_000);
  assert.equal(delay.ms, null);
  for (const [second, heard, expected] of [[0, 1_000, 0], [1, 2_000, 0], [2, 9_000, 6_000], [9, 10_300, 300], [10, 10_900, 0]]) {
    delay.take(at(second), heard);
    assert.equal(delay.ms, expected);
  }
  delay.take(at(-3_600), 11_900);
  assert.equal(delay.ms, 0, "the server's clock was set back by an hour");
  delay.clear();
  assert.equal(delay.ms, null);
});
