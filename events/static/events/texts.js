/** Texts of others on our lines: what users called things before this was refused, and what devices say. Pure. */

import { IS_FROM_RIGHT } from "./words/words.js";

const TURNING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const FROM_RIGHT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
/** Characters that are drawn as nothing; the joiners and selectors that change the one before them are not among them. */
const UNSEEN =
  /[\x7f-\x9f\xad\u034f\u115f\u1160\u17b4\u17b5\u200b\u2028\u2029\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\u{e0000}-\u{e00ff}]/gu;
const FIRST_STRONG_ISOLATE = "\u2068";
const POP_ISOLATE = "\u2069";

/** The text to be put between others in a line: whatever is in it, it turns none of them around. @param {string} text */
export function isolate(text) {
  const plain = text.replace(TURNING, "");
  if (plain === "") return plain;
  return IS_FROM_RIGHT || FROM_RIGHT.test(plain) ? FIRST_STRONG_ISOLATE + plain + POP_ISOLATE : plain;
}

/** A JSON text, which means the same and shows all of its characters. @param {string} json */
export function revealed(json) {
  return json.replace(TURNING, escape).replace(UNSEEN, escape);
}

/** @param {string} character */
function escape(character) {
  return [...Array(character.length).keys()]
    .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`)
    .join("");
}
