/** Keeps the screen from going dark, as long as that is wanted and the page is seen. */

import { messageOf } from "../dom.js";
import { t } from "../words/words.js";

/** Event (CustomEvent): `told` with why the screen may go dark; empty: it stays on. */
export class AwakeScreen extends EventTarget {
  #isWanted = false;
  /** @type {?WakeLockSentinel} */
  #lock = null;

  constructor() {
    super();
    // The lock is lost whenever the page is hidden.
    document.addEventListener("visibilitychange", () => this.#hold());
  }

  /** @param {boolean} isWanted */
  async want(isWanted) {
    this.#isWanted = isWanted;
    if (isWanted) await this.#hold();
    else await this.#lock?.release();
  }

  async #hold() {
    if (!this.#isWanted || document.hidden) return;
    try {
      if (!("wakeLock" in navigator)) throw new Error(t("that takes HTTPS and a newer browser"));
      this.#lock = await navigator.wakeLock.request("screen");
      this.#tell("");
    } catch (error) {
      this.#tell(t("This screen may go dark: {reason}", { reason: messageOf(error) }));
    }
  }

  /** @param {string} text */
  #tell(text) {
    this.dispatchEvent(new CustomEvent("told", { detail: text }));
  }
}
