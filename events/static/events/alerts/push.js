/** Whether this device is told of alerts while the page is closed. The server has it for as long as the session lasts. */

import { ApiFailure, call } from "../api.js";
import { messageOf } from "../dom.js";
import { recall, remember } from "../memory.js";
import { t } from "../words/words.js";

const KEY = "fleetsphere.alerts-push";
/** Always at the same address: another one would be another worker. */
const WORKER = new URL("/static/events/alerts/worker.js", location.href);
const NOT_THERE = 201;

/** @typedef {{quietFrom: string, quietTo: string}} Hours of quiet, as `HH:mm` */

/** It could not be done; the message says why. */
export class PushFailure extends Error {}

export class Push {
  #session;
  /** What is done last: one thing after the other, so that none works on half of another. @type {Promise<unknown>} */
  #last = Promise.resolve();

  /** @param {import("../session.js").Session} session */
  constructor(session) {
    this.#session = session;
  }

  /** Whether a browser can do it at all: without HTTPS none can, and iOS wants the page on its home screen. */
  get isPossible() {
    return "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
  }

  /** Whether whoever is logged in wanted it on this device. */
  get isWanted() {
    return recall(KEY) === this.#session.login;
  }

  /** Asks the browser, and tells the server. @param {Hours} hours */
  begin(hours) {
    return this.#inTurn(() => this.#begin(hours));
  }

  /** Tells the server again: the session is a new one, the hours changed, or the browser has another address by now. @param {Hours} hours */
  renew(hours) {
    return this.#inTurn(async () => {
      if (this.isWanted && this.isPossible && Notification.permission === "granted") await this.#begin(hours);
    });
  }

  end() {
    return this.#inTurn(() => this.#end());
  }

  /** @param {Hours} hours */
  async #begin(hours) {
    if ((await Notification.requestPermission()) !== "granted") {
      throw new PushFailure(t("This browser does not allow it: permit notifications for this site first."));
    }
    const { key } = await call("webpush/key", { hash: this.#session.hash });
    const subscription = await this.#subscribe(await registration(), bytesOf(key));
    await this.#tell(subscription, hours);
    remember(KEY, this.#session.login);
  }

  async #end() {
    remember(KEY, null);
    const known = await navigator.serviceWorker.getRegistration(WORKER);
    const subscription = await known?.pushManager.getSubscription();
    if (!subscription) return;
    await subscription.unsubscribe();
    try {
      await call("webpush/unsubscribe", { hash: this.#session.hash, endpoint: subscription.endpoint });
    } catch (error) {
      if (!(error instanceof ApiFailure) || error.code !== NOT_THERE) throw error;
    }
  }

  /** @param {() => Promise<void>} work */
  #inTurn(work) {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }

  /** @param {ServiceWorkerRegistration} registration @param {Uint8Array<ArrayBuffer>} key */
  async #subscribe({ pushManager }, key) {
    const options = { userVisibleOnly: true, applicationServerKey: key };
    const known = await pushManager.getSubscription();
    // Of a server whose key was another.
    if (known && !isSame(known.options.applicationServerKey, key)) await known.unsubscribe();
    try {
      return await pushManager.subscribe(options);
    } catch (error) {
      throw new PushFailure(t("This browser cannot be told: {reason}", { reason: messageOf(error) }));
    }
  }

  /** @param {PushSubscription} subscription @param {Hours} hours */
  async #tell(subscription, { quietFrom, quietTo }) {
    const { endpoint, keys } = subscription.toJSON();
    const hours = quietFrom && quietTo ? { quiet_from: quietFrom, quiet_to: quietTo } : {};
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    await call("webpush/subscribe", {
      hash: this.#session.hash,
      subscription: { endpoint, keys },
      ...hours,
      time_zone: timeZone ?? "UTC",
    });
  }
}

/** @param {unknown} error @returns {error is PushFailure|ApiFailure} whether it is one of ours, whose message says enough */
export function isExpected(error) {
  return error instanceof PushFailure || error instanceof ApiFailure;
}

async function registration() {
  const made = await navigator.serviceWorker.register(WORKER);
  const worker = made.installing ?? made.waiting ?? made.active;
  if (worker && worker.state !== "activated") await activation(worker);
  return made;
}

/** @param {ServiceWorker} worker @returns {Promise<void>} */
function activation(worker) {
  return new Promise((/** @type {() => void} */ resolve, reject) => {
    worker.addEventListener("statechange", () => {
      if (worker.state === "activated") resolve();
      if (worker.state === "redundant") reject(new PushFailure(t("This browser cannot be told: its worker does not start.")));
    });
  });
}

/** @param {string} base64 */
function bytesOf(base64) {
  const text = atob(base64.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** @param {?ArrayBuffer} buffer @param {Uint8Array} bytes */
function isSame(buffer, bytes) {
  const known = new Uint8Array(buffer ?? []);
  return known.length === bytes.length && known.every((byte, index) => byte === bytes[index]);
}
