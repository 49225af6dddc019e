/** The history of the selected vehicle on its card: a day's bar, its trips, the replay, files. */

import { formatClock } from "../time.js";
import { dayNamed, dayOf, formatLength, formatSpan, nameOfDay } from "./day.js";
import { SPEEDS } from "./layers.js";
import { FORMATS } from "./read.js";
import { Player } from "./player.js";
import { Timeline } from "./timeline.js";

/**
 * Events (CustomEvent): `open` with whether it is, `day` with the span that is wanted, `trip` with a trip or null,
 * `move` with the place that is replayed, `download` with a format.
 */
export class HistoryView extends EventTarget {
  #box;
  #find;
  #timeline;
  #player;
  #day = dayOf(Date.now());
  #chosen = null;

  /** @param {HTMLDetailsElement} box */
  constructor(box) {
    super();
    this.#box = box;
    this.#find = (name) => box.querySelector(`[data-part="${name}"]`);
    this.#timeline = new Timeline(this.#find("bar"), this.#find("hours"), this.#find("legend"));
    this.#player = new Player(this.#find("player"));
    this.#player.addEventListener("move", ({ detail: place }) => this.#move(place));
    this.#find("files").append(...Object.entries(FORMATS).map(([format, name]) => this.#fileButton(format, name)));
    this.#find("speeds").append(...SPEEDS.map(speedOf));
    this.#listen();
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
    this.tell("Reading\u2026");
    this.#showDay();
  }

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

  /** @param {?import("./day.js").Trip} trip @param points of it @param stops in it */
  choose(trip, points, stops) {
    this.#chosen = trip?.id ?? null;
    for (const button of this.#find("trips").querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.dataset.id === String(this.#chosen)));
    }
    this.#find("speeds").hidden = trip === null;
    this.#find("stops").replaceChildren(...stops.map(stopOf));
    this.#player.load(points.length > 1 ? points : null);
    if (trip === null) this.#timeline.point(null, this.#day);
  }

  #listen() {
    this.#box.addEventListener("toggle", () => this.#tell("open", this.#box.open));
    this.#find("before").addEventListener("click", () => this.#turnTo(dayOf(this.#day.start, -1)));
    this.#find("after").addEventListener("click", () => this.#turnTo(dayOf(this.#day.start, 1)));
    this.#find("day").addEventListener("change", ({ target }) => this.#turnTo(dayNamed(target.value)));
  }

  #turnTo(day) {
    if (day === null || day.start > Date.now()) return this.#showDay();
    this.#day = day;
    this.wait();
    this.#tell("day", day);
  }

  #showDay() {
    const today = dayOf(Date.now());
    this.#find("day").max = nameOfDay(today);
    this.#find("day").value = nameOfDay(this.#day);
    this.#find("after").disabled = this.#day.start >= today.start;
  }

  #move(place) {
    this.#timeline.point(place.time, this.#day);
    this.#tell("move", place);
  }

  #tripOf(trip) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.id = String(trip.id);
    button.setAttribute("aria-pressed", String(trip.id === this.#chosen));
    button.append(
      textOf("b", `${formatClock(trip.start)} \u2013 ${formatClock(trip.end)}`),
      textOf("span", `${formatLength(trip.length)}, ${formatSpan(trip.end - trip.start)}`),
      textOf("small", `${trip.averageSpeed} km/h on average, ${trip.maxSpeed} at most`),
    );
    button.addEventListener("click", () => this.#tell("trip", trip.id === this.#chosen ? null : trip));
    const item = document.createElement("li");
    item.append(button);
    return item;
  }

  #fileButton(format, name) {
    const button = textOf("button", name);
    button.type = "button";
    button.addEventListener("click", () => this.#tell("download", format));
    return button;
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

function textOf(tag, text) {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}

function stopOf({ start, end }) {
  return textOf("li", `Stopped at ${formatClock(start)} for ${formatSpan(end - start)}`);
}

function speedOf([kmh, color]) {
  const item = document.createElement("li");
  const sample = document.createElement("i");
  sample.style.background = color;
  item.append(sample, String(kmh));
  return item;
}
