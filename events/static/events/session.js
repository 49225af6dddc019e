/**
 * The login of this browser: one for all tabs. Its hash is kept while one of them is open, so that neither a reload nor
 * a new tab asks for a password; on a wall board beyond that.
 */

import { renewSession } from "./api.js";
import { recall, remember } from "./memory.js";

const KEY = "fleetsphere.session";
/** The browser's own storage outlives its tabs. */
const STORES = { tab: () => sessionStorage, browser: () => localStorage };

/**
 * @typedef {{hash: string, login: string}} Login
 *
 * What tabs tell each other: somebody logged in, the login ended (no text: somebody logged out), who is logged in, and
 * the answer to that.
 *
 * @typedef {{type: "begun"|"known", login: Login}|{type: "ended", hash: string, text: string}|{type: "sought"}} Word
 */

/** Events, when it was in another tab: `begin`, and (CustomEvent) `end` with the reason; empty: somebody logged out. */
export class Session extends EventTarget {
  #kept = read();
  #channel = new BroadcastChannel(KEY);
  #isStaying = false;

  constructor() {
    super();
    this.#channel.addEventListener("message", ({ data }) => this.#hear(data));
  }

  get hash() {
    return this.#kept?.hash ?? null;
  }

  get login() {
    return this.#kept?.login ?? "";
  }

  /** Somebody has logged in here. @param {string} hash @param {string} login */
  begin(hash, login) {
    this.#keep({ hash, login });
    this.#say({ type: "begun", login: { hash, login } });
  }

  /** The login is over. @param {string} text why; empty: somebody logged out here */
  end(text = "") {
    if (this.#kept === null) return;
    const { hash } = this.#kept;
    this.#keep(null);
    this.#say({ type: "ended", hash, text });
  }

  /** Asks the other tabs for their login; `begin` comes if there is one. */
  seek() {
    if (this.#kept === null) this.#say({ type: "sought" });
  }

  /** Whether the login is kept when the browser is closed. @param {boolean} isStaying */
  stay(isStaying) {
    this.#isStaying = isStaying;
    this.#keep(this.#kept);
  }

  /** Gives it its full time again: it ends after a month without, and a page may be open for longer. */
  async renew() {
    // That it ended, or that the server is away, is told by whatever else is asked.
    if (this.#kept !== null) await renewSession(this.#kept.hash).catch(() => {});
  }

  /** @param {Word} word of another tab */
  #hear(word) {
    if (word.type === "sought") return this.#kept && this.#say({ type: "known", login: this.#kept });
    if (word.type === "ended") return word.hash === this.hash && this.#lose(word.text);
    // A tab that slept may know an older login: its answer counts only where nobody knows better.
    if (word.login.hash === this.hash || (word.type === "known" && this.#kept !== null)) return;
    this.#keep(word.login);
    this.dispatchEvent(new Event("begin"));
  }

  /** @param {string} text */
  #lose(text) {
    this.#keep(null);
    this.dispatchEvent(new CustomEvent("end", { detail: text }));
  }

  /** @param {?Login} login */
  #keep(login) {
    this.#kept = login;
    const text = login === null ? null : JSON.stringify(login);
    remember(KEY, text, STORES.tab);
    remember(KEY, this.#isStaying ? text : null, STORES.browser);
  }

  /** @param {Word} word */
  #say(word) {
    this.#channel.postMessage(word);
  }
}

/** @returns {?Login} */
function read() {
  try {
    return JSON.parse(recall(KEY, STORES.tab) ?? recall(KEY, STORES.browser) ?? "null");
  } catch {
    return null;
  }
}
