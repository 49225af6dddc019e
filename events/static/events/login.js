/** The login form; it lies over the page, which stays as it was behind it. */

import { ApiFailure, isSessionEnd, logIn, restorePassword, verifyCode } from "./api.js";
import { find, messageOf } from "./dom.js";
import { t } from "./words/words.js";

/** Events: `login` (CustomEvent) with `{hash, login}`. */
export class LoginForm extends EventTarget {
  #dialog;
  #form;
  #error;
  #notice;
  /** The hash that waits for a mailed code; null while there is none. @type {?string} */
  #waiting = null;

  /** @param {HTMLDialogElement} dialog */
  constructor(dialog) {
    super();
    this.#dialog = dialog;
    this.#form = find(dialog, "form", HTMLFormElement);
    this.#error = find(dialog, "#login-error");
    this.#notice = find(dialog, "#login-notice");
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#attempt(() => this.#logIn());
    });
    this.#button("forgotten").addEventListener("click", () => {
      if (this.#field("login").reportValidity()) this.#attempt(() => this.#mailLink());
    });
    // Nothing can be done behind the form, so Escape does not close it.
    dialog.addEventListener("cancel", (event) => event.preventDefault());
  }

  /** @param {string} notice why, if it was not asked for @param {string} login to begin with */
  open(notice = "", login = "") {
    this.#say(this.#notice, notice);
    this.#say(this.#error, "");
    this.#field("login").value ||= login;
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#field(this.#field("login").value ? "password" : "login").focus();
  }

  /** Somebody logged in elsewhere. */
  close() {
    this.#waitForCode(null);
    this.#form.reset();
    this.#dialog.close();
  }

  /** @param {string} name */
  #field(name) {
    return find(this.#form, `input[name=${name}]`, HTMLInputElement);
  }

  /** @param {string} name */
  #button(name) {
    return find(this.#form, `button[name=${name}]`, HTMLButtonElement);
  }

  /** @param {() => Promise<void>} action */
  async #attempt(action) {
    const [submit, forgotten] = [this.#button("submit"), this.#button("forgotten")];
    submit.disabled = forgotten.disabled = true;
    this.#say(this.#error, "");
    try {
      await action();
    } catch (error) {
      // The time for the code is over, or there were too many wrong ones.
      if (this.#waiting !== null && error instanceof ApiFailure && isSessionEnd(error.code)) this.#waitForCode(null);
      this.#say(this.#error, messageOf(error));
      this.#input.select();
    } finally {
      submit.disabled = forgotten.disabled = false;
    }
  }

  async #logIn() {
    const [login, password, code] = [this.#field("login"), this.#field("password"), this.#field("code")];
    let hash;
    if (this.#waiting === null) {
      const answer = await logIn(login.value.trim(), password.value);
      if (answer.needsCode) {
        this.#waitForCode(answer.hash);
        return;
      }
      hash = answer.hash;
    } else {
      hash = await verifyCode(this.#waiting, code.value.trim());
      this.#waitForCode(null);
    }
    password.value = "";
    this.#dialog.close();
    this.dispatchEvent(new CustomEvent("login", { detail: { hash, login: login.value.trim() } }));
  }

  async #mailLink() {
    await restorePassword(this.#field("login").value.trim());
    this.#say(this.#notice, t("If there is such a login, a link to set a new password is on its way to it."));
  }

  /** Asks for the code of this hash, or for the password again. @param {?string} hash */
  #waitForCode(hash) {
    const [login, password, code] = [this.#field("login"), this.#field("password"), this.#field("code")];
    this.#waiting = hash;
    code.value = "";
    code.disabled = find(this.#form, "label:has([name=code])").hidden = hash === null;
    login.readOnly = password.readOnly = hash !== null;
    this.#say(this.#notice, hash === null ? "" : t("A code was mailed to you. It completes the login."));
    this.#input.focus();
  }

  get #input() {
    return this.#field(this.#waiting === null ? "password" : "code");
  }

  /** @param {HTMLElement} element @param {string} text */
  #say(element, text) {
    element.textContent = text;
    element.hidden = text === "";
  }
}
