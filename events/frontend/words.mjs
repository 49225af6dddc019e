/**
 * Texts of the pages and their translations.
 *
 *     node words.mjs check                what is wrong, a line each; status 1 if anything is
 *     node words.mjs missing [language]   texts that are not translated, as JSON: {"de": {"Zones": ""}}
 *     node words.mjs merge de file.json   takes translations in, {"Zones": "Zonen"}, and drops those that nobody asks for
 *
 * A text that means two things in another language has a context behind it: "Stop @ verb". A message keeps the values of
 * its text, and has the plurals of its language: "{n, plural, one {# Fahrzeug} other {# Fahrzeuge}}".
 */

import { readFile } from "node:fs/promises";
import { faultOf, readCatalogues, writeCatalogue } from "./words/catalogues.mjs";
import { findTexts } from "./words/texts.mjs";

const [command, language, file] = process.argv.slice(2);
const { asked, unasked } = await findTexts();
const keys = [...asked.keys()].sort();
const catalogues = await readCatalogues();

function missing() {
  const lacking = (texts) => Object.fromEntries(keys.filter((key) => !(key in texts)).map((key) => [key, ""]));
  const wanted = [...catalogues].filter(([name]) => !language || name === language);
  return Object.fromEntries(wanted.map(([name, texts]) => [name, lacking(texts)]));
}

function faults() {
  const found = unasked.map((text) => `not asked of the catalogue: ${text}`);
  for (const [name, texts] of catalogues) {
    for (const [key, text] of Object.entries(texts)) {
      const fault = asked.has(key) ? faultOf(name, key, text) : "is asked for by nobody";
      if (fault) found.push(`${name}: ${JSON.stringify(key)} ${fault}`);
    }
  }
  for (const [name, texts] of Object.entries(missing())) for (const key of Object.keys(texts)) found.push(`${name}: ${JSON.stringify(key)} is missing`);
  return found;
}

async function merge() {
  const given = JSON.parse(await readFile(file, "utf8"));
  const faulty = Object.entries(given).filter(([key, text]) => text !== "" && (!asked.has(key) || faultOf(language, key, text)));
  for (const [key, text] of faulty) console.error(`${JSON.stringify(key)} ${asked.has(key) ? faultOf(language, key, text) : "is asked for by nobody"}`);
  const good = Object.fromEntries(Object.entries(given).filter(([key, text]) => text !== "" && !faulty.some(([one]) => one === key)));
  await writeCatalogue(language, { ...catalogues.get(language), ...good }, keys);
  process.exitCode = faulty.length > 0 ? 1 : 0;
}

if (command === "missing") console.log(JSON.stringify(missing(), null, 2));
else if (command === "merge" && catalogues.has(language) && file) await merge();
else if (command === "check") {
  const found = faults();
  for (const fault of found) console.log(fault);
  process.exitCode = found.length > 0 ? 1 : 0;
} else throw new Error("usage: node words.mjs check | missing [language] | merge <language> <file>");
