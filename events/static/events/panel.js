/** What lies over the map and is opened by a button at the top: what all such panels have in common. */

import { find } from "./dom.js";

/** A panel; its first heading has the focus when it opens. */
export class Panel extends EventTarget {
  /** @param {HTMLElement} box @param {HTMLElement} opener the button */
  constructor(box, opener) {
    super();
    this.box = box;
    this.opener = opener;
  }

  get isOpen() {
    return !this.box.hidden;
  }

  /** @returns {void|Promise<void>} when all that is in it has been read */
  open() {
    this.box.hidden = false;
    this.opener.setAttribute("aria-expanded", "true");
    this.find("h2").focus();
  }

  close() {
    this.box.hidden = true;
    this.opener.setAttribute("aria-expanded", "false");
  }

  /** Gives the focus back to who opened it; its button may be in a menu that is closed by now. */
  returnFocus() {
    const isSeen = this.opener.checkVisibility();
    (isSeen ? this.opener : find(document, "#more-open")).focus();
  }

  /** @param {string} selector of what is in it */
  find(selector) {
    return find(this.box, selector);
  }
}

/** Panels that lie over the same corner of the map, so that one at a time is open. */
export class Panels {
  #panels;

  /** @param {(Panel & {leave: () => void, clear: () => void})[]} panels */
  constructor(panels) {
    this.#panels = panels;
    for (const panel of panels) panel.opener.addEventListener("click", () => panel.isOpen && this.#closeAllBut(panel));
  }

  /** The one that is open. */
  get open() {
    return this.#panels.find((panel) => panel.isOpen);
  }

  /** Nobody is logged in any more. */
  clear() {
    for (const panel of this.#panels) panel.clear();
  }

  /** @param {Panel} opened */
  #closeAllBut(opened) {
    for (const panel of this.#panels) if (panel !== opened && panel.isOpen) panel.close();
  }
}
