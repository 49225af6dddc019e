/** Short messages at the edge of the page. */

import { t } from "./words/words.js";

const SHOWN_MS = 12_000;
const MAX_SHOWN = 3;

/** @typedef {{name: string, act: () => void}} Action of a button beside a text */

export class Notices {
  #box;

  /** @param {HTMLElement} box */
  constructor(box) {
    this.#box = box;
  }

  /**
   * Shows a text for a while; the same text again only starts its time anew.
   * @param {string} text @param {?Action} action
   */
  show(text, action = null) {
    const notice = this.#find(text) ?? this.#add(text, action);
    clearTimeout(Number(notice.dataset.timer));
    notice.dataset.timer = String(setTimeout(() => notice.remove(), SHOWN_MS));
    while (this.#box.children.length > MAX_SHOWN) this.#box.firstElementChild?.remove();
  }

  /** @param {string} text @returns {HTMLElement|undefined} */
  #find(text) {
    const notices = /** @type {HTMLElement[]} */ ([...this.#box.children]);
    return notices.find((notice) => notice.firstElementChild?.textContent === text);
  }

  /** @param {string} text @param {?Action} action */
  #add(text, action) {
    const notice = document.createElement("div");
    const paragraph = document.createElement("p");
    const button = document.createElement("button");
    notice.className = "notice";
    paragraph.textContent = text;
    button.type = "button";
    button.className = "quiet close";
    button.setAttribute("aria-label", t("Dismiss"));
    button.addEventListener("click", () => notice.remove());
    notice.append(paragraph, ...(action ? [this.#button(notice, action)] : []), button);
    this.#box.append(notice);
    return notice;
  }

  /** @param {HTMLElement} notice @param {Action} action */
  #button(notice, { name, act }) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quiet act";
    button.textContent = name;
    button.addEventListener("click", () => {
      notice.remove();
      act();
    });
    return button;
  }
}
