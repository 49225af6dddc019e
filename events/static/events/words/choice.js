/** The choice of a language: a cookie, by which the server writes the page. */

import { language } from "./words.js";

const KEPT_S = 365 * 24 * 3600;

/** Shows the page in this language from now on. @param {string} chosen as "de" */
export function chooseLanguage(chosen) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `language=${chosen}; path=/; max-age=${KEPT_S}; samesite=lax${secure}`;
  if (chosen !== language()) location.reload();
}

/**
 * Shows the page in the language of a user's letters, where nobody has chosen one in this browser. English is what
 * users have who never said anything, and means nothing.
 * @param {string} locale of `user/settings/read`, as "de_DE"
 */
export function followLocale(locale) {
  const wanted = locale.slice(0, 2).toLowerCase();
  if (!isLanguageChosen() && wanted !== "en" && offered().includes(wanted)) chooseLanguage(wanted);
}

function isLanguageChosen() {
  return document.cookie.split("; ").some((one) => one.startsWith("language="));
}

function offered() {
  return [...document.querySelectorAll("select[data-picks=language] option")].map((option) => /** @type {HTMLOptionElement} */ (option).value);
}

/** Makes pickers of all `select` elements for languages in the page. */
export function listenToPickers() {
  for (const picker of document.querySelectorAll("select[data-picks=language]")) {
    picker.addEventListener("change", () => chooseLanguage(/** @type {HTMLSelectElement} */ (picker).value));
  }
}
