/** The links that lead past the top: they move the focus, and leave the address alone, which has what is looked at. */

import { find } from "./dom.js";

export function listenToSkips() {
  for (const link of document.querySelectorAll("a.skip")) link.addEventListener("click", (event) => skip(event, /** @type {HTMLAnchorElement} */ (link).hash));
}

/** @param {Event} event @param {string} place */
function skip(event, place) {
  event.preventDefault();
  const target = find(document, place);
  // Of the map what hears keys, as soon as it is there.
  (target.querySelector("canvas") ?? target).focus();
}
