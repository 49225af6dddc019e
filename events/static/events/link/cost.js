/** Whether what comes over the line costs: mobile data, or a browser that was told to save. Most browsers do not say; then it does not. */

/**
 * What a browser knows of its line (Network Information API).
 *
 * @typedef {EventTarget & {type?: string, saveData?: boolean}} Line
 */

/** @param {Pick<Line, "type"|"saveData">} [line] */
export function isCostly({ type = "", saveData = false } = {}) {
  return saveData || type === "cellular";
}

/** Events: `change`. */
export class Cost extends EventTarget {
  #line = /** @type {Navigator & {connection?: Line}} */ (navigator).connection;

  constructor() {
    super();
    this.#line?.addEventListener("change", () => this.dispatchEvent(new Event("change")));
  }

  get isHigh() {
    return isCostly(this.#line);
  }
}
