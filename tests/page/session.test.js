import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";

// So that node may end; what is sent goes its usual way.
globalThis.BroadcastChannel = class extends BroadcastChannel {
  constructor(name) {
    super(name);
    this.unref();
  }
};
const { Session } = await import("../../events/static/events/session.js");

/** What a tab is told, until nothing more can be on its way. */
async function settled() {
  const [one, other] = [new BroadcastChannel("end"), new BroadcastChannel("end")];
  one.ref();
  other.ref();
  for (let round = 0; round < 3; round += 1) {
    const heard = once(other, "message");
    one.postMessage(round);
    await heard;
  }
  one.close();
  other.close();
}

function tabs() {
  const [one, other] = [new Session(), new Session()];
  const told = [];
  other.addEventListener("begin", () => told.push("begin"));
  other.addEventListener("end", ({ detail }) => told.push(detail));
  return { one, other, told };
}

test("a login in one tab is the login of the others, until somebody logs out", async () => {
  const { one, other, told } = tabs();
  one.begin("h1", "alice");
  await settled();
  assert.deepEqual([other.hash, other.login], ["h1", "alice"]);
  one.end();
  await settled();
  assert.deepEqual([other.hash, told], [null, ["begin", ""]]);
});

test("why a login ended is told to the others", async () => {
  const { one, told } = tabs();
  one.begin("h2", "alice");
  await settled();
  one.end("The password was changed.");
  await settled();
  assert.deepEqual(told, ["begin", "The password was changed."]);
});

test("a new tab is given the login, and one that has it is not told again", async () => {
  const { one, other, told } = tabs();
  one.begin("h3", "alice");
  await settled();
  const late = new Session();
  late.seek();
  await settled();
  assert.deepEqual([late.hash, other.hash, told], ["h3", "h3", ["begin"]]);
});

test("the end of an older login does not end a newer one", async () => {
  const { one, other } = tabs();
  one.begin("h4", "alice");
  await settled();
  other.begin("h5", "bob");
  one.end("too late");
  await settled();
  assert.deepEqual([one.hash, other.hash], ["h5", "h5"]);
});
