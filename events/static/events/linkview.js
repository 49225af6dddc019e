/** The state of the live link, in words: in the header always, over the map when it is not live. */

import { formatDuration, formatTimeOfDay } from "./time.js";

/** A link as quiet as this is still normal; from here on the header says how quiet. */
const FRESH_MS = 3_000;
const TITLE = document.title;
const SPOKEN = {
  off: "",
  connecting: "Connecting.",
  live: "Live.",
  reconnecting: "Connection lost, reconnecting.",
  offline: "Offline. The map is not live.",
};

export class LinkView {
  #link;
  #parts;
  #announced = null;

  /**
   * @param {import("./link.js").Link} link
   * @param {{badge: HTMLElement, banner: HTMLElement, live: HTMLElement, page: HTMLElement}} parts
   *   `live` is the region that screen readers speak; `page` gets a class while what it shows is old
   */
  constructor(link, parts) {
    this.#link = link;
    this.#parts = parts;
    parts.banner.querySelector("button").addEventListener("click", () => link.retry());
    link.addEventListener("change", () => this.show());
    this.show();
  }

  /** Also to be called once a second. */
  show() {
    const { badge, banner, page } = this.#parts;
    const { state } = this.#link;
    badge.dataset.state = state;
    setText(badge.querySelector("span"), this.#badgeText());
    const isStale = state === "reconnecting" || state === "offline";
    page.classList.toggle("stale", state !== "live");
    banner.hidden = !isStale;
    setText(banner.querySelector("p"), isStale ? this.#bannerText() : "");
    document.title = isStale ? `Not live – ${TITLE}` : TITLE;
    this.#announce(state);
  }

  #badgeText() {
    const { state, heardAt, retryAt } = this.#link;
    const now = Date.now();
    if (state === "live") return now - heardAt < FRESH_MS ? "Live" : `Live, heard ${formatDuration(now - heardAt)} ago`;
    if (state === "offline") return `Offline, next try in ${formatDuration(Math.max(0, retryAt - now) + 999)}`;
    return { off: "Not connected", connecting: "Connecting…", reconnecting: "Reconnecting…" }[state];
  }

  #bannerText() {
    const { heardAt } = this.#link;
    const age = heardAt === null ? "Nothing received yet." : `What you see is from ${formatTimeOfDay(heardAt)}.`;
    return `Not live. ${age}`;
  }

  /** Only a new state is spoken, not the seconds. */
  #announce(state) {
    if (state === this.#announced) return;
    this.#announced = state;
    this.#parts.live.textContent = SPOKEN[state];
  }
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
