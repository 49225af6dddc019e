/** Places as people type them. Pure. */

/** @typedef {import("../map/mercator.js").Place} Place */

/** Degrees, with minutes and seconds or without, a decimal point or comma, and the side of the earth. */
const ANGLE = String.raw`([NSEW])?\s*([-+\u2212]?\d{1,3}(?:[.,]\d+)?)\s*[°º]?(?:\s*(\d{1,2}(?:[.,]\d+)?)\s*['′’])?(?:\s*(\d{1,2}(?:[.,]\d+)?)\s*["″”])?\s*([NSEW])?`;
const PAIR = new RegExp(String.raw`^(?:geo:)?\s*${ANGLE}\s*[,;/\s]\s*${ANGLE}$`, "i");

/**
 * Reads latitude and longitude: "47.5, 19.04", "47,5 19,04", "47°30′N 19°2′24″E", "geo:47.5,19.04".
 * @param {string} text @returns {?Place} null: that is no place
 */
export function readPlace(text) {
  const found = PAIR.exec(text.trim());
  if (found === null) return null;
  const [one, other] = [angleOf(found.slice(1, 6)), angleOf(found.slice(6, 11))];
  const isTurned = isOf("EW", one.side) || isOf("NS", other.side);
  const [lat, lng] = isTurned ? [other, one] : [one, other];
  const isSound = Math.abs(lat.degrees) <= 90 && Math.abs(lng.degrees) <= 180 && !isOf("EW", lat.side) && !isOf("NS", lng.side);
  return isSound ? { lat: lat.degrees, lng: lng.degrees } : null;
}

/** @param {Place} place @returns {string} as `readPlace` reads it, to a metre */
export function writePlace({ lat, lng }) {
  return `${Number(lat.toFixed(5))}, ${Number(lng.toFixed(5))}`;
}

/** @param {(string|undefined)[]} parts */
function angleOf([before, degrees = "", minutes, seconds, after]) {
  const side = (before ?? after ?? "").toUpperCase();
  const signed = numberOf(degrees.replace("\u2212", "-"));
  const size = Math.abs(signed) + numberOf(minutes) / 60 + numberOf(seconds) / 3600;
  const isNegative = /^[-\u2212]/.test(degrees) !== isOf("SW", side);
  return { degrees: isNegative ? -size : size, side };
}

/** @param {string} [text] */
function numberOf(text = "0") {
  return Number(text.replace(",", "."));
}

/** @param {string} sides @param {string} side */
function isOf(sides, side) {
  return side !== "" && sides.includes(side);
}
