/** For whoever writes programs: what came about this vehicle, what it is called by, and how to hear the same. */

import { find } from "../dom.js";
import { revealed } from "../texts.js";
import { formatDuration, formatTimeOfDay } from "../time.js";
import { formatNumber } from "../units.js";
import { t } from "../words/words.js";
import { createCopier } from "./copying.js";
import { Meter, MOST_MESSAGES, Tape, cutTo } from "./tape.js";

const MINUTE_MS = 60_000;

/**
 * @typedef {import("../fleet.js").Vehicle} Vehicle
 * @typedef {{clock: import("../time.js").ServerClock, link: import("../link/link.js").Link}} Parts
 */

export class Drawer {
  #box;
  #clock;
  #link;
  #tape = new Tape();
  #meter = new Meter();
  /** @type {Map<string, HTMLElement>} by name */
  #values = new Map();
  /** @type {?Vehicle} that is shown */
  #vehicle = null;
  /** @type {?number} of the vehicle whose ids are written */
  #written = null;
  #told = 0;
  /** @type {?import("./queue.js").Report} */
  #report = null;

  /** @param {HTMLDetailsElement} box @param {Parts} parts */
  constructor(box, { clock, link }) {
    this.#box = box;
    this.#clock = clock;
    this.#link = link;
    const all = createCopier(t("Copy all"), () => this.#tape.messages.map(({ text }) => text).join("\n"));
    find(box, "[data-part=all]").append(all);
    find(box, "[data-part=code]").after(createCopier(t("Copy"), () => this.#code, t("Copy the code")));
    box.addEventListener("toggle", () => this.#vehicle && this.show(this.#vehicle));
  }

  /** Another vehicle is shown. */
  forget() {
    this.#tape.clear();
    this.#report = this.#vehicle = null;
    find(this.#box, "ol").replaceChildren();
  }

  /** @param {import("../link/frames.js").Frame} frame @param {Vehicle} vehicle that is shown */
  take(frame, vehicle) {
    const own = cutTo(frame, vehicle);
    if (own !== null) this.#tape.add(own, Date.now());
  }

  /** @param {import("./queue.js").Report[]} reports */
  takeReports([newest]) {
    this.#report = newest ?? null;
  }

  /** @param {Vehicle} vehicle */
  show(vehicle) {
    this.#vehicle = vehicle;
    if (!this.#box.open) return;
    if (this.#written !== vehicle.trackerId) this.#writeIds(vehicle);
    for (const [name, text] of Object.entries(this.#figures())) this.#write(name, text);
    this.#showMessages();
  }

  /** @param {Vehicle} vehicle */
  #writeIds({ trackerId, sourceId, deviceId }) {
    this.#written = trackerId;
    const ids = { [t("Tracker id")]: trackerId, [t("Source id")]: sourceId, [t("Device id")]: deviceId };
    for (const [name, id] of Object.entries(ids)) {
      const value = this.#values.get(name) ?? this.#createLine(name);
      value.replaceChildren(String(id), createCopier(t("Copy"), () => String(id), t("Copy: {field}", { field: name })));
    }
    find(this.#box, "[data-part=code]").textContent = this.#code;
  }

  /** @returns {Record<string, string>} */
  #figures() {
    const rate = this.#meter.look(this.#link.heard, performance.now());
    const values = rate && { n: formatNumber(rate.messages, 1), size: formatNumber(rate.bytes / 1000, 1) };
    const report = this.#report;
    return {
      [t("Transport")]: this.#link.transport ?? t("none", undefined, "transport"),
      [t("This link")]: values ? t("{n} messages and {size} kB a second, before compression", values) : t("Measuring…"),
      [t("This vehicle")]: t("{n, plural, one {# message} other {# messages}} in the last minute", { n: this.#tape.countSince(Date.now() - MINUTE_MS) }),
      [t("This computer's clock")]: tellClock(this.#clock.now() - Date.now()),
      [t("From device to server")]: report ? formatDuration(report.receivedAt - report.time) : t("Unknown"),
    };
  }

  #showMessages() {
    const list = find(this.#box, "ol");
    const news = this.#tape.messages.filter(({ number }) => number > this.#told);
    this.#told += news.length && news[news.length - 1].number - this.#told;
    list.prepend(...news.reverse().map(itemOf));
    while (list.children.length > Math.min(MOST_MESSAGES, this.#tape.messages.length)) list.lastElementChild?.remove();
  }

  get #code() {
    const address = new URL("event/subscription", document.baseURI);
    address.protocol = address.protocol.replace("http", "ws");
    const command = { action: "subscribe", hash: "API_KEY", requests: [{ type: "state", trackers: [this.#written] }] };
    return `const socket = new WebSocket("${address}");
socket.onopen = () => socket.send(JSON.stringify(${JSON.stringify(command)}));
socket.onmessage = ({ data }) => console.log(data);`;
  }

  /** @param {string} name @param {string} text */
  #write(name, text) {
    const value = this.#values.get(name) ?? this.#createLine(name);
    if (value.firstChild?.textContent !== text) value.replaceChildren(text);
  }

  /** @param {string} name */
  #createLine(name) {
    const [term, value] = ["dt", "dd"].map((tag) => document.createElement(tag));
    term.textContent = name;
    find(this.#box, "dl").append(term, value);
    this.#values.set(name, value);
    return value;
  }

  /** By its key; nothing while no vehicle is shown. */
  toggle() {
    if (this.#box.closest("[hidden]")) return;
    this.#box.open = !this.#box.open;
    if (this.#box.open) find(this.#box, "summary").focus();
  }
}

/** @param {import("./tape.js").Message} message */
function itemOf({ at, event, text }) {
  const [item, head, time, name, body] = ["li", "div", "span", "b", "pre"].map((tag) => document.createElement(tag));
  [time.textContent, name.textContent, body.textContent] = [formatTimeOfDay(at), event, revealed(text)];
  const moment = `${event}, ${time.textContent}`;
  // It scrolls.
  body.tabIndex = 0;
  head.append(time, name, createCopier(t("Copy"), () => text, t("Copy: {field}", { field: moment })));
  item.append(head, body);
  return item;
}

/** @param {number} offset how far the server's clock is ahead, in milliseconds */
function tellClock(offset) {
  const seconds = formatNumber(Math.abs(offset) / 1000, 1);
  if (Math.abs(offset) < 1000) return t("right within a second");
  return offset > 0 ? t("{n} s behind the server's", { n: seconds }) : t("{n} s ahead of the server's", { n: seconds });
}
