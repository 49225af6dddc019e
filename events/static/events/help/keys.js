/** The keys of the page are heard here, and do nothing while they are meant for something else. */

import { recall, remember } from "../memory.js";

const KEY = "fleetsphere.keys";
const OFF = "off";
/** Where letters are text, or find something. */
const TYPING = ["textarea", "select", "[contenteditable]", "input:not([type=checkbox],[type=radio],[type=range],[type=color])"].join();
/** What other keyboards have in the place of a sign. @type {Record<string, string>} */
const SAME = { "؟": "?", "÷": "/" };

/** @typedef {import("./shortcuts.js").Shortcut} Shortcut @typedef {import("./shortcuts.js").Action} Action */

/**
 * What a key is called; letters of a keyboard that has no Latin ones by their place.
 * @param {{key: string, code: string}} event
 */
export function nameOf({ key, code }) {
  const isKnown = key.length !== 1 || key.charCodeAt(0) < 128;
  return isKnown ? key : (SAME[key] ?? /^Key([A-Z])$/.exec(code)?.[1].toLowerCase() ?? key);
}

/** @param {string} name @returns {boolean} whether a key writes something where one types */
export function isSign(name) {
  return name.length === 1;
}

export class Keys {
  #shortcuts;
  #actions;
  /** Whether letters and signs do anything: who speaks to a computer types some without meaning to. */
  #isOn = recall(KEY) !== OFF;

  /** @param {Shortcut[]} shortcuts @param {Record<Action, (event: KeyboardEvent) => void>} actions */
  constructor(shortcuts, actions) {
    this.#shortcuts = shortcuts;
    this.#actions = actions;
    document.addEventListener("keydown", (event) => this.#press(event));
  }

  get isOn() {
    return this.#isOn;
  }

  /** @param {boolean} isOn whether letters and signs do anything from now on; kept in this browser */
  switch(isOn) {
    this.#isOn = isOn;
    remember(KEY, isOn ? null : OFF);
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    // A dialog has all keys to itself, the one for the login most of all.
    if (event.isComposing || document.querySelector("dialog[open]")) return;
    const name = nameOf(event);
    const action = this.#shortcuts.find(({ key, does }) => does && key === name)?.does;
    if (!action || (isSign(name) && !this.#isFree(event))) return;
    if (isSign(name)) event.preventDefault();
    this.#actions[action](event);
  }

  /** Whether a letter or sign means nothing else where it was pressed. @param {KeyboardEvent} event */
  #isFree({ target, repeat, ctrlKey, metaKey, altKey }) {
    const isTyping = /** @type {Element} */ (target).closest(TYPING) !== null;
    return this.#isOn && !isTyping && !repeat && !ctrlKey && !metaKey && !altKey;
  }
}
