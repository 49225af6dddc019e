/** The catalogues: what is in them, what is missing, and whether translations are messages with the values of their keys. */

import { readFile, readdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { TYPE, parse } from "@formatjs/icu-messageformat-parser";
import { ROOT } from "./texts.mjs";

const FOLDER = join(ROOT, "accounts", "api", "catalogues");
/** Plurals are of what is counted here; some languages have a form of its own for millions. */
const COUNTED = Array.from({ length: 1_001 }, (_, n) => n);

/** The context of texts that are taken apart into words. */
const EACH = "one word each";

/** @returns {Promise<Map<string, Record<string, string>>>} translations by key, by language */
export async function readCatalogues() {
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith(".json")).sort();
  const read = async (name) => [basename(name, ".json"), JSON.parse(await readFile(join(FOLDER, name), "utf8"))];
  return new Map(await Promise.all(names.map(read)));
}

/** Writes the translations of these keys, in their order, and no others. @param {string} language @param {Record<string, string>} texts @param {string[]} keys */
export async function writeCatalogue(language, texts, keys) {
  const kept = Object.fromEntries(keys.filter((key) => texts[key]).map((key) => [key, texts[key]]));
  await writeFile(join(FOLDER, `${language}.json`), `${JSON.stringify(kept, null, 2)}\n`);
}

/** What is wrong with a translation; empty: nothing. @param {string} language @param {string} key @param {string} text */
export function faultOf(language, key, text) {
  if (typeof text !== "string" || text.trim() === "") return "is empty";
  const [english, context] = key.split(" @ ");
  if (context === EACH && countWords(english) !== countWords(text)) return `has not ${countWords(english)} words`;
  let [wanted, given] = [[], []];
  try {
    wanted = valuesOf(parse(english, { ignoreTag: true }));
  } catch {
    // A key that is no message is never given values.
    return "";
  }
  try {
    const message = parse(text, { ignoreTag: true });
    given = valuesOf(message);
    const lacking = message.filter(({ type }) => type === TYPE.plural).flatMap(({ options }) => lackingForms(language, options));
    if (lacking.length > 0) return `has no plural for ${lacking.join(", ")}`;
  } catch (error) {
    return `is no message: ${error.message}`;
  }
  return String(wanted) === String(given) ? "" : `has the values [${given}] and not [${wanted}]`;
}

function countWords(text) {
  return text.split(" ").length;
}

/** Names of values, each once, by the alphabet. */
function valuesOf(elements) {
  const found = new Set();
  const walk = (parts) => {
    for (const { type, value, options } of parts) {
      if (type !== TYPE.literal && type !== TYPE.pound) found.add(value);
      for (const option of Object.values(options ?? {})) walk(option.value);
    }
  };
  walk(elements);
  return [...found].sort();
}

function lackingForms(language, options) {
  const rules = new Intl.PluralRules(language);
  const wanted = new Set(COUNTED.filter((n) => !(`=${n}` in options)).map((n) => rules.select(n)));
  return [...wanted, "other"].filter((form, index, all) => !(form in options) && all.indexOf(form) === index);
}
