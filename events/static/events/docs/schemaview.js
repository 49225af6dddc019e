/** JSON Schema as rows: one per field, nested ones by their path. */

import { element, withCode } from "./elements.js";

/** @typedef {import("./elements.js").Json} Json */

/** Objects inside objects; what is deeper has a name and a place of its own. */
const MAX_DEPTH = 3;

/** @param {Json} schema of an object @param {string} caption @returns {HTMLElement} a table of its fields, or its type where it has none */
export function fieldTable(schema, caption) {
  const rows = rowsOf(schema, "", 0);
  if (rows.length === 0) return typeLine(schema, caption);
  const head = ["Field", "Type", "Meaning"].map((text) => element("th", { scope: "col", textContent: text }));
  return element("div", { className: "scroll" }, [
    element("table", { className: "stacked" }, [
      element("caption", {}, withCode(caption)),
      element("thead", {}, [element("tr", {}, head)]),
      element("tbody", {}, rows),
    ]),
  ]);
}

/** @param {Json} schema @param {string} caption */
function typeLine(schema, caption) {
  const meaning = meaningOf(schema);
  return element("p", {}, [`${caption}: `, ...typeOf(schema), ...(meaning ? ["; ", ...withCode(meaning)] : [])]);
}

/** @param {Json} schema @param {string} path @param {number} depth @returns {HTMLElement[]} */
function rowsOf(schema, path, depth) {
  const required = new Set(schema.required ?? []);
  // Names that are data have no row, but for those that are a few, numbered.
  const numbered = Object.values(schema.patternProperties ?? {}).filter((field) => field["x-name"]);
  const fields = [...Object.entries(schema.properties ?? {}), ...numbered.map((field) => [field["x-name"], field])];
  return fields.flatMap(([name, field]) => {
    const here = `${path}${name}`;
    const row = rowOf(here, field, required.has(name));
    return depth < MAX_DEPTH ? [row, ...innerRows(field, here, depth + 1)] : [row];
  });
}

/** @param {Json} field @param {string} path @param {number} depth @returns {HTMLElement[]} */
function innerRows(field, path, depth) {
  if (field.properties) return rowsOf(field, `${path}.`, depth);
  if (field.items?.properties) return rowsOf(field.items, `${path}[].`, depth);
  const objects = [...(field.anyOf ?? []), ...(field.items?.anyOf ?? [])].filter((one) => one.properties);
  return objects.length === 1 ? rowsOf(objects[0], `${path}.`, depth) : [];
}

/** @param {string} path @param {Json} field @param {boolean} isRequired */
function rowOf(path, field, isRequired) {
  const need = isRequired ? [] : [" ", element("small", { textContent: "optional" })];
  return element("tr", {}, [
    element("th", { scope: "row" }, [element("code", { textContent: path }), ...need]),
    element("td", {}, typeOf(field)),
    element("td", {}, withCode(meaningOf(field))),
  ]);
}

/** @param {Json} schema @returns {(Node|string)[]} the type in words, with links to what has a name */
export function typeOf(schema) {
  if (schema.$ref) {
    const name = schema.$ref.split("/").at(-1);
    return [element("a", { href: `#schema-${name}`, textContent: name })];
  }
  if ("const" in schema) return [element("code", { textContent: JSON.stringify(schema.const) })];
  if (schema.enum) return joined(schema.enum.map((/** @type {unknown} */ value) => [element("code", { textContent: String(value) })]), " | ");
  if (schema.allOf) return joined(schema.allOf.map(typeOf), " and ");
  if (schema.anyOf) return joined(schema.anyOf.map(typeOf), " or ");
  if (schema.type === "array") return ["list of ", ...typeOf(schema.items ?? {})];
  if (schema.type === "object" && typeof schema.additionalProperties === "object") {
    return ["object of ", ...typeOf(schema.additionalProperties)];
  }
  if (schema.type === "integer") return [isOf64Bits(schema) ? "integer, 64 bits" : "integer"];
  if (schema.type === "null") return ["null"];
  return [schema.type ?? "any value"];
}

/** @param {(Node|string)[][]} lists @param {string} separator */
function joined(lists, separator) {
  return lists.flatMap((list, index) => (index === 0 ? list : [separator, ...list]));
}

/** @param {Json} schema */
function meaningOf(schema) {
  // What may be null says inside what it is otherwise.
  const inner = [...(schema.anyOf ?? []), ...(schema.allOf ?? [])].filter(({ type }) => type !== "null");
  const words = inner.length === 1 ? [schema.description, ...wordsOf(inner[0])] : wordsOf(schema);
  if ("default" in schema) words.push(`if left out: \`${schema.default}\``);
  return [...new Set(words.filter(Boolean))].join("; ");
}

/** @param {Json} schema @returns {string[]} the description, and what a value must be */
function wordsOf(schema) {
  return [
    schema.description,
    schema["x-shape"] ?? (schema.pattern && `must match \`${schema.pattern}\``),
    rangeOf(schema),
    schema.multipleOf && `a multiple of ${schema.multipleOf}`,
    lengthOf(schema.minLength, schema.maxLength, "character"),
    lengthOf(schema.minItems, schema.maxItems, "item"),
    schema.uniqueItems && "each once",
    ...itemWords(schema.items),
  ];
}

/** What each item of a list must be; what has fields has rows of its own. @param {?Json} items */
function itemWords(items) {
  if (!items || items.properties || items.$ref) return [];
  const words = wordsOf({ ...items, description: undefined }).filter(Boolean);
  return words.length > 0 ? [`each: ${words.join(", ")}`] : [];
}

/** @param {Json} schema */
function isOf64Bits({ maximum }) {
  return Math.abs(maximum) > 2 ** 53;
}

/** Bounds that only say "64 bits" stand beside the type. @param {Json} schema */
function rangeOf({ minimum: least, maximum: most }) {
  if (most > 2 ** 53) return least === 0 ? "at least 0" : "";
  if (least === undefined && most === undefined) return "";
  if (most === undefined) return `at least ${least}`;
  return least === undefined ? `at most ${most}` : `${least} to ${most}`;
}

/** @param {number|undefined} least @param {number|undefined} most @param {string} unit */
function lengthOf(least, most, unit) {
  const count = (/** @type {number} */ number) => `${number} ${unit}${number === 1 ? "" : "s"}`;
  if (most === undefined) return least ? `at least ${count(least)}` : "";
  return least ? `${least} to ${count(most)}` : `at most ${count(most)}`;
}
