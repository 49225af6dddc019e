/** Short messages at the edge of the page. */

const SHOWN_MS = 12_000;
const MAX_SHOWN = 3;

export class Notices {
  #box;

  /** @param {HTMLElement} box */
  constructor(box) {
    this.#box = box;
  }

  /** Shows a text for a while; the same text again only starts its time anew. */
  show(text) {
    const notice = this.#find(text) ?? this.#add(text);
    clearTimeout(Number(notice.dataset.timer));
    notice.dataset.timer = String(setTimeout(() => notice.remove(), SHOWN_MS));
    while (this.#box.children.length > MAX_SHOWN) this.#box.firstElementChild.remove();
  }

  #find(text) {
    return [...this.#box.children].find((notice) => notice.firstElementChild.textContent === text);
  }

  #add(text) {
    const notice = document.createElement("div");
    const paragraph = document.createElement("p");
    const button = document.createElement("button");
    notice.className = "notice";
    paragraph.textContent = text;
    button.type = "button";
    button.className = "quiet close";
    button.setAttribute("aria-label", "Dismiss");
    button.addEventListener("click", () => notice.remove());
    notice.append(paragraph, button);
    this.#box.append(notice);
    return notice;
  }
}
