/** The bar of a day: what a vehicle did when, in colours and in words. */

import { STATUSES } from "../statuses.js";
import { hourOf } from "../time.js";
import { DOINGS, formatSpan, totalsOf } from "./day.js";
import { t } from "../words/words.js";

/**
 * @typedef {import("./day.js").Span} Span
 * @typedef {import("./day.js").Doing} Doing
 */

/** @type {Record<Doing, {label: string, color: string}>} */
const LOOKS = {
  moving: STATUSES.moving,
  stopped: STATUSES.stopped,
  parked: STATUSES.parked,
  silent: { label: t("No reports", undefined, "of a device"), color: STATUSES.offline.color },
};
const HOUR_MS = 3_600_000;
/** At every sixth hour stands a number. */
const NUMBERED_HOURS = 6;

export class Timeline {
  #bar;
  #hours;
  #legend;
  #hand;

  /** @param {HTMLElement} bar @param {HTMLElement} hours @param {HTMLElement} legend */
  constructor(bar, hours, legend) {
    this.#bar = bar;
    this.#hours = hours;
    this.#legend = legend;
    this.#hand = document.createElement("i");
    this.#hand.className = "hand";
  }

  /** @param {import("./day.js").Stretch[]} stretches @param {import("./day.js").Span} day */
  show(stretches, day) {
    const length = day.end - day.start;
    this.#bar.replaceChildren(...stretches.map((stretch) => this.#piece(stretch, day, length)), this.#hand);
    this.#hours.replaceChildren(...hoursOf(day).map((hour) => this.#number(hour, day, length)));
    const totals = totalsOf(stretches);
    const told = DOINGS.filter((doing) => totals[doing] > 0);
    this.#legend.replaceChildren(...told.map((doing) => legendOf(doing, totals[doing])));
    this.#legend.hidden = told.length === 0;
    this.point(null, day);
  }

  /** Shows a moment; null: none. @param {?number} moment @param {Span} day */
  point(moment, day) {
    this.#hand.hidden = moment === null;
    if (moment !== null) this.#hand.style.left = `${(100 * (moment - day.start)) / (day.end - day.start)}%`;
  }

  /** @param {import("./day.js").Stretch} stretch @param {Span} day @param {number} length */
  #piece({ doing, start, end }, day, length) {
    const piece = document.createElement("span");
    piece.dataset.doing = doing;
    piece.style.left = `${(100 * (start - day.start)) / length}%`;
    piece.style.width = `${(100 * (end - start)) / length}%`;
    return piece;
  }

  /** @param {{time: number, hour: number}} hour @param {Span} day @param {number} length */
  #number({ time, hour }, day, length) {
    const number = document.createElement("span");
    number.textContent = String(hour);
    number.style.left = `${(100 * (time - day.start)) / length}%`;
    return number;
  }
}

/** The hours at which a number stands, by the user's clock: a day may have 23 of them, or 25. @param {Span} day */
function hoursOf({ start, end }) {
  /** @type {{time: number, hour: number}[]} */
  const found = [];
  for (let time = start; time <= end; time += HOUR_MS) {
    const hour = hourOf(time);
    if (hour % NUMBERED_HOURS === 0 && found.at(-1)?.hour !== hour) found.push({ time, hour });
  }
  return [...found, { time: end, hour: 24 }];
}

/** @param {Doing} doing @param {number} milliseconds */
function legendOf(doing, milliseconds) {
  const item = document.createElement("li");
  const sample = document.createElement("i");
  sample.dataset.doing = doing;
  item.append(sample, t("{doing} {duration}", { doing: LOOKS[doing].label, duration: formatSpan(milliseconds) }));
  return item;
}
