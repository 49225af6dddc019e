import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { copy, createCopier } from "../../events/static/events/card/copying.js";

/** What of a browser copying needs; `copied`: what it has got, by which way. */
let copied;

function use({ clipboard, execCommand = () => false }) {
  Object.defineProperty(globalThis, "navigator", { value: { clipboard }, configurable: true });
  globalThis.document.execCommand = execCommand;
}

beforeEach(() => {
  copied = [];
  const body = { fields: [], append: (field) => body.fields.push(field) };
  globalThis.document = {
    body,
    activeElement: { focus: () => copied.push("focus") },
    createElement: () => {
      const element = new EventTarget();
      const attributes = new Map();
      return Object.assign(element, {
        attributes,
        select: () => (body.marked = element.value),
        remove: () => body.fields.splice(0),
        setAttribute: (name, value) => attributes.set(name, value),
        removeAttribute: (name) => attributes.delete(name),
      });
    },
  };
});

afterEach(() => {
  delete globalThis.document;
  mock.timers.reset();
});

test("what is copied goes to the clipboard", async () => {
  use({ clipboard: { writeText: async (text) => copied.push(text) } });
  assert.equal(await copy("47.5, 19.04"), true);
  assert.deepEqual(copied, ["47.5, 19.04"]);
});

test("without a clipboard, or where it refuses, it is marked and copied, and nothing of that is left", async () => {
  for (const clipboard of [undefined, { writeText: () => Promise.reject(new Error("not allowed")) }]) {
    copied = [];
    use({ clipboard, execCommand: (name) => copied.push(`${name} ${document.body.marked}`) > 0 });
    assert.equal(await copy("47.5, 19.04"), true);
    assert.deepEqual(copied, ["copy 47.5, 19.04", "focus"]);
    assert.deepEqual(document.body.fields, []);
  }
  use({ clipboard: undefined });
  assert.equal(await copy("x"), false);
});

test("a button that copies says so for a while, to those who hear it as well", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  use({ clipboard: { writeText: async (text) => copied.push(text) } });
  let text = "first";
  const button = createCopier("Copy", () => text, "Copy: Device id");
  assert.deepEqual([button.textContent, button.type, button.attributes.get("aria-label")], ["Copy", "button", "Copy: Device id"]);
  text = "now";
  for (const [clipboard, said] of [[navigator.clipboard, "Copied"], [undefined, "Cannot copy"]]) {
    use({ clipboard });
    button.dispatchEvent(new Event("click"));
    await new Promise(setImmediate);
    assert.deepEqual([button.textContent, button.attributes.has("aria-label")], [said, false]);
    mock.timers.tick(2_000);
    assert.deepEqual([button.textContent, button.attributes.get("aria-label")], ["Copy", "Copy: Device id"]);
  }
  assert.deepEqual(copied, ["now", "focus"]);
});
