import assert from "node:assert/strict";
import test from "node:test";

test("names are kept apart from texts that are read from the right, and nothing is nothing", async () => {
  globalThis.fleetsphereWords = { language: "ar", texts: {} };
  const { isolate } = await import("../../events/static/events/texts.js");
  assert.deepEqual([isolate("Van 7"), isolate("")], ["\u2068Van 7\u2069", ""]);
});
