import assert from "node:assert/strict";
import { test } from "node:test";
import { nameOf } from "../../events/static/events/help/keys.js";
import { SHORTCUTS } from "../../events/static/events/help/shortcuts.js";

test("keys are called by what they write, on keyboards without Latin letters by their place", () => {
  const pressed = [["f", "KeyF"], ["ب", "KeyF"], ["а", "KeyF"], ["؟", "Slash"], ["?", "Minus"], ["é", "Digit2"], ["Escape", "Escape"]];
  assert.deepEqual(pressed.map(([key, code]) => nameOf({ key, code })), ["f", "f", "f", "?", "?", "é", "Escape"]);
});

test("no key does two things", () => {
  const keys = SHORTCUTS.filter(({ does }) => does).map(({ key }) => key);
  assert.deepEqual(keys, [...new Set(keys)]);
});
