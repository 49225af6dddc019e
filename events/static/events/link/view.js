/** The state of the live link, in words: in the header always, over the map when it is not live. */

import { formatDuration, formatTimeOfDay } from "../time.js";

/** A link as quiet as this is still normal; from here on the header says how quiet. */
const FRESH_MS = 3_000;
const TITLE = document.title;
const SPOKEN = {
  off: "",
  connecting: "Connecting.",
  live: "Live.",
  silent: "No news from the server.",
  reconnecting: "Connection lost, reconnecting.",
  offline: "Offline. The map is not live.",
};
const TRANSPORTS = {
  websocket: "",
  sse: "Connected without a websocket, which does not get through here: by server-sent events",
  streaming: "Connected without a websocket, which does not get through here: by streaming",
  "long-polling": "Connected without a websocket, which does not get through here: by polling",
};

export class LinkView {
  #link;
  #parts;
  /** @type {?string} */
  #announced = null;

  /**
   * @param {import("./link.js").Link} link
   * @param {{badge: HTMLElement, banner: HTMLElement, live: HTMLElement, page: HTMLElement}} parts
   *   `live` is the region that screen readers speak; `page` gets a class while what it shows is old
   */
  constructor(link, parts) {
    this.#link = link;
    this.#parts = parts;
    parts.banner.querySelector("button")?.addEventListener("click", () => link.retry());
    link.addEventListener("change", () => this.show());
    this.show();
  }

  /** Also to be called once a second. */
  show() {
    const { badge, banner, page } = this.#parts;
    const { state, transport } = this.#link;
    badge.dataset.state = state;
    badge.title = transport === null ? "" : TRANSPORTS[transport];
    setText(badge.querySelector("span"), this.#badgeText());
    const isLost = state === "reconnecting" || state === "offline";
    page.classList.toggle("stale", state !== "live" && state !== "silent");
    banner.hidden = !isLost;
    setText(banner.querySelector("p"), isLost ? this.#bannerText() : "");
    document.title = isLost ? `Not live – ${TITLE}` : TITLE;
    this.#announce(state);
  }

  #badgeText() {
    const { state, retryAt } = this.#link;
    if (state === "live") return this.#silence < FRESH_MS ? "Live" : `Live, heard ${formatDuration(this.#silence)} ago`;
    if (state === "silent") return `No news for ${formatDuration(this.#silence)}`;
    if (state === "offline") return retryAt === null ? "Offline, trying…" : `Offline, next try in ${untilThen(retryAt)}`;
    return { off: "Not connected", connecting: "Connecting…", reconnecting: "Reconnecting…" }[state];
  }

  /** Milliseconds since the server was heard. */
  get #silence() {
    return Date.now() - (this.#link.heardAt ?? 0);
  }

  #bannerText() {
    const { heardAt } = this.#link;
    const age = heardAt === null ? "Nothing received yet." : `What you see is from ${formatTimeOfDay(heardAt)}.`;
    return `Not live. ${age}`;
  }

  /** Only a new state is spoken, not the seconds. @param {import("./link.js").LinkState} state */
  #announce(state) {
    if (state === this.#announced) return;
    this.#announced = state;
    this.#parts.live.textContent = SPOKEN[state];
  }
}

/** @param {number} moment */
function untilThen(moment) {
  return formatDuration(Math.max(0, moment - Date.now()) + 999);
}

/** @param {?Element} element @param {string} text */
function setText(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}
