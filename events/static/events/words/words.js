/**
 * Texts in the language of the page. Pure.
 *
 * The English text is the key: `t("Zones")`, `t("{n, plural, one {# vehicle} other {# vehicles}}", { n })`. A language
 * is a script of the server that runs before all modules (`/words/…`), so texts may be asked for anywhere, and from
 * the first moment on; without it, as in English and in node, the keys are what is shown.
 */

/** @typedef {Record<string, string | number>} Values */
/** @typedef {{new (text: string, locale: string, formats?: undefined, options?: {ignoreTag: boolean}): {format(values: Values): unknown}}} Format */

/** @type {{language: string, texts: Record<string, string>}} */
const words = /** @type {any} */ (globalThis).fleetsphereWords ?? { language: "en", texts: {} };
/** What cannot be put in by itself: plurals, choices, and apostrophes that quote. */
const ELABORATE = /\{\s*\w+\s*,|''|'[{}]/;
const NAME = /\{(\w+)\}/g;
/** @type {Map<string, {format(values: Values): unknown}>} */
const formats = new Map();
/** @type {?Format} */
let Message = null;

/** Has messages of ICU put together by this class. @param {Format} format */
export function useMessages(format) {
  Message = format;
}

/**
 * The text in the language of the page. With values it is an ICU message, whose numbers are Latin digits.
 * @param {string} text in English @param {Values} [values] by name
 * @param {string} [context] tells texts apart that are the same in English alone
 * @returns {string} in English where it is not translated
 */
export function t(text, values, context) {
  const translated = words.texts[context ? `${text} @ ${context}` : text] ?? text;
  if (values === undefined) return translated;
  if (ELABORATE.test(translated)) return elaborate(translated, values);
  return translated.replace(NAME, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** @param {string} text @param {Values} values */
function elaborate(text, values) {
  let format = formats.get(text);
  if (format === undefined) {
    if (Message === null) throw new Error("nobody has said by what messages are put together");
    format = new Message(text, LOCALE, undefined, { ignoreTag: true });
    formats.set(text, format);
  }
  return String(format.format(values));
}

/** @returns {string} the language of the page, as "de" */
export function language() {
  return words.language;
}

/** Whether the page is read from the right. */
export const IS_FROM_RIGHT = words.language === "ar";

/**
 * What numbers, dates and lists are written by: the reader's own region, if it is one of this language. Digits are
 * Latin everywhere, as plates, speeds and coordinates are.
 */
export const LOCALE = localeOf(words.language);

/** @param {string} language */
function localeOf(language) {
  const wanted = globalThis.navigator?.languages ?? [];
  const own = wanted.find((locale) => locale.toLowerCase().split("-")[0] === language) ?? language;
  return own.includes("-u-") ? own : `${own}${IS_FROM_RIGHT ? "-u-nu-latn" : ""}`;
}

/** @param {string[]} parts @param {"and"|"or"} how @returns {string} "Van 7, Van 8 or Truck" */
export function listed(parts, how) {
  const [head, last] = [parts.slice(0, -1).join(t(", ", undefined, "list")), parts.at(-1) ?? ""];
  if (parts.length < 2) return last;
  return how === "and" ? t("{head} and {last}", { head, last }) : t("{head} or {last}", { head, last });
}

/** Names texts that are asked for elsewhere, by `t(text)`, so that those who translate find them. @param {string[]} texts */
export function keys(...texts) {
  return texts;
}
