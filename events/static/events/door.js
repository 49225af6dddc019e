/** Who comes in and who leaves: by the form, in another tab of the browser, or because the server ends the login. */

import { detailOf } from "./dom.js";
import { t } from "./words/words.js";

/** A session that nobody renews ends after a month. */
const RENEW_MS = 86_400_000;

/**
 * Events: `enter` (CustomEvent) with `{isNew}`, whether somebody has just logged in; `leave` when nobody is logged in any
 * more, and before it `forget` when that was asked for, so that nothing of the fleet may stay.
 */
export class Door extends EventTarget {
  #session;
  #login;
  #watch;

  /** @param {{session: import("./session.js").Session, login: import("./login.js").LoginForm, watch: import("./watch.js").Watch}} parts */
  constructor({ session, login, watch }) {
    super();
    this.#session = session;
    this.#login = login;
    this.#watch = watch;
    login.addEventListener("login", (event) => this.#begin(detailOf(event)));
    watch.addEventListener("ended", (event) => this.#leave(detailOf(event)));
    session.addEventListener("begin", () => this.#takeOver());
    session.addEventListener("end", (event) => this.#follow(detailOf(event)));
    setInterval(() => session.renew(), RENEW_MS);
  }

  /** Whoever is logged in in this browser comes in; else the form is shown. */
  open() {
    if (this.#session.hash) this.#enter();
    else this.#leave("");
  }

  logOut() {
    this.#watch.logOut();
    this.#forget("");
  }

  /** @param {{hash: string, login: string}} login by the form */
  #begin({ hash, login }) {
    this.#session.begin(hash, login);
    this.#enter({ isNew: true });
  }

  /** Somebody logged in in another tab. */
  #takeOver() {
    this.#watch.stop();
    this.#login.close();
    this.#enter();
  }

  /** The login ended in another tab. @param {string} text why; empty: somebody logged out there */
  #follow(text) {
    this.#watch.stop();
    if (text === "") this.#forget(t("You logged out in another tab."));
    else this.#leave(text);
  }

  #enter({ isNew = false } = {}) {
    this.#session.renew();
    this.dispatchEvent(new CustomEvent("enter", { detail: { isNew } }));
  }

  /** @param {string} text for whoever did not ask for it here */
  #forget(text) {
    this.#watch.forget();
    this.dispatchEvent(new Event("forget"));
    this.#leave(text);
  }

  /** @param {string} text why */
  #leave(text) {
    this.dispatchEvent(new Event("leave"));
    this.#login.open(text, this.#session.login);
    this.#session.seek();
  }
}
