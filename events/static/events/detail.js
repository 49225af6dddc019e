/** The card about the selected vehicle: what is known of it line by line, and the parts of the card below. */

import { Charts } from "./card/charts.js";
import { CardChoice, READINGS } from "./card/choice.js";
import { Drawer } from "./card/drawer.js";
import { linesOf } from "./card/lines.js";
import { reportsOf } from "./card/queue.js";
import { SilenceView } from "./card/silenceview.js";
import { detailOf, find } from "./dom.js";
import { createIcon, setIcon } from "./icons.js";
import { STATUSES } from "./statuses.js";
import { isolate } from "./texts.js";

/**
 * @typedef {import("./fleet.js").Vehicle} Vehicle
 * @typedef {{term: HTMLElement, value: HTMLElement}} Line
 * @typedef {{clock: import("./time.js").ServerClock, session: import("./session.js").Session, link: import("./link/link.js").Link}} Parts
 */

/** Events: `close`, `locate`. */
export class DetailCard extends EventTarget {
  #card;
  #icon = createIcon();
  /** @type {Map<string, Line>} by name */
  #lines = new Map();
  /** @type {Map<string, Line>} of the vehicle's sensors and counters */
  #readings = new Map();
  #choice;
  #clock;
  #drawer;
  #parts;
  /** @type {?Vehicle} that is shown */
  #vehicle = null;

  /** @param {HTMLElement} card @param {Parts} parts */
  constructor(card, { clock, session, link }) {
    super();
    this.#card = card;
    this.#clock = clock;
    this.#choice = new CardChoice(find(card, "#detail-lines div"));
    this.#choice.addEventListener("change", () => this.show(this.#vehicle));
    this.#drawer = new Drawer(find(card, "#developer", HTMLDetailsElement), { clock, link });
    const silence = new SilenceView(find(card, "#silence"), { session, link });
    this.#parts = [silence, new Charts(find(card, "#charts", HTMLDetailsElement), { session }), this.#drawer];
    find(card, "header").prepend(this.#icon);
    find(card, "#detail-close").addEventListener("click", () => this.dispatchEvent(new Event("close")));
    find(card, "#detail-locate").addEventListener("click", () => this.dispatchEvent(new Event("locate")));
    link.addEventListener("frame", (event) => this.#take(detailOf(event)));
    // It tells nobody around it. What was opened at the lower edge would be out of sight.
    card.addEventListener("toggle", ({ target }) => target instanceof HTMLDetailsElement && target.open && target.scrollIntoView({ block: "start" }), true);
  }

  get isOpen() {
    return !this.#card.hidden;
  }

  /** Opens or closes what developers look at. */
  inspect() {
    this.#drawer.toggle();
  }

  /** @param {?Vehicle} vehicle null: closes the card */
  show(vehicle) {
    this.#card.hidden = vehicle === null;
    if (vehicle?.trackerId !== this.#vehicle?.trackerId) for (const part of this.#parts) part.forget();
    this.#vehicle = vehicle;
    if (vehicle === null) return;
    const { status, state } = vehicle;
    setIcon(this.#icon, status, state?.heading);
    find(this.#card, "h2").textContent = isolate(vehicle.label);
    find(this.#card, "#detail-status").textContent = STATUSES[status].text;
    find(this.#card, "#detail-locate", HTMLButtonElement).disabled = !state?.position;
    const now = this.#clock.now();
    for (const { key, name, text } of linesOf(vehicle, now)) this.#write(name, this.#choice.has(key) ? text : "");
    this.#showReadings(this.#choice.has(READINGS) ? vehicle.readings : new Map());
    for (const part of this.#parts) part.show(vehicle, now);
  }

  /** @param {import("./link/frames.js").Frame} frame */
  #take(frame) {
    if (this.#vehicle === null) return;
    this.#drawer.take(frame, this.#vehicle);
    if (frame.type !== "event" || frame.event !== "iot_monitor") return;
    const own = frame.data.iot_last_values.find(({ tracker_id: trackerId }) => trackerId === this.#vehicle?.trackerId);
    if (own) for (const part of this.#parts) part.takeReports(reportsOf(own));
  }

  /** @param {Map<string, import("./readings.js").Reading>} readings */
  #showReadings(readings) {
    for (const [key, { term, value }] of this.#readings) {
      if (readings.has(key)) continue;
      term.remove();
      value.remove();
      this.#readings.delete(key);
    }
    for (const [key, { label, text }] of readings) {
      const line = this.#readings.get(key) ?? this.#createLine(label);
      this.#readings.set(key, line);
      const { term, value } = line;
      if (term.textContent !== label) term.textContent = label;
      if (value.textContent !== text) value.textContent = text;
    }
  }

  /** @param {string} name @returns {Line} */
  #createLine(name) {
    const term = document.createElement("dt");
    const value = document.createElement("dd");
    term.textContent = name;
    find(this.#card, ":scope > dl").append(term, value);
    return { term, value };
  }

  /** @param {string} name @param {string} text */
  #write(name, text) {
    const line = this.#lines.get(name) ?? this.#createLine(name);
    this.#lines.set(name, line);
    line.term.hidden = line.value.hidden = text === "";
    if (line.value.textContent !== text) line.value.textContent = text;
  }
}
