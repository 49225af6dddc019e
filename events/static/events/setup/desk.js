/** What the parts of this panel that have a form have in common. */

import { call } from "../api.js";
import { find } from "../dom.js";
import { Form } from "./form.js";

/** @typedef {{session: import("../session.js").Session, fleet: import("../fleet.js").Fleet}} Parts of the page that it needs */

/** A part of the panel: its box, the form in it, and calls in the name of whoever is logged in. */
export class Desk extends EventTarget {
  /** @param {HTMLElement} box @param {Parts} parts */
  constructor(box, { session, fleet }) {
    super();
    this.box = box;
    this.session = session;
    this.fleet = fleet;
    this.form = new Form(find(box, "form", HTMLFormElement));
  }

  /** @param {string} selector of what is in it */
  find(selector) {
    return find(this.box, selector);
  }

  /** @template {object} [Answer=Record<string, any>] @param {string} path @param {object} [parameters] @returns {Promise<Answer>} */
  call(path, parameters = {}) {
    return call(path, { hash: this.session.hash, ...parameters });
  }
}

/** A part that lists what there is; the form lies over the list while one of them, or a new one, is open. */
export class ListDesk extends Desk {
  /** A new one can be begun, or not any more. @param {boolean} isReady whether all that its form offers has been read */
  ready(isReady) {
    find(this.box, ".setup-list .primary", HTMLButtonElement).disabled = !isReady;
  }

  /** What Escape leaves; false: nothing but the panel itself. */
  leave() {
    if (!this.find(".setup-list").hidden) return false;
    this.end({ focusing: true });
    return true;
  }

  /** Back to the list. */
  close() {
    this.end();
  }

  /** The list is to be seen again. @param {{focusing?: boolean}} [_how] whether the one that was open gets the focus */
  end(_how) {
    this.form.close();
    this.find(".setup-list").hidden = false;
  }

  /** @param {number|undefined} id @returns {?HTMLElement} in the list */
  rowWith(id) {
    return this.box.querySelector(`[data-row="${id}"]`);
  }
}
