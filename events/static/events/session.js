/** The login of this tab. Its hash is kept until the tab is closed, so that a reload asks for no password. */

import { recall, remember } from "./memory.js";

const KEY = "fleetsphere.session";
const storage = () => sessionStorage;

export class Session {
  /** @type {?{hash: string, login: string}} */
  #kept = read();

  get hash() {
    return this.#kept?.hash ?? null;
  }

  get login() {
    return this.#kept?.login ?? "";
  }

  /** @param {string} hash @param {string} login */
  begin(hash, login) {
    this.#kept = { hash, login };
    remember(KEY, JSON.stringify(this.#kept), storage);
  }

  end() {
    this.#kept = null;
    remember(KEY, null, storage);
  }
}

function read() {
  try {
    return JSON.parse(recall(KEY, storage) ?? "null");
  } catch {
    return null;
  }
}
