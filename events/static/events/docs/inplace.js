/** Objects that a document names after their place, for programs, put back into that place, for people. */

/** @typedef {import("./elements.js").Json} Json */

const MARK = "x-named-by-place";

/** @param {Json} document with components @returns {Json} the same without such names */
export function inPlace(document) {
  const { schemas } = document.components;
  const whole = resolved(document, schemas);
  const kept = Object.entries(whole.components.schemas).filter(([, schema]) => !schema[MARK]);
  return { ...whole, components: { ...whole.components, schemas: Object.fromEntries(kept) } };
}

/** @param {any} value @param {Json} schemas @returns {any} */
function resolved(value, schemas) {
  if (Array.isArray(value)) return value.map((one) => resolved(one, schemas));
  if (value === null || typeof value !== "object") return value;
  const target = typeof value.$ref === "string" ? schemas[value.$ref.split("/").at(-1)] : undefined;
  if (target?.[MARK]) return resolved(target, schemas);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, resolved(inner, schemas)]));
}
