/** Which groups are folded; the browser remembers it. */

import { recall, remember } from "../memory.js";

const KEY = "fleetsphere.folded";

export class Folds {
  #kept = new Set(read());
  /** @type {?Set<number>} while something is searched, as what is found must not be in a fold */
  #sought = null;

  /** @param {boolean} isSearching */
  seek(isSearching) {
    this.#sought = isSearching ? (this.#sought ?? new Set()) : null;
  }

  /** @param {number} groupId */
  isFolded(groupId) {
    return (this.#sought ?? this.#kept).has(groupId);
  }

  /** @param {number[]} groupIds @param {boolean} isFolded */
  fold(groupIds, isFolded) {
    const folds = this.#sought ?? this.#kept;
    for (const groupId of groupIds) {
      if (isFolded) folds.add(groupId);
      else folds.delete(groupId);
    }
    if (folds === this.#kept) remember(KEY, JSON.stringify([...folds]));
  }
}

/** @returns {number[]} */
function read() {
  try {
    return JSON.parse(recall(KEY) ?? "[]").filter(Number.isInteger);
  } catch {
    return [];
  }
}
