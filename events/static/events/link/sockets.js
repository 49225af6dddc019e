/**
 * Sockets that are being opened, so that one that hangs can be let go.
 *
 * atmosphere.js closes only those that are open, and a browser opens no second one to a server while a first one hangs:
 * on a line that swallows a handshake no later one would be tried for minutes.
 */

/** @type {Set<WebSocket>} */
const opening = new Set();

globalThis.WebSocket = class extends WebSocket {
  /** @param {string|URL} url @param {string|string[]} [protocols] */
  constructor(url, protocols) {
    super(url, protocols);
    opening.add(this);
    for (const end of ["open", "error", "close"]) this.addEventListener(end, () => opening.delete(this));
  }
};

export function closeHangingSockets() {
  for (const socket of opening) socket.close();
}
