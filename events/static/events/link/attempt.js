/**
 * One client of the server, over one transport: atmosphere.js, with what it leaves out.
 *
 * It goes on by itself after a drop, with the same id, so that nothing is missed; but it has no limit for a try that
 * hangs, its HTTP transports tell of a second failure by `error` only, and when its first connect fails it goes on trying
 * although it said that it would not. So one try after a drop is left to it, and whatever else fails ends the attempt.
 */

import { Atmosphere } from "atmosphere.js";
import { readFrame } from "./frames.js";
import { closeHangingSockets } from "./sockets.js";

/**
 * @typedef {import("./ladder.js").Transport} Transport
 * @typedef {object} Told
 * @property {(attempt: Attempt) => void} opened commands can be sent; again after each drop
 * @property {(attempt: Attempt, frame: import("./frames.js").Frame, text: string) => void} heard with the text that the frame was
 * @property {(attempt: Attempt) => void} dropped it is being opened once more
 * @property {(attempt: Attempt) => void} failed it is over
 */

const atmosphere = new Atmosphere({ logLevel: "silent" });

export class Attempt {
  /** @type {Transport} */
  transport;
  isOpen = false;

  #told;
  #isOver = false;
  #hasOpened = false;
  #isDropped = false;
  /** @type {?import("atmosphere.js").Subscription} */
  #subscription = null;

  /** @param {string} url @param {Transport} transport @param {Told} told */
  constructor(url, transport, told) {
    this.transport = transport;
    this.#told = told;
    this.#begin(url);
  }

  /** Sends a command, if it is open. @param {?object} command */
  send(command) {
    if (command === null || !this.isOpen) return;
    try {
      this.#subscription?.push(command);
    } catch {
      // The socket is closing; its close is reported separately.
    }
  }

  /** Nothing is told of it any more. */
  close() {
    this.#isOver = true;
    if (this.transport === "websocket" && !this.isOpen) closeHangingSockets();
    this.isOpen = false;
    this.#subscription?.close();
  }

  /** @param {string} url */
  async #begin(url) {
    try {
      this.#subscription = await atmosphere.subscribe(this.#request(url), this.#handlers());
    } catch {
      this.#fail();
      return;
    }
    if (this.#isOver) this.close();
    // Who polls is told of the opening before it has its id.
    else if (this.#hasOpened) this.#open();
  }

  /** @param {string} url @returns {import("atmosphere.js").AtmosphereRequest} */
  #request(url) {
    const { transport } = this;
    // Only sockets keep messages apart.
    const trackMessageLength = transport !== "websocket";
    return { url, transport, trackMessageLength, contentType: "application/json", enableProtocol: true, reconnect: true };
  }

  /** @returns {import("atmosphere.js").SubscriptionHandlers<string>} */
  #handlers() {
    return {
      open: () => this.#open(),
      reopen: () => this.#open(),
      message: ({ responseBody }) => this.#receive(responseBody),
      error: () => this.isOpen || this.transport === "websocket" || this.#fail(),
      failureToReconnect: () => this.#fail(),
      close: ({ request }) => this.#drop(/** @type {import("atmosphere.js").AtmosphereRequest} */ (request)),
    };
  }

  #open() {
    if (this.#isOver) return this.close();
    this.#hasOpened = true;
    this.#isDropped = false;
    if (this.#subscription === null) return;
    this.isOpen = true;
    this.#told.opened(this);
  }

  /** @param {string} text */
  #receive(text) {
    const frame = this.#isOver ? null : readFrame(text);
    if (frame !== null) this.#told.heard(this, frame, text);
  }

  /** @param {import("atmosphere.js").AtmosphereRequest} request which decides whether it goes on */
  #drop(request) {
    request.reconnect = !this.#isOver && this.#hasOpened && !this.#isDropped;
    if (!request.reconnect) return this.#fail();
    this.isOpen = false;
    this.#isDropped = true;
    this.#told.dropped(this);
  }

  #fail() {
    if (this.#isOver) return;
    this.close();
    this.#told.failed(this);
  }
}
