/** The controls of a replay: play and pause, how fast, and a bar to drag. Event (CustomEvent): `move` with a place. */

import { find } from "../dom.js";
import { formatTimeOfDay } from "../time.js";
import { formatSpeed } from "../units.js";
import { PACES, Replay } from "./replay.js";
import { t } from "../words/words.js";

export class Player extends EventTarget {
  #box;
  #button;
  #bar;
  #pace;
  #told;
  /** @type {?Replay} */
  #replay = null;
  #frame = 0;

  /** @param {HTMLElement} box */
  constructor(box) {
    super();
    this.#box = box;
    this.#button = find(box, "button");
    this.#bar = find(box, "input", HTMLInputElement);
    this.#pace = find(box, "select", HTMLSelectElement);
    this.#told = find(box, "output");
    this.#pace.replaceChildren(...PACES.map((pace) => new Option(`${pace}\u00d7`, String(pace), pace === 30, pace === 30)));
    this.#button.addEventListener("click", () => this.#toggle());
    this.#bar.addEventListener("input", () => this.#seek());
    this.#pace.addEventListener("change", () => this.#setPace());
  }

  get isPlaying() {
    return this.#replay?.isPlaying ?? false;
  }

  /** @param {?import("./day.js").Point[]} points of a trip, two at least; null: there is nothing to replay */
  load(points) {
    cancelAnimationFrame(this.#frame);
    this.#replay = points === null ? null : new Replay(points);
    this.#box.hidden = points === null;
    if (this.#replay === null) return;
    this.#bar.min = String(this.#replay.start / 1000);
    this.#bar.max = String(this.#replay.end / 1000);
    this.#setPace();
    this.#show();
  }

  #toggle() {
    if (this.isPlaying) this.#replay?.pause();
    else this.#replay?.play(performance.now());
    this.#run();
  }

  #seek() {
    this.#replay?.seek(Number(this.#bar.value) * 1000);
    this.#show();
  }

  #setPace() {
    if (this.#replay !== null) this.#replay.pace = Number(this.#pace.value);
  }

  #run() {
    cancelAnimationFrame(this.#frame);
    this.#show();
    if (this.isPlaying) this.#frame = requestAnimationFrame((now) => this.#goOn(now));
  }

  /** @param {number} now */
  #goOn(now) {
    this.#replay?.tick(now);
    this.#run();
  }

  #show() {
    if (this.#replay === null) return;
    const { place, time, isPlaying } = this.#replay;
    this.#button.dataset.playing = String(isPlaying);
    this.#button.textContent = isPlaying ? t("Pause", undefined, "replay") : t("Play", undefined, "replay");
    const told = t("{time}, {speed}", { time: formatTimeOfDay(time), speed: formatSpeed(place.speed) });
    this.#bar.value = String(time / 1000);
    this.#bar.setAttribute("aria-valuetext", told);
    this.#told.textContent = told;
    this.dispatchEvent(new CustomEvent("move", { detail: place }));
  }
}
