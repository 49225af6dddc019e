/** Parts of the document that have to be there. */

/**
 * @template {Element} [T=HTMLElement]
 * @param {ParentNode} root @param {string} selector
 * @param {{new (): T}} [kind] what it has to be
 * @returns {T} the first such element; Error if there is none, or one of another kind
 */
export function find(root, selector, kind = /** @type {any} */ (HTMLElement)) {
  const element = root.querySelector(selector);
  if (element instanceof kind) return element;
  throw new Error(`${selector} is not in the page`);
}

/** What a part tells of itself. @template T @param {Event} event @returns {T} */
export function detailOf(event) {
  return /** @type {CustomEvent<T>} */ (event).detail;
}

/** @param {unknown} error @returns {string} what it says */
export function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}
