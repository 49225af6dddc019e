/**
 * The live link: one Atmosphere subscription at a time, started again for as long as it takes.
 *
 * atmosphere.js 5 reconnects by itself after a drop, but gives up after five tries, and when its *first* connect fails
 * it rejects while a retry loop goes on that nobody can stop. So only a link that was open is left to it; every other
 * failure is retried here. It also hides heartbeats and has no word for a connection that died silently, so a quiet
 * link is asked for an answer now and then.
 */

import { Atmosphere } from "atmosphere.js";

const MAX_BACKOFF_MS = 30_000;
const ANSWER_MS = 10_000;
/** After a wake or a change of network, when the link is more likely dead than not. */
const QUICK_ANSWER_MS = 4_000;
const QUIET_MS = 25_000;
/** Longer than atmosphere.js needs to give up, unless a try hangs. */
const FIVE_TRIES_MS = 45_000;
const TICK_MS = 1_000;

/** @typedef {"off"|"connecting"|"live"|"reconnecting"|"offline"} LinkState */

/**
 * Events: `change` when the state changes, `frame` (CustomEvent) with each document of the server.
 * Live means: the server has confirmed the subscription.
 */
export class Link extends EventTarget {
  /** @type {LinkState} */
  state = "off";
  /** @type {?number} when the server was last heard */
  heardAt = null;
  /** @type {?number} when the next try starts, while offline */
  retryAt = null;

  #url;
  #commands;
  #atmosphere = new Atmosphere({ logLevel: "silent" });
  #attempt = null;
  #failures = 0;
  #retryTimer = null;
  #answerBy = null;

  /**
   * @param {string} url
   * @param {Record<"subscribe"|"unsubscribe"|"probe", () => ?object>} commands what to send; null: nothing
   */
  constructor(url, commands) {
    super();
    this.#url = url;
    this.#commands = commands;
    setInterval(() => this.#watch(), TICK_MS);
  }

  start() {
    this.#failures = 0;
    this.heardAt = null;
    this.#begin("connecting");
  }

  /** Says goodbye to the server and stays off. */
  stop() {
    if (this.#attempt?.isOpen) this.send(this.#commands.unsubscribe());
    this.#abandon();
    this.#become("off");
  }

  /** Tries at once, unless a try is under way. */
  retry() {
    if (this.state === "live") this.#ask(QUICK_ANSWER_MS);
    else if (this.state !== "off" && !this.#isTrying()) {
      // Whoever asks knows something: the next tries follow quickly again.
      this.#failures = 0;
      this.#begin("reconnecting");
    }
  }

  /** Sends a command, if the link is open. */
  send(command) {
    if (command === null || !this.#attempt?.isOpen) return;
    try {
      this.#attempt.subscription.push(command);
    } catch {
      // The socket is closing; its close is reported separately.
    }
  }

  #isTrying() {
    if (this.#attempt === null) return false;
    const { subscription } = this.#attempt;
    return subscription === null || ["connecting", "connected"].includes(subscription.state);
  }

  async #begin(state) {
    this.#abandon();
    const attempt = { subscription: null, hasOpened: false, isOpen: false };
    this.#attempt = attempt;
    this.#answerBy = Date.now() + ANSWER_MS;
    this.#become(state);
    try {
      attempt.subscription = await this.#atmosphere.subscribe(this.#request(), this.#handlers(attempt));
      if (attempt !== this.#attempt) await attempt.subscription.close();
    } catch {
      this.#failed(attempt);
    }
  }

  #request() {
    return {
      url: this.#url,
      transport: "websocket",
      contentType: "application/json",
      enableProtocol: true,
      trackMessageLength: false,
      reconnect: true,
    };
  }

  #handlers(attempt) {
    const whenCurrent = (action) => (...values) => {
      if (attempt === this.#attempt) action(...values);
    };
    return {
      open: whenCurrent(() => this.#opened(attempt)),
      reopen: whenCurrent(() => this.#opened(attempt)),
      message: whenCurrent(({ responseBody }) => this.#received(responseBody)),
      failureToReconnect: () => this.#failed(attempt),
      close: ({ request }) => {
        // The only way to keep it from reconnecting after close(), and from its loop after a failed first connect.
        request.reconnect = attempt === this.#attempt && attempt.hasOpened;
        if (request.reconnect) this.#dropped(attempt);
        else this.#failed(attempt);
      },
    };
  }

  #opened(attempt) {
    attempt.hasOpened = true;
    attempt.isOpen = true;
    this.#answerBy = Date.now() + ANSWER_MS;
    const command = this.#commands.subscribe();
    if (command === null) this.#confirmed();
    else this.send(command);
  }

  #received(text) {
    const frame = readFrame(text);
    if (frame === null) return;
    this.heardAt = Date.now();
    if (this.state === "live") this.#answerBy = null;
    if (frame.type === "response" && frame.action === "subscription/subscribe") this.#confirmed();
    this.dispatchEvent(new CustomEvent("frame", { detail: frame }));
    if (frame.type === "error" && this.state !== "live" && this.state !== "off") this.#failed(this.#attempt);
  }

  #confirmed() {
    this.heardAt = Date.now();
    this.#failures = 0;
    this.#answerBy = null;
    this.#become("live");
  }

  #dropped(attempt) {
    attempt.isOpen = false;
    this.#answerBy = Date.now() + FIVE_TRIES_MS;
    this.#become("reconnecting");
  }

  #failed(attempt) {
    if (attempt !== this.#attempt || attempt === null) return;
    this.#abandon();
    this.#failures += 1;
    const delay = Math.min(MAX_BACKOFF_MS, 1000 * 2 ** this.#failures) * (0.5 + Math.random() / 2);
    this.retryAt = Date.now() + delay;
    this.#retryTimer = setTimeout(() => this.#begin("reconnecting"), delay);
    this.#become("offline");
  }

  #abandon() {
    const attempt = this.#attempt;
    this.#attempt = null;
    this.#answerBy = null;
    this.retryAt = null;
    clearTimeout(this.#retryTimer);
    attempt?.subscription?.close();
  }

  #watch() {
    const now = Date.now();
    const isOverdue = this.#answerBy !== null && now > this.#answerBy;
    if (this.state !== "live") {
      if (isOverdue) this.#failed(this.#attempt);
    } else if (isOverdue) this.#begin("reconnecting");
    else if (this.#answerBy === null && now - this.heardAt > QUIET_MS) this.#ask(ANSWER_MS);
  }

  #ask(patience) {
    const command = this.#commands.probe();
    if (command === null) return;
    this.#answerBy = Math.min(this.#answerBy ?? Infinity, Date.now() + patience);
    this.send(command);
  }

  #become(state) {
    this.state = state;
    this.dispatchEvent(new Event("change"));
  }
}

/** @returns {?object} null for what is no document: padding reaches the page too */
function readFrame(text) {
  try {
    const frame = JSON.parse(text);
    return typeof frame === "object" ? frame : null;
  } catch {
    return null;
  }
}
