/** The history of the selected vehicle on its card: a day's bar, its trips, the replay, files. */

import { detailOf, find } from "../dom.js";
import { formatClock } from "../time.js";
import { formatLength, formatNumber, formatSpeed, speedOf } from "../units.js";
import { dayNamed, dayOf, formatSpan, nameOfDay } from "./day.js";
import { SPEEDS } from "./layers.js";
import { FORMATS } from "./read.js";
import { Player } from "./player.js";
import { Timeline } from "./timeline.js";
import { t } from "../words/words.js";

/** @typedef {import("./day.js").Trip} Trip */

/**
 * Events (CustomEvent): `open` with whether it is, `day` with the span that is wanted, `trip` with a trip or null,
 * `move` with the place that is replayed, `download` with a format.
 */
export class HistoryView extends EventTarget {
  #box;
  #timeline;
  #player;
  #day = dayOf(Date.now());
  /** @type {?number} the id of a trip */
  #chosen = null;

  /** @param {HTMLDetailsElement} box */
  constructor(box) {
    super();
    this.#box = box;
    this.#timeline = new Timeline(this.#find("bar"), this.#find("hours"), this.#find("legend"));
    this.#player = new Player(this.#find("player"));
    this.#player.addEventListener("move", (event) => this.#move(detailOf(event)));
    this.#find("files").append(...Object.entries(FORMATS).map(([format, name]) => this.#fileButton(format, name)));
    this.#listen();
  }

  /** @param {string} name */
  #find(name) {
    return find(this.#box, `[data-part="${name}"]`);
  }

  get isOpen() {
    return this.#box.open;
  }

  get isPlaying() {
    return this.#player.isPlaying;
  }

  get day() {
    return this.#day;
  }

  /** Shows today, with nothing read yet. */
  begin() {
    this.#day = dayOf(Date.now());
    this.wait();
  }

  /** Nothing of the day is known yet. */
  wait() {
    this.#chosen = null;
    this.#player.load(null);
    this.#timeline.show([], this.#day);
    this.#find("trips").replaceChildren();
    this.#find("stops").replaceChildren();
    this.#find("speeds").hidden = true;
    this.#find("files").hidden = true;
    this.tell(t("Reading…"));
    this.#showDay();
  }

  /** @param {string} text */
  tell(text) {
    this.#find("told").textContent = text;
  }

  /** @param {import("./day.js").Stretch[]} stretches @param {import("./day.js").Trip[]} trips @param {string} told */
  show(stretches, trips, told) {
    this.#timeline.show(stretches, this.#day);
    this.#find("trips").replaceChildren(...trips.map((trip) => this.#tripOf(trip)));
    this.#find("files").hidden = stretches.every(({ doing }) => doing === "silent");
    this.tell(told);
  }

  /** @param {?Trip} trip @param {import("./day.js").Point[]} points of it @param {import("./day.js").Stop[]} stops in it */
  choose(trip, points, stops) {
    this.#chosen = trip?.id ?? null;
    for (const button of this.#find("trips").querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.dataset.id === String(this.#chosen)));
    }
    this.#find("speeds").hidden = trip === null;
    this.#find("speeds").replaceChildren(...SPEEDS.map(speedItem));
    this.#find("stops").replaceChildren(...stops.map(stopOf));
    this.#player.load(points.length > 1 ? points : null);
    if (trip === null) this.#timeline.point(null, this.#day);
  }

  #listen() {
    this.#box.addEventListener("toggle", () => this.#tell("open", this.#box.open));
    this.#find("before").addEventListener("click", () => this.#turnTo(dayOf(this.#day.start, -1)));
    this.#find("after").addEventListener("click", () => this.#turnTo(dayOf(this.#day.start, 1)));
    this.#field.addEventListener("change", () => this.#turnTo(dayNamed(this.#field.value)));
  }

  get #field() {
    return find(this.#box, "[data-part=day]", HTMLInputElement);
  }

  /** @param {?import("./day.js").Span} day */
  #turnTo(day) {
    if (day === null || day.start > Date.now()) return this.#showDay();
    this.#day = day;
    this.wait();
    this.#tell("day", day);
  }

  #showDay() {
    const today = dayOf(Date.now());
    this.#field.max = nameOfDay(today);
    this.#field.value = nameOfDay(this.#day);
    find(this.#box, "[data-part=after]", HTMLButtonElement).disabled = this.#day.start >= today.start;
  }

  /** @param {import("./day.js").Point} place */
  #move(place) {
    this.#timeline.point(place.time, this.#day);
    this.#tell("move", place);
  }

  /** @param {Trip} trip */
  #tripOf(trip) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.id = String(trip.id);
    button.setAttribute("aria-pressed", String(trip.id === this.#chosen));
    button.append(
      textOf("b", `${formatClock(trip.start)} \u2013 ${formatClock(trip.end)}`),
      textOf("span", t("{length}, {duration}", { length: formatLength(trip.length), duration: formatSpan(trip.end - trip.start) })),
      textOf("small", t("{average} on average, {most} at most", { average: formatSpeed(trip.averageSpeed), most: formatSpeed(trip.maxSpeed) })),
    );
    button.addEventListener("click", () => this.#tell("trip", trip.id === this.#chosen ? null : trip));
    const item = document.createElement("li");
    item.append(button);
    return item;
  }

  /** @param {string} format @param {string} name */
  #fileButton(format, name) {
    const button = textOf("button", name);
    button.type = "button";
    button.addEventListener("click", () => this.#tell("download", format));
    return button;
  }

  /** @param {string} name @param {unknown} detail */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag @param {string} text
 * @returns {HTMLElementTagNameMap[Tag]}
 */
function textOf(tag, text) {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}

/** @param {import("./day.js").Span} stop */
function stopOf({ start, end }) {
  return textOf("li", t("Stopped at {time} for {duration}", { time: formatClock(start), duration: formatSpan(end - start) }));
}

/** @param {[number, string]} speed @param {number} index the last of them says the unit */
function speedItem([kmh, color], index) {
  const item = document.createElement("li");
  const sample = document.createElement("i");
  sample.style.background = color;
  item.append(sample, index < SPEEDS.length - 1 ? formatNumber(speedOf(kmh), 0) : formatSpeed(kmh));
  return item;
}
