import assert from "node:assert/strict";
import { test } from "node:test";
import { Fleet } from "../../events/static/events/fleet.js";
import { Cursor } from "../../events/static/events/replay/cursor.js";
import { Log, SPAN_S } from "../../events/static/events/replay/log.js";
import { Replay } from "../../events/static/events/replay/replay.js";

const START = Date.parse("2026-05-01T12:00:00Z");
const at = (second) => START + second * 1000;
const seen = (trackerId, lat, news = {}) => ({ trackerId, status: "moving", state: { position: { lat, lng: 19 }, speed: 50, heading: 90 }, ...news });

/** A log of `[second, trackerId, lat]`, live until the last of them. */
function logOf(rows, log = new Log()) {
  log.tick(at(0), true);
  for (const [second, trackerId, lat] of rows) {
    log.tick(at(second), true);
    log.note(seen(trackerId, lat));
  }
  return log;
}

function latsAt(log, cursor, second) {
  cursor.go(at(second));
  return [...log.trackerIds].map((trackerId) => cursor.sight(log.slotOfTracker(trackerId))?.place.lat ?? null);
}

test("each moment shows what was seen last, whether one comes to it from before or after", () => {
  const log = logOf([[0, 1, 10], [2, 2, 20], [2, 1, 11], [5, 2, 21]]);
  const cursor = new Cursor(log);
  const expected = { 0: [10, null], 1: [10, null], 2: [11, 20], 4: [11, 20], 5: [11, 21] };
  for (const second of [5, 0, 1, 4, 2, 5, 0, 2]) assert.deepEqual(latsAt(log, cursor, second), expected[second], `second ${second}`);
});

test("a row brings back what was noted", () => {
  const log = logOf([]);
  log.note({ trackerId: 7, status: "parked", state: { position: { lat: -33.8567844, lng: 151.2152967 }, speed: null, heading: 359.8 } });
  log.note({ trackerId: 8, status: "blocked", state: { position: { lat: 89.9, lng: -179.9 }, speed: 1234.5, heading: null } });
  log.tick(at(1), true);
  const cursor = new Cursor(log);
  cursor.go(at(0));
  assert.deepEqual(cursor.sight(0), { place: { lat: -33.8567844, lng: 151.2152967 }, speed: null, heading: 360, status: "parked", at: START });
  assert.deepEqual(cursor.sight(1), { place: { lat: 89.9, lng: -179.9 }, speed: 1234.5, heading: null, status: "blocked", at: START });
});

test("who stands still is noted once a minute, and who has no place never", () => {
  const log = logOf(Array.from({ length: 121 }, (_, second) => [second, 1, 10]));
  log.note({ trackerId: 2, status: "new", state: null });
  assert.equal(log.next, 3);
  assert.equal(log.size, 1);
});

test("half an hour is kept, and before it who was where", () => {
  const log = logOf([[0, 1, 10], [10, 2, 20], [900, 3, 30], [SPAN_S + 100, 2, 21]]);
  assert.equal(log.start, at(101));
  assert.deepEqual(latsAt(log, new Cursor(log), 200), [10, 20, null]);
  assert.deepEqual(latsAt(log, new Cursor(log), SPAN_S + 100), [10, 21, 30]);
});

test("a computer that slept for longer has no past", () => {
  const log = logOf([[0, 1, 10], [5, 1, 11], [5 + SPAN_S, 1, 12]]);
  assert.deepEqual([log.start, log.end], [at(5 + SPAN_S), at(5 + SPAN_S)]);
  assert.deepEqual(latsAt(log, new Cursor(log), 5 + SPAN_S), [12]);
});

test("a clock that is set back makes no moment twice", () => {
  const log = logOf([[0, 1, 10], [9, 1, 11]]);
  log.tick(at(3), true);
  log.note(seen(1, 12));
  assert.deepEqual([log.end, latsAt(log, new Cursor(log), 9), latsAt(log, new Cursor(log), 3)], [at(9), [12], [10]]);
});

test("when there is no more room the oldest seconds go", () => {
  const rows = Array.from({ length: 5_000 }, (_, n) => [Math.floor(n / 10), 1 + (n % 4), n / 100]);
  const log = logOf(rows, new Log(2_000));
  const cursor = new Cursor(log);
  assert.equal(log.start, at(300));
  // As if one had looked at all rows.
  for (const second of [499, 300, 400, 333]) {
    const wanted = [1, 2, 3, 4].map((id) => rows.filter(([when, who]) => when <= second && who === id).at(-1)[2]);
    assert.deepEqual(latsAt(log, cursor, second), wanted, `second ${second}`);
  }
});

test("seconds without a link are known", () => {
  const log = logOf([[0, 1, 10]]);
  log.tick(at(2), false);
  log.tick(at(3), true);
  log.tick(at(4), true);
  assert.deepEqual([0, 1, 2, 3].map((second) => log.wasLive(at(second))), [false, false, true, true]);
});

test("ten thousand vehicles with a thousand changes a second take 31 MB", () => {
  const log = new Log();
  for (let second = 0; second < SPAN_S + 60; second += 1) {
    log.tick(at(second), true);
    for (let n = 0; n < 1_000; n += 1) log.note(seen((second * 1_000 + n) % 10_000, second % 90));
  }
  assert.ok(log.bytes < 31_500_000, `${log.bytes} bytes`);
  assert.ok(at(SPAN_S + 60) - log.start >= (SPAN_S - 1) * 1000);
});

const source = { id: 7, device_id: "device", model: "", phone: "", blocked: false };
const wire = (lat, status = "moving") => ({ source_id: 7, gps: { location: { lat, lng: 19 }, speed: 5 }, connection_status: "active", movement_status: status });

function replayOf() {
  const replay = new Replay(new Fleet({ hear: (vehicle) => replay.log.note(vehicle) }), { now: Date.now });
  const fleet = replay.fleet;
  replay.log.tick(at(0), true);
  fleet.setTrackers([{ id: 1, label: "Van", source }]);
  fleet.applyState(wire(10));
  replay.log.tick(at(100), true);
  fleet.applyState(wire(11, "parked"));
  replay.log.tick(at(200), true);
  return { replay, fleet, van: fleet.get(1) };
}

test("the past is shown while what comes is kept", () => {
  const { replay, fleet, van } = replayOf();
  replay.seek(at(50));
  assert.deepEqual([van.state.position.lat, van.status, fleet.counts().moving, fleet.counts().parked], [10, "moving", 1, 0]);
  fleet.applyState(wire(12, "stopped"));
  fleet.setTrackers([{ id: 1, label: "Lorry", source }]);
  assert.deepEqual([van.state.position.lat, van.status, van.label], [10, "moving", "Lorry"]);
  replay.seek(at(150));
  assert.deepEqual([van.state.position.lat, van.status], [11, "parked"]);
  replay.end();
  assert.deepEqual([van.state.position.lat, van.status, fleet.counts().stopped, fleet.counts().moving], [12, "stopped", 1, 0]);
});

test("who came later was not there, and who leaves meanwhile is gone", () => {
  const { replay, fleet } = replayOf();
  replay.seek(at(50));
  fleet.setTrackers([{ id: 2, label: "Bus", source: { ...source, id: 8 } }]);
  fleet.applyState({ ...wire(30), source_id: 8 });
  replay.seek(at(51));
  assert.deepEqual([fleet.get(1), fleet.get(2).state, fleet.get(2).status], [null, null, "new"]);
  replay.end();
  assert.equal(fleet.get(2).state.position.lat, 30);
});

test("what is played goes on at its pace, and ends with now", () => {
  const { replay } = replayOf();
  replay.seek(at(150));
  replay.pace = 60;
  replay.play(0);
  replay.step(200);
  assert.equal(replay.moment, at(162));
  replay.step(900);
  assert.equal(replay.moment, null);
});

test("without a past there is none to show", () => {
  assert.equal(new Replay(new Fleet(), { now: Date.now }).begin(), false);
});
