/** The order of vehicles by their labels. */

import assert from "node:assert/strict";
import { test } from "node:test";

import "./messages.js";
import { BY_LABEL, inOrder } from "../../events/static/events/order.js";

const HEADS = ["", "Van ", "van ", "Vän ", "Van-", "Lkw", "٣", "Van 1."];
const DIGITS = ["", "0", "1", "01", "7", "10", "007", "99", "100", "3٤", "123456789012345", "1234567890123456"];
const TAILS = ["", " a", "b", ".5", " 12", "٥"];

test("labels with numbers are in the collator's order", () => {
  const labels = HEADS.flatMap((head) => DIGITS.flatMap((digits) => TAILS.map((tail) => head + digits + tail)));
  for (const one of labels) {
    for (const other of labels) {
      const [first] = inOrder([one, other], (label) => label);
      assert.equal(first, BY_LABEL.compare(one, other) <= 0 ? one : other, `${one} | ${other}`);
    }
  }
});

test("labels that are alike stay in the order in which they came", () => {
  const things = ["Van 1", "van 01", "VAN 1"].map((label, place) => ({ label, place }));
  assert.deepEqual(inOrder(things, ({ label }) => label), things);
});
