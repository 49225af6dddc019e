/** The login form; it lies over the page, which stays as it was behind it. */

import { isSessionEnd, logIn, restorePassword, verifyCode } from "./api.js";

/** Events: `login` (CustomEvent) with `{hash, login}`. */
export class LoginForm extends EventTarget {
  #dialog;
  #form;
  #error;
  #notice;
  /** The hash that waits for a mailed code; null while there is none. */
  #waiting = null;

  /** @param {HTMLDialogElement} dialog */
  constructor(dialog) {
    super();
    this.#dialog = dialog;
    this.#form = dialog.querySelector("form");
    this.#error = dialog.querySelector("#login-error");
    this.#notice = dialog.querySelector("#login-notice");
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#attempt(() => this.#logIn());
    });
    this.#form.elements.forgotten.addEventListener("click", () => {
      if (this.#form.elements.login.reportValidity()) this.#attempt(() => this.#mailLink());
    });
    // Nothing can be done behind the form, so Escape does not close it.
    dialog.addEventListener("cancel", (event) => event.preventDefault());
  }

  /** @param {string} notice why, if it was not asked for @param {string} login to begin with */
  open(notice = "", login = "") {
    this.#say(this.#notice, notice);
    this.#say(this.#error, "");
    this.#form.elements.login.value ||= login;
    if (!this.#dialog.open) this.#dialog.showModal();
    (this.#form.elements.login.value ? this.#form.elements.password : this.#form.elements.login).focus();
  }

  async #attempt(action) {
    const { submit, forgotten } = this.#form.elements;
    submit.disabled = forgotten.disabled = true;
    this.#say(this.#error, "");
    try {
      await action();
    } catch (error) {
      // The time for the code is over, or there were too many wrong ones.
      if (this.#waiting !== null && isSessionEnd(error.code)) this.#waitForCode(null);
      this.#say(this.#error, error.message);
      this.#input.select();
    } finally {
      submit.disabled = forgotten.disabled = false;
    }
  }

  async #logIn() {
    const { login, password, code } = this.#form.elements;
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
    await restorePassword(this.#form.elements.login.value.trim());
    this.#say(this.#notice, "If there is such a login, a link to set a new password is on its way to it.");
  }

  /** Asks for the code of this hash, or for the password again. */
  #waitForCode(hash) {
    const { login, password, code } = this.#form.elements;
    this.#waiting = hash;
    code.value = "";
    code.disabled = code.parentElement.hidden = hash === null;
    login.readOnly = password.readOnly = hash !== null;
    this.#say(this.#notice, hash === null ? "" : "A code was mailed to you. It completes the login.");
    this.#input.focus();
  }

  get #input() {
    return this.#waiting === null ? this.#form.elements.password : this.#form.elements.code;
  }

  #say(element, text) {
    element.textContent = text;
    element.hidden = text === "";
  }
}
