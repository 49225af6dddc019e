/** On a narrow screen: a button behind which most of what stands at the top of the page is. Elsewhere all of it is seen. */

import { find } from "./dom.js";

export class Menu {
  #opener;
  #box;

  /** @param {HTMLElement} opener @param {HTMLElement} box */
  constructor(opener, box) {
    this.#opener = opener;
    this.#box = box;
    opener.addEventListener("click", () => this.#toggle(!this.#isOpen));
    box.addEventListener("click", ({ target }) => this.#leaves(/** @type {Element} */ (target)) && this.#toggle(false));
    for (const part of [opener, box]) {
      part.addEventListener("keydown", (event) => this.#press(event));
      part.addEventListener("focusout", ({ relatedTarget }) => relatedTarget && this.#seeBeyond(relatedTarget));
    }
    document.addEventListener("pointerdown", ({ target }) => this.#seeBeyond(target));
  }

  get #isOpen() {
    return this.#opener.getAttribute("aria-expanded") === "true";
  }

  /** @param {boolean} isOpen */
  #toggle(isOpen) {
    this.#opener.setAttribute("aria-expanded", String(isOpen));
    this.#box.classList.toggle("open", isOpen);
    if (isOpen) find(this.#box, "button:not([hidden])").focus();
  }

  /** Colours are tried one after the other; all else leads somewhere. @param {Element} target */
  #leaves(target) {
    return target.closest("button:not(.theme)") !== null;
  }

  /** Somebody goes on with something else. @param {?EventTarget} target */
  #seeBeyond(target) {
    const isWithin = target instanceof Node && (this.#box.contains(target) || this.#opener.contains(target));
    if (this.#isOpen && !isWithin) this.#toggle(false);
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.key !== "Escape" || !this.#isOpen) return;
    event.stopPropagation();
    this.#toggle(false);
    this.#opener.focus();
  }
}
