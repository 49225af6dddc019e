/** Which overlays are drawn, as the browser keeps it: by name, as they may come in another order. Pure. */

/** @typedef {import("./style.js").Overlay} Overlay */

/** @param {Overlay[]} overlays @param {?string} text that was kept @returns {Set<string>} names of those to draw */
export function readShown(overlays, text) {
  const kept = parsed(text);
  return new Set(overlays.filter(({ name, shown }) => kept.get(name) ?? shown).map(({ name }) => name));
}

/** Those that are switched off are written too: the operator may want them to be there. @param {Overlay[]} overlays @param {Set<string>} shown */
export function writeShown(overlays, shown) {
  return JSON.stringify(overlays.map(({ name }) => [name, shown.has(name)]));
}

/** @param {?string} text @returns {Map<string, boolean>} */
function parsed(text) {
  try {
    return new Map(JSON.parse(text ?? "[]"));
  } catch {
    return new Map();
  }
}
