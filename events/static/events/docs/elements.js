/** Makes elements. Text only ever goes in as text. */

/**
 * Part of a document that describes others, as JSON Schema does: what is in it depends on what else is.
 * @typedef {Record<string, any>} Json
 */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} name
 * @param {object} properties
 * @param {(Node|string)[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(name, properties = {}, children = []) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** @param {object} value @returns {HTMLElement} a document as it is sent, with a button that copies it */
export function codeBlock(value) {
  const code = element("code", { textContent: JSON.stringify(value, null, 2) });
  return withCopy(element("pre", { tabIndex: 0 }, [code]));
}

/** @param {HTMLPreElement} block @returns {HTMLElement} the block in a frame with a button that copies its text */
export function withCopy(block) {
  const button = element("button", { type: "button", className: "copy", textContent: "Copy" });
  button.addEventListener("click", () => copy(block, button));
  return element("div", { className: "code" }, [block, button]);
}

/** @param {HTMLElement} block @param {HTMLElement} button */
async function copy(block, button) {
  // Without TLS there is no clipboard; then the text is at least selected.
  getSelection()?.selectAllChildren(block);
  try {
    await navigator.clipboard.writeText(block.textContent ?? "");
    button.textContent = "Copied";
  } catch {
    button.textContent = "Selected";
  }
  setTimeout(() => (button.textContent = "Copy"), 2000);
}

/** @param {string} text with `code` between backticks @returns {(Node|string)[]} */
export function withCode(text) {
  return text.split("`").map((part, index) => (index % 2 ? element("code", { textContent: part }) : part));
}
