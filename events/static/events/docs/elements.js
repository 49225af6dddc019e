/** Makes elements. Text only ever goes in as text. */

/**
 * @param {string} name
 * @param {object} properties
 * @param {(Node|string)[]} children
 * @returns {HTMLElement}
 */
export function element(name, properties = {}, children = []) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** @param {string} text with `code` between backticks @returns {(Node|string)[]} */
export function withCode(text) {
  return text.split("`").map((part, index) => (index % 2 ? element("code", { textContent: part }) : part));
}
