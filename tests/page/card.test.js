import assert from "node:assert/strict";
import { test } from "node:test";
import "./messages.js";
import { describe } from "../../events/static/events/card/chart.js";
import { piecesOf, usualPause } from "../../events/static/events/card/gaps.js";
import { Heard, MOST_SAMPLES, WINDOW_MS } from "../../events/static/events/card/heard.js";
import { linesOf } from "../../events/static/events/card/lines.js";
import { numberIn, reportsOf } from "../../events/static/events/card/queue.js";
import { explain } from "../../events/static/events/card/silence.js";
import { factsOf } from "../../events/static/events/card/silencefacts.js";
import { MOST_MESSAGES, Meter, Tape, cutTo } from "../../events/static/events/card/tape.js";
import { Fleet } from "../../events/static/events/fleet.js";
import { Trail, readLength } from "../../events/static/events/history/trail.js";
import { adopt } from "../../events/static/events/preferences.js";
import { listReadings } from "../../events/static/events/readings.js";

const NOW = Date.parse("2026-05-01T12:00:00Z");
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const iso = (moment) => new Date(moment).toISOString();

function vehicleOf(wire = {}, { isBlocked = false } = {}) {
  const fleet = new Fleet();
  const source = { id: 7, device_id: "860123", model: "osmand", phone: "", blocked: isBlocked };
  fleet.setTrackers([{ id: 1, label: "Van", source }]);
  fleet.applyState({ source_id: 7, connection_status: "offline", ...wire });
  return fleet.get(1);
}

/** As the page hears of a vehicle where all is well. */
const HEARD = { verdict: "normal", kinds: ["state_batch", "state", "iot_monitor", "history"], transport: "websocket", delayMs: 400 };

function known(wire, more = {}, options = {}) {
  return { vehicle: vehicleOf(wire, options), now: NOW, isLive: true, reports: [], refusals: [], leftOut: [], hearing: HEARD, ...more };
}

const textsOf = (...args) => explain(known(...args)).map(({ text }) => text).join("\n");
const adviceOf = (...args) => explain(known(...args)).map(({ advice = "" }) => advice).join("\n");
const heardAt = (minutes) => ({ last_update: iso(NOW - minutes * MINUTE) });
const reportAt = (minutes, values = {}, delay = SECOND) => ({ time: NOW - minutes * MINUTE - delay, receivedAt: NOW - minutes * MINUTE, values });

test("a queue becomes reports, fractions numbers", () => {
  const said = (value, minute) => ({ value, msg_time: iso(NOW + minute * MINUTE), srv_time: iso(NOW + minute * MINUTE + SECOND) });
  const all = { speed: [said(37, 1), said(null, 0)], fuel: [said("12.5", 1), said("", 0)], name: [said("x", 1), said(true, 0)] };
  const [newest, before] = reportsOf({ tracker_id: 1, all_fields: all });
  assert.deepEqual([newest.time, newest.receivedAt, newest.values.name], [NOW + MINUTE, NOW + MINUTE + SECOND, "x"]);
  assert.deepEqual(["speed", "fuel", "name", "none"].map((name) => numberIn(newest, name)), [37, 12.5, null, null]);
  assert.deepEqual(["speed", "fuel", "name"].map((name) => numberIn(before, name)), [null, null, null]);
});

test("a line breaks where a device was silent for longer than usual", () => {
  for (const [minutes, pieces] of [
    [[], []],
    [[0], [1]],
    [[0, 0.5, 1, 5, 5.5], [3, 2]],
    // One that reports every ten minutes has no gap of ten minutes.
    [[0, 10, 20, 30, 90], [4, 1]],
  ]) {
    const points = minutes.map((minute) => ({ time: minute * MINUTE }));
    assert.deepEqual(piecesOf(points).map(({ length }) => length), pieces);
  }
  assert.equal(usualPause([0, 1, 2, 9].map((minute) => ({ time: minute * MINUTE }))), MINUTE);
});

test("series are of the last reports and of what came since, each moment once", () => {
  const heard = new Heard();
  heard.takeReports([reportAt(1, { speed: 20 }, 0), reportAt(3, { speed: 40, battery_level: "80.5" }, 0)]);
  const gps = { location: { lat: 1, lng: 2 }, speed: 30, updated: iso(NOW) };
  heard.takeVehicle(vehicleOf({ gps, ...heardAt(0), battery_level: 79, battery_update: iso(NOW) }));
  heard.takeReports([reportAt(1, { speed: 99 }, 0)]);
  const recent = Object.fromEntries(heard.recent(NOW).map(({ key, samples }) => [key, samples.map(({ value }) => value)]));
  assert.deepEqual(recent, { speed: [40, 20, 30], battery_level: [80.5, 79] });
});

test("who is silent is drawn as before the silence, and what is kept is bounded", () => {
  const heard = new Heard();
  heard.takeReports([reportAt(600, { speed: 1 }), reportAt(601, { speed: 2 }), reportAt(700, { speed: 3 })]);
  assert.deepEqual(heard.recent(NOW)[0].samples.map(({ value }) => value), [2, 1]);
  const reading = { label: "Fuel", tell: String };
  const samples = Array.from({ length: MOST_SAMPLES + 10 }, (_, index) => ({ time: NOW - WINDOW_MS + index * 100, value: index }));
  heard.takePast("sensor 1", reading, samples);
  assert.equal(heard.recent(NOW).at(-1).samples.length, MOST_SAMPLES);
  heard.clear();
  assert.deepEqual(heard.recent(NOW), []);
});

test("a chart says what it draws, in the user's units", () => {
  const [speed] = seriesOf([[0, 0], [1, 100], [2, 50]]);
  const { last, range, spoken, path } = describe(speed);
  assert.deepEqual([last, range], ["50 km/h", "0 km/h to 100 km/h"]);
  assert.match(spoken, /^Speed: 50 km\/h at .*Between 0 km\/h and 100 km\/h since/);
  assert.equal(path, "M0 36L150 4 300 20");
  adopt({ time_zone: "UTC", measurement_system: "imperial", hour_mode: "TWENTY_FOUR_HOURS", date_format: null }, { numbers: "", weekStart: 1 });
  assert.equal(describe(speed).last, "31 mph");
  adopt(null, { numbers: "", weekStart: 1 });
});

test("a percent more or less is no cliff, and standing is at the ground", () => {
  const heard = new Heard();
  heard.takeReports([0, 1].map((minute) => ({ time: NOW + minute * MINUTE, receivedAt: NOW, values: { battery_level: 72 + minute, speed: 0 } })));
  const paths = Object.fromEntries(heard.recent(NOW).map((series) => [series.key, describe(series).path]));
  assert.deepEqual(paths, { speed: "M0 36L300 36", battery_level: "M0 13L300 12.6" });
});

test("a lone sample is a dot, and what never changes a flat line", () => {
  assert.equal(describe(seriesOf([[0, 5], [1, 5], [20, 5]])[0]).path, "M0 20L15 20M300 20h0");
  assert.equal(describe(seriesOf([[0, 5], [1, 5]])[0]).range, "5 km/h");
});

function seriesOf(pairs) {
  const heard = new Heard();
  heard.takeReports(pairs.map(([minute, speed]) => ({ time: NOW + minute * MINUTE, receivedAt: NOW, values: { speed } })));
  return heard.recent(NOW + 20 * MINUTE);
}

test("sensors and counters have a number and its moment, others none", () => {
  const at = iso(NOW);
  const readings = new Map(listReadings({
    tracker_id: 1,
    counters: [{ type: "odometer", value: 12.5, update_time: at }],
    inputs: [{ sensor_id: 3, label: "Fuel", units: "l", value: 40.25, update_time: at }],
    virtual_sensors: [{ sensor_id: 4, label: "Door", value: null, update_time: at }],
  }));
  assert.deepEqual([...readings.values()].map(({ text, value, at: moment }) => [text, value, moment]), [
    ["12.5 km", 12.5, NOW],
    ["40.25 l", 40.25, NOW],
    ["Unknown", null, NOW],
  ]);
});

test("the mobile network is told where it is known, and a compact state leaves it", () => {
  const gsm = { updated: iso(NOW), signal_level: 60, network_name: "Yettel", roaming: true };
  const fleet = new Fleet();
  fleet.setTrackers([{ id: 1, label: "Van", source: { id: 7, device_id: "d", model: "", phone: "", blocked: false } }]);
  const line = () => linesOf(fleet.get(1), NOW).find(({ name }) => name === "Mobile network").text;
  fleet.applyState({ source_id: 7, connection_status: "active", gsm: { updated: null, signal_level: null, network_name: null, roaming: null } });
  assert.equal(line(), "");
  fleet.applyState({ source_id: 7, connection_status: "active", gsm });
  assert.equal(line(), "60 %, Yettel, abroad");
  fleet.applyState({ source_id: 7, connection_status: "active" });
  assert.equal(line(), "60 %, Yettel, abroad");
});

test("who reports where it is owes no explanation", () => {
  assert.deepEqual(explain(known({ connection_status: "active", movement_status: "moving", ...heardAt(0) })), []);
});

test("what never reported is told so, with what to compare", () => {
  assert.equal(textsOf({ connection_status: "just_registered" }), "No report of it was ever stored.");
  assert.match(adviceOf({ connection_status: "just_registered" }), /860123/);
});

test("silence is explained by what is known, and a guess is made only where nothing is", () => {
  const offline = heardAt(90);
  assert.match(textsOf(offline), /^The last report came 1 h ago.*osmand\.$/);
  assert.match(adviceOf(offline), /switched off, out of coverage/);
  for (const [wire, more, expected] of [
    [{ battery_level: 4 }, { reports: [reportAt(90), reportAt(100, { battery_level: 21 })] }, /battery went from 21 % to 4 %/],
    [{ battery_level: 4 }, {}, /battery was at 4 %/],
    [{ gsm: { updated: null, signal_level: 10, network_name: null, roaming: null } }, {}, /network was weak: 10 %/],
    [{ ignition: false }, {}, /ignition was off/],
    [{}, { reports: [reportAt(90, {}, 2 * 60 * MINUTE), reportAt(91, {}, MINUTE)] }, /came 2 h after it was made/],
    [{}, { reports: [90, 95, 99].map((minutes) => reportAt(minutes, {}, 60 * MINUTE)) }, /clock seems to be 1 h behind/],
  ]) {
    assert.match(textsOf({ ...offline, ...wire }, more), expected);
    assert.doesNotMatch(adviceOf({ ...offline, ...wire }, more), /switched off/);
  }
  assert.match(textsOf(offline, { reports: [90, 92, 94].map((minutes) => reportAt(minutes)) }), /one came about every 2 min/);
});

test("a refusal explains unless a report was stored since", () => {
  const refusal = { at: NOW - MINUTE, way: "osmand", reason: "wrong ingest key", count: 3 };
  assert.match(textsOf(heardAt(90), { refusals: [refusal] }), /are refused: its ingest key is wrong\. 3 times by osmand, the last time 1 min ago/);
  assert.match(adviceOf(heardAt(90), { refusals: [refusal] }), /new key/);
  assert.match(textsOf(heardAt(90), { refusals: [{ ...refusal, count: 1, reason: "lat: must be a number" }] }), /lat: must be a number\. Once by/);
  assert.doesNotMatch(textsOf(heardAt(0.5), { refusals: [refusal] }), /refused/);
  assert.match(textsOf(heardAt(90), { refusals: null }), /cannot be read now/);
});

test("what a device was answered turns nothing around", () => {
  const refusal = { at: NOW, way: "osmand", reason: "\u202ereversed", count: 1 };
  assert.doesNotMatch(textsOf(heardAt(90), { refusals: [refusal] }), /\u202e/);
});

test("a block comes first, and says that the device still sends", () => {
  const refusal = { at: NOW, way: "osmand", reason: "blocked", count: 2 };
  const [block, refused] = explain(known(heardAt(90), { refusals: [refusal] }, { isBlocked: true }));
  assert.match(block.text, /^It is blocked/);
  assert.match(refused.text, /the device is blocked\. 2 times/);
});

test("without a fix it is said since when, and what its reports say", () => {
  const gps = { location: { lat: 1, lng: 2 }, updated: iso(NOW - 60 * MINUTE) };
  const reports = [reportAt(1, { fix_type: "NO_FIX" }), reportAt(2)];
  const texts = textsOf({ connection_status: "idle", gps, ...heardAt(1) }, { reports, leftOut: ["latitude"] });
  assert.match(texts, /last position is of .*, 1 h ago/);
  assert.match(texts, /One of its last 2 reports said that there is no fix/);
  assert.match(texts, /cannot be right: latitude/);
  assert.match(textsOf({ connection_status: "idle", ...heardAt(1) }), /None of its reports had a position/);
});

test("of who is not told nothing is claimed", () => {
  const fleet = new Fleet();
  const source = { id: 7, device_id: "d", model: "", phone: "", blocked: true };
  fleet.setTrackers([{ id: 1, label: "Van", source }]);
  const textsOfNow = () => explain({ ...known(), vehicle: fleet.get(1) }).map(({ text }) => text);
  assert.deepEqual(textsOfNow(), ["It is blocked: what it sends is refused."]);
  fleet.setTrackers([{ id: 1, label: "Van", source: { ...source, blocked: false } }]);
  assert.deepEqual(textsOfNow(), []);
});

test("a page that is not live says so before all else", () => {
  assert.match(textsOf(heardAt(90), { isLive: false }), /^The page does not hear the server/);
});

/** What stands in the lines of a silent vehicle, by their keys. */
function facts(...args) {
  return Object.fromEntries(factsOf(known(...args)).map(({ key, text }) => [key, text]));
}

test("last report, last position, what is kept of its reports and the block have lines", () => {
  const gps = { location: { lat: 1, lng: 2 }, updated: iso(NOW - 120 * MINUTE) };
  const told = facts({ gps, ...heardAt(90) }, { reports: [reportAt(90), reportAt(91)] });
  assert.match(told.report, /\(1 h ago\)$/);
  assert.match(told.fix, /\(2 h ago\)$/);
  assert.equal(told.queue, "2, the newest made 1 h ago, received 1 h ago");
  assert.equal(told.block, "not blocked");
  assert.match(facts({}, {}, { isBlocked: true }).block, /^blocked/);
  assert.equal(facts({}).fix, "Never");
  assert.equal(facts({}).queue, "");
});

test("what the server answered is said in plain words, whatever it was", () => {
  for (const [verdict, expected, isCause] of [
    ["normal", /^Normal: the server tells the page all/, false],
    ["blocked", /^Blocked: .* until it is unblocked/, false],
    ["disallowed", /^Disallowed: .* this login may not see it/, true],
    ["unknown", /^Unknown: .* no such vehicle/, true],
    ["refused", /^Refused: .* did not take/, true],
    [null, /^Not asked for yet/, false],
  ]) {
    const hearing = { ...HEARD, verdict };
    assert.match(facts(heardAt(90), { hearing }).verdict, expected);
    assert.equal(expected.test(textsOf(heardAt(90), { hearing })), isCause, `${verdict} is a cause`);
  }
  assert.match(facts({}, { hearing: { ...HEARD, transport: null } }).verdict, /^Not asked for: the page does not hear/);
});

test("by which kinds it is followed is said, over what, and whether anything waits", () => {
  const told = (more) => facts(heardAt(90), { hearing: { ...HEARD, ...more } });
  assert.equal(told({}).kinds, "each change of its state, batches of states, its last reports and alerts");
  assert.equal(told({ kinds: [] }).kinds, "nothing of it");
  assert.match(told({}).transport, /websocket$/);
  assert.match(told({ transport: "long-polling" }).transport, /polling, as no websocket/);
  assert.match(told({}).waiting, /^nothing waits/);
  assert.match(told({ delayMs: 7_400 }).waiting, /^messages wait: the last one took 7 s/);
  const { kinds, transport, waiting } = told({ transport: null });
  assert.deepEqual([kinds, transport, waiting], ["nothing of it", "none: it is tried again by itself", ""]);
});

test("messages are cut to the vehicle, and answers with what was asked are none", () => {
  const ids = { trackerId: 1, sourceId: 7 };
  const event = (name, data) => ({ type: "event", event: name, data });
  const [own, other] = [{ tracker_id: 1 }, { tracker_id: 2 }];
  for (const [frame, data] of [
    [event("state", { source_id: 7 }), { source_id: 7 }],
    [event("state", { source_id: 8 }), null],
    [event("state_batch", [own, other]), [own]],
    [event("readings_batch", [other]), null],
    [event("iot_monitor", { iot_last_values: [own, other] }), { iot_last_values: [own] }],
    [event("lifecycle", { source_id: 7, lifecycle_event: "block" }), { source_id: 7, lifecycle_event: "block" }],
    [event("history", { missed: 3 }), null],
    [event("logout", "session closed"), null],
    [{ type: "response", action: "subscription/subscribe", data: { hash: "secret" } }, null],
  ]) {
    assert.deepEqual(cutTo(frame, ids), data && { ...frame, data });
  }
});

test("a tape keeps the newest messages, however long one is", () => {
  const tape = new Tape();
  for (let index = 0; index < 2 * MOST_MESSAGES; index += 1) tape.add({ type: "event", event: "state", data: index }, index);
  assert.equal(tape.messages.length, MOST_MESSAGES);
  assert.equal(tape.messages.at(-1).number, 2 * MOST_MESSAGES);
  assert.equal(tape.countSince(2 * MOST_MESSAGES - 5), 5);
  tape.add({ type: "event", event: "state", data: "x".repeat(300_000) }, 0);
  assert.equal(tape.messages.length, 1);
});

test("a meter tells a rate once it has looked for a second, over the last ten", () => {
  const meter = new Meter();
  assert.equal(meter.look({ messages: 5, bytes: 500 }, 0), null);
  assert.deepEqual(meter.look({ messages: 15, bytes: 2500 }, 2 * SECOND), { messages: 5, bytes: 1000 });
  assert.deepEqual(meter.look({ messages: 15, bytes: 2500 }, 12 * SECOND), { messages: 0, bytes: 0 });
});

test("a trail is as long as was chosen, and takes what came before once", () => {
  assert.deepEqual(["0", "5", "60", "7", null].map(readLength), [0, 5, 60, 15, 15]);
  const trail = new Trail();
  trail.lengthMs = 5 * MINUTE;
  const points = [0, 2, 4].map((minute) => ({ time: NOW + minute * MINUTE, lat: minute }));
  assert.deepEqual([points[1], points[2], points[2]].map((point) => trail.add(point)), [true, true, false]);
  trail.begin(points.slice(0, 2));
  assert.deepEqual(trail.points.map(({ lat }) => lat), [0, 2, 4]);
  assert.deepEqual([trail.age(NOW + 5 * MINUTE), trail.age(NOW + 6 * MINUTE)], [false, true]);
  assert.deepEqual(trail.points.map(({ lat }) => lat), [2, 4]);
});

test("inputs and outputs are told by their numbers, and a compact state leaves them", () => {
  const fleet = new Fleet();
  fleet.setTrackers([{ id: 1, label: "Van", source: { id: 7, device_id: "860123", model: "osmand", phone: "", blocked: false } }]);
  const told = (name) => linesOf(fleet.get(1), NOW).find((line) => line.name === name).text;
  fleet.applyState({ source_id: 7, connection_status: "active", inputs: [true, false, true], outputs: [false, false] });
  fleet.applyState({ source_id: 7, connection_status: "active" });
  assert.deepEqual([told("Inputs"), told("Outputs")], ["on: 1, 3", "none of 2 is on"]);
  fleet.applyState({ source_id: 7, connection_status: "active", inputs: [] });
  assert.equal(told("Inputs"), "");
});
