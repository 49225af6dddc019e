/** What the browser keeps for us. Storage may be forbidden or full; the page then works without a memory. */

/**
 * Keeps a text across visits, or with `sessionStorage` until the tab is closed.
 *
 * @param {string} key @param {?string} value null: forgets it
 */
export function remember(key, value, storage = () => localStorage) {
  try {
    if (value === null) storage().removeItem(key);
    else storage().setItem(key, value);
  } catch {
    // Nothing kept.
  }
}

/** @param {string} key @returns {?string} */
export function recall(key, storage = () => localStorage) {
  try {
    return storage().getItem(key);
  } catch {
    return null;
  }
}
