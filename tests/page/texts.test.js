import assert from "node:assert/strict";
import { test } from "node:test";
import { faultOf } from "../../events/frontend/words/catalogues.mjs";
import { readScript, readTemplate } from "../../events/frontend/words/texts.mjs";

const SCRIPT = `
box.textContent = "live";
box.append("two words");
box.setAttribute("aria-label", isOpen ? "close" : \`\${n} more\`);
new Option("All", "");
t(name);
box.className = "quiet close"; box.addEventListener("two words", act); if (key === "Escape pressed") throw new Error("Not there");
box.title = t("fine"); t("Stop", undefined, "verb");
`;

test("texts that do not go through the catalogue are found", () => {
  const found = { asked: new Map(), unasked: [] };
  readScript("a.js", SCRIPT, found);
  const told = ["live", "two words", "close", "{} more", "All", "what is asked for is not written there"];
  assert.deepEqual(found.unasked.map((text) => text.replace(/^a.js:\d+: /, "")), told);
  assert.deepEqual([...found.asked.keys()], ["fine", "Stop @ verb"]);
});

test("texts of templates are found, and their attributes", () => {
  const found = { asked: new Map(), unasked: [] };
  readTemplate("a.html", '<p title="Old" class="new one">Text <b>{% word "ok" meaning="it" %}</b>{{ name }}</p>', found);
  assert.deepEqual([found.unasked, [...found.asked.keys()]], [["a.html:1: Text", "a.html:1: Old"], ["ok @ it"]]);
});

test("translations have the values and plurals of their language", () => {
  const key = "{n, plural, one {# van} other {# vans}} in {zone}";
  assert.equal(faultOf("de", key, "{zone}: {n, plural, one {# Wagen} other {# Wagen}}"), "");
  assert.match(faultOf("de", key, "{n, plural, one {# Wagen} other {# Wagen}}"), /values \[n\] and not \[n,zone\]/);
  assert.match(faultOf("ar", key, "{zone} {n, plural, one {#} other {#}}"), /no plural for zero, two, few, many/);
  assert.match(faultOf("de", key, "{zone} {n, plural, one {#}"), /no message/);
  assert.match(faultOf("de", "Zones", " "), /empty/);
  assert.match(faultOf("de", "N E S W @ one word each", "N O S"), /not 4 words/);
});
