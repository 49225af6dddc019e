/** The login form; it lies over the page, which stays as it was behind it. */

import { logIn } from "./api.js";

/** Events: `login` (CustomEvent) with `{hash, login}`. */
export class LoginForm extends EventTarget {
  #dialog;
  #form;
  #error;
  #notice;

  /** @param {HTMLDialogElement} dialog */
  constructor(dialog) {
    super();
    this.#dialog = dialog;
    this.#form = dialog.querySelector("form");
    this.#error = dialog.querySelector("#login-error");
    this.#notice = dialog.querySelector("#login-notice");
    this.#form.addEventListener("submit", (event) => this.#submit(event));
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

  async #submit(event) {
    event.preventDefault();
    const { login, password, submit } = this.#form.elements;
    submit.disabled = true;
    this.#say(this.#error, "");
    try {
      const hash = await logIn(login.value.trim(), password.value);
      password.value = "";
      this.#dialog.close();
      this.dispatchEvent(new CustomEvent("login", { detail: { hash, login: login.value.trim() } }));
    } catch (error) {
      this.#say(this.#error, error.message);
      password.select();
    } finally {
      submit.disabled = false;
    }
  }

  #say(element, text) {
    element.textContent = text;
    element.hidden = text === "";
  }
}
