import assert from "node:assert/strict";
import test from "node:test";
import "./messages.js";

const FOLDER = "../../events/static/events/words/words.js";

/** The module as a page in this language has it. */
async function wordsIn(language, texts = {}) {
  globalThis.fleetsphereWords = { language, texts };
  const words = await import(`${FOLDER}?${language}`);
  const { IntlMessageFormat } = await import("../../events/frontend/node_modules/intl-messageformat/index.js");
  words.useMessages(IntlMessageFormat);
  return words;
}

const PLURAL = "{n, plural, one {# vehicle} other {# vehicles}}";

test("a text that nobody has translated is English", async () => {
  const { t } = await wordsIn("de", { Zones: "Zonen" });
  assert.equal(t("Zones"), "Zonen");
  assert.equal(t("Rules"), "Rules");
  assert.equal(t(PLURAL, { n: 1 }), "1 vehicle");
});

test("values stand where the language wants them", async () => {
  const { t } = await wordsIn("fr", { "{name} in {zone}": "l'objet {name} de {zone}" });
  assert.equal(t("{name} in {zone}", { name: "$& {zone}", zone: "Lyon" }), "l'objet $& {zone} de Lyon");
});

test("homonyms are told apart by their context", async () => {
  const { t } = await wordsIn("es", { "Stop @ verb": "Parar" });
  assert.equal(t("Stop", undefined, "verb"), "Parar");
  assert.equal(t("Stop"), "Stop");
});

test("plurals have the categories of the language, and Latin digits", async () => {
  const arabic = "{n, plural, zero {صفر} one {واحدة} two {اثنتان} few {# قليلة} many {# كثيرة} other {# مركبة}}";
  const { t } = await wordsIn("ar", { [PLURAL]: arabic });
  assert.deepEqual([0, 1, 2, 3, 11, 1100].map((n) => t(PLURAL, { n })), ["صفر", "واحدة", "اثنتان", "3 قليلة", "11 كثيرة", "1,100 مركبة"]);
});
