/** A websocket to the event connection, with everything that passes shown to whoever listens. */

import { heartbeatIn } from "./frames.js";

const HEARTBEAT = "X";
const ATMOSPHERE = new URLSearchParams({
  "X-Atmosphere-tracking-id": "0",
  "X-Atmosphere-Framework": "5.0.45",
  "X-Atmosphere-Transport": "websocket",
  "X-atmo-protocol": "true",
});

/** Events: `change` of `state`, `frame` (CustomEvent) with `{direction, text}`; direction is "in" or "out". */
export class EventSocket extends EventTarget {
  /** @type {"closed"|"connecting"|"open"} */
  state = "closed";
  /** How it ended, in words. */
  ending = "";

  #url;
  /** @type {?WebSocket} */
  #socket = null;
  /** @type {ReturnType<typeof setInterval>|undefined} */
  #beats;

  /** @param {URL} url without parameters */
  constructor(url) {
    super();
    this.#url = url;
  }

  /** @param {boolean} withProtocol whether to ask for Atmosphere's handshake and heartbeats */
  open(withProtocol) {
    this.close();
    const url = new URL(this.#url);
    if (withProtocol) url.search = ATMOSPHERE.toString();
    const socket = new WebSocket(url);
    this.#socket = socket;
    this.#become("connecting");
    socket.addEventListener("open", () => socket === this.#socket && this.#become("open"));
    socket.addEventListener("message", ({ data }) => socket === this.#socket && this.#receive(data));
    socket.addEventListener("close", ({ code, reason }) => socket === this.#socket && this.#end(code, reason));
  }

  /** @param {object} document */
  send(document) {
    this.#sendText(JSON.stringify(document));
  }

  close() {
    const socket = this.#socket;
    if (socket === null) return;
    this.#end(1000, "");
    socket.close();
  }

  /** @param {string} text */
  #sendText(text) {
    if (this.state !== "open") return;
    this.#socket?.send(text);
    this.#tell("out", text);
  }

  /** @param {string} text */
  #receive(text) {
    this.#tell("in", text);
    const interval = heartbeatIn(text);
    if (interval) this.#beats = setInterval(() => this.#sendText(HEARTBEAT), interval);
  }

  /** @param {number} code @param {string} reason */
  #end(code, reason) {
    clearInterval(this.#beats);
    this.#socket = null;
    this.ending = code === 1000 ? "Closed." : `Closed with code ${code}${reason ? `: ${reason}` : ""}.`;
    this.#become("closed");
  }

  /** @param {"closed"|"connecting"|"open"} state */
  #become(state) {
    this.state = state;
    this.dispatchEvent(new Event("change"));
  }

  /** @param {"in"|"out"} direction @param {string} text */
  #tell(direction, text) {
    this.dispatchEvent(new CustomEvent("frame", { detail: { direction, text } }));
  }
}
