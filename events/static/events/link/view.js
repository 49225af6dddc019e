/** The state of the live link, in words: in the header always, over the map when it is not live. */

import { formatDuration, formatTimeOfDay } from "../time.js";
import { t } from "../words/words.js";

/** A link that is quiet for so long beyond its interval is still normal; from here on the header says how quiet. */
const FRESH_MS = 2_500;
/** States that come no more seldom than that come at once for whoever looks. */
const AT_ONCE_MS = 1_000;
const TITLE = document.title;
const SPOKEN = {
  off: "",
  connecting: t("Connecting."),
  live: t("Live."),
  silent: t("No news from the server."),
  reconnecting: t("Connection lost, reconnecting."),
  offline: t("Offline. The map is not live."),
};
const TRANSPORTS = {
  websocket: "",
  sse: t("Connected without a websocket, which does not get through here: by server-sent events"),
  streaming: t("Connected without a websocket, which does not get through here: by streaming"),
  "long-polling": t("Connected without a websocket, which does not get through here: by polling"),
};

export class LinkView {
  #link;
  #parts;
  /** @type {?string} */
  #announced = null;
  #intervalOf;

  /**
   * @param {import("./link.js").Link} link
   * @param {{badge: HTMLElement, banner: HTMLElement, live: HTMLElement, page: HTMLElement}} parts
   *   `live` is the region that screen readers speak; `page` gets a class while what it shows is old
   * @param {() => number} intervalOf the milliseconds between two batches of states; 0: they come at once
   */
  constructor(link, parts, intervalOf = () => 0) {
    this.#link = link;
    this.#intervalOf = intervalOf;
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
    document.title = isLost ? t("Not live – {title}", { title: TITLE }) : TITLE;
    this.#announce(state);
  }

  #badgeText() {
    const { state, retryAt } = this.#link;
    if (state === "live") return this.#liveText();
    if (state === "silent") return t("No news for {duration}", { duration: formatDuration(this.#silence) });
    if (state === "offline") return retryAt === null ? t("Offline, trying…") : t("Offline, next try in {duration}", { duration: untilThen(retryAt) });
    return { off: t("Not connected"), connecting: t("Connecting…"), reconnecting: t("Reconnecting…") }[state];
  }

  /** That it is live, and what makes it slower than usual. */
  #liveText() {
    const interval = this.#intervalOf();
    if (this.#silence >= FRESH_MS + interval) return t("Live, heard {duration} ago", { duration: formatDuration(this.#silence) });
    const isPlain = this.#link.transport === "websocket";
    const pace = interval > AT_ONCE_MS ? t("every {duration}", { duration: formatDuration(interval) }) : "";
    return [t("Live"), isPlain ? "" : t("no websocket"), pace].filter(Boolean).join(" · ");
  }

  /** Milliseconds since the server was heard. */
  get #silence() {
    return Date.now() - (this.#link.heardAt ?? 0);
  }

  #bannerText() {
    const { heardAt } = this.#link;
    if (heardAt === null) return t("Not live. Nothing received yet.");
    return t("Not live. What you see is from {time}.", { time: formatTimeOfDay(heardAt) });
  }

  /** Only a new state is spoken, not the seconds. @param {import("./link.js").LinkState} state */
  #announce(state) {
    if (state === this.#announced) return;
    this.#announced = state;
    const { transport } = this.#link;
    this.#parts.live.textContent = [SPOKEN[state], transport === null ? "" : TRANSPORTS[transport]].filter(Boolean).join(" ");
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
