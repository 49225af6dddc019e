/** Buttons that copy something. */

import { t } from "../words/words.js";

const TOLD_MS = 2_000;

/** @param {string} text @returns {Promise<boolean>} whether it was copied; without HTTPS browsers know the old way only */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyMarked(text);
  }
}

/** @param {string} text */
function copyMarked(text) {
  const field = document.createElement("textarea");
  const before = /** @type {?HTMLElement} */ (document.activeElement);
  field.value = text;
  field.className = "spoken";
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  before?.focus();
  return isCopied;
}

/**
 * @param {string} label what it says @param {() => string} textOf what it copies
 * @param {string} [name] for those who hear the button alone
 */
export function createCopier(label, textOf, name = label) {
  const button = document.createElement("button");
  const rest = () => {
    button.textContent = label;
    button.setAttribute("aria-label", name);
  };
  button.type = "button";
  button.addEventListener("click", async () => {
    button.removeAttribute("aria-label");
    button.textContent = (await copy(textOf())) ? t("Copied") : t("Cannot copy");
    setTimeout(rest, TOLD_MS);
  });
  rest();
  return button;
}
