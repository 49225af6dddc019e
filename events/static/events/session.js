/** The login of this tab. Its hash is kept until the tab is closed, so that a reload asks for no password. */

import { recall, remember } from "./memory.js";

const KEY = "fleetsphere.session";
const storage = () => sessionStorage;

export class Session {
  #kept = read();

  get hash() {
    return this.#kept?.hash ?? null;
  }

  get login() {
    return this.#kept?.login ?? "";
  }

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
    return JSON.parse(recall(KEY, storage));
  } catch {
    return null;
  }
}
