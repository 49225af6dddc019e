import assert from "node:assert/strict";
import { test } from "node:test";
import { SILENCE, readKept, soundOf } from "../../events/static/events/alerts/sound.js";
import { takeTurn } from "../../events/static/events/alerts/turn.js";

const NOON = new Date(2026, 4, 1, 12, 0);
const ALERT = { event: "speedup", isEmergency: false };
const SOS = { event: "sos", isEmergency: true };
const kept = (news) => ({ ...readKept(null), ...news });

test("an alert sounds as was chosen for all, for its kind, and for the hour", () => {
  const cases = [
    [{}, ALERT, null],
    [{}, SOS, "alarm"],
    [{ choice: "all" }, ALERT, "chime"],
    [{ choice: "never" }, SOS, null],
    [{ choice: "never", byEvent: { speedup: "bell" } }, ALERT, "bell"],
    [{ choice: "all", byEvent: { speedup: SILENCE } }, ALERT, null],
    [{ choice: "all", byEvent: { speedup: "" } }, ALERT, "chime"],
    [{ choice: "all", byEvent: { speedup: "no such sound" } }, ALERT, null],
    [{ choice: "all", quietFrom: "11:00", quietTo: "13:00" }, SOS, null],
    [{ choice: "all", quietFrom: "22:00", quietTo: "06:00" }, ALERT, "chime"],
    [{ choice: "all", mutedUntil: NOON.getTime() + 1 }, SOS, null],
    [{ choice: "all", mutedUntil: NOON.getTime() }, ALERT, "chime"],
  ];
  for (const [chosen, alert, sound] of cases) assert.equal(soundOf(kept(chosen), alert, NOON), sound, JSON.stringify(chosen));
});

test("what the page of before kept is still known, and nonsense is not", () => {
  assert.deepEqual(readKept("all|22:00|06:00"), kept({ choice: "all", quietFrom: "22:00", quietTo: "06:00" }));
  assert.deepEqual(readKept("???"), kept({}));
});

// As a browser without HTTPS.
Object.defineProperty(globalThis, "navigator", { value: {} });

test("of tabs that hear of the same alert one sounds", async () => {
  const stored = new Map();
  globalThis.localStorage = {
    getItem: (key) => stored.get(key) ?? null,
    setItem: (key, value) => stored.set(key, value),
    removeItem: (key) => stored.delete(key),
  };
  const turns = await Promise.all(["a", "b", "c"].map((tab) => takeTurn(7, tab)));
  assert.equal(turns.filter(Boolean).length, 1);
  assert.equal(await takeTurn(7, "late"), false);
  assert.equal(await takeTurn(8, "late"), true);
  // The same place for another alert.
  assert.equal(await takeTurn(71, "a"), true);
  assert.ok(stored.size <= 64);
});

test("where nothing can be stored each tab sounds", async () => {
  delete globalThis.localStorage;
  assert.deepEqual(await Promise.all([takeTurn(1, "a"), takeTurn(1, "b")]), [true, true]);
});
