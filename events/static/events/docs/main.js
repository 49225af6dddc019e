/** The reference page: puts its parts together. */

import { find as findIn, messageOf } from "../dom.js";
import { Theme } from "../theme.js";
import { Console } from "./console.js";
import { withCopy } from "./elements.js";
import { inPlace } from "./inplace.js";
import { filterReference, showReference } from "./reference.js";

const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @param {string} name */
async function readDocument(name) {
  const response = await fetch(new URL(name, new URL("/docs/", document.baseURI)));
  return await response.json();
}

async function openReference() {
  try {
    const [openapi, asyncapi] = await Promise.all([readDocument("openapi.json"), readDocument("asyncapi.json")]);
    const tables = { codes: rowsOf("errors-table"), endings: rowsOf("close-codes"), failure: find("errors-example") };
    const lists = { calls: find("calls-list"), messages: find("messages-list"), schemas: find("schemas-list") };
    showReference({ ...tables, ...lists, contents: find("contents-calls") }, openapi, inPlace(asyncapi));
  } catch (error) {
    find("calls-list").textContent = `The reference cannot be read: ${messageOf(error)}`;
    return;
  }
  const filter = findIn(document, "#reference-filter", HTMLInputElement);
  filter.addEventListener("input", () => {
    find("reference-nothing").hidden = filterReference(find("reference"), filter.value);
  });
  openTarget();
}

/** @param {string} id */
function rowsOf(id) {
  return findIn(find(id), "tbody");
}

/** Each example can be copied. */
function showCopyButtons() {
  const blocks = /** @type {NodeListOf<HTMLPreElement>} */ (document.querySelectorAll("#start pre"));
  for (const block of blocks) {
    const place = document.createComment("");
    block.replaceWith(place);
    place.replaceWith(withCopy(block));
  }
}

/** The list of calls is long: it is open where there is room beside the text. */
function showGroups() {
  findIn(document, "#contents-groups", HTMLDetailsElement).open = matchMedia("(min-width: 700px) and (min-height: 900px)").matches;
}

/** Opens what the address names: a closed entry would be jumped to and show nothing. */
function openTarget() {
  const target = location.hash && find(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  if (target instanceof HTMLDetailsElement) target.open = true;
  target.scrollIntoView();
}

new Theme(find("theme"));
addEventListener("hashchange", openTarget);
showCopyButtons();
showGroups();
new Console(find("console"));
openReference();
