/** The bar of a replay: what moment is shown, a slider through the last minutes, and the way back to now. */

import { find } from "../dom.js";
import { formatDuration, formatTimeOfDay } from "../time.js";
import { t } from "../words/words.js";
import { PACES } from "./replay.js";

/** Played steps; each costs what came in it. */
const STEP_MS = 200;

export class ReplayBar {
  #box;
  #replay;
  #slider;
  #button;
  #timer = 0;
  /** @type {?Element} who had the focus before */
  #before = null;

  /** @param {HTMLElement} box @param {import("./replay.js").Replay} replay */
  constructor(box, replay) {
    this.#box = box;
    this.#replay = replay;
    this.#slider = find(box, "input", HTMLInputElement);
    this.#button = find(box, "[data-does=play]");
    const pace = find(box, "select", HTMLSelectElement);
    pace.append(...PACES.map((one) => new Option(`${one}\u00d7`, String(one), one === replay.pace, one === replay.pace)));
    pace.addEventListener("change", () => (replay.pace = Number(pace.value)));
    this.#button.addEventListener("click", () => (replay.isPlaying ? replay.pause() : replay.play(performance.now())));
    this.#slider.addEventListener("input", () => replay.seek(Number(this.#slider.value) * 1000));
    find(box, "[data-does=end]").addEventListener("click", () => replay.end());
    replay.addEventListener("change", () => this.#show());
  }

  #show() {
    const { isOn } = this.#replay;
    if (isOn === this.#box.hidden) this.#switch(isOn);
    if (isOn) this.#showMoment();
  }

  /** @param {boolean} isOn */
  #switch(isOn) {
    this.#box.hidden = !isOn;
    document.body.classList.toggle("in-past", isOn);
    clearInterval(this.#timer);
    if (isOn) {
      this.#timer = Number(setInterval(() => this.#replay.step(performance.now()), STEP_MS));
      this.#before = document.activeElement;
      this.#slider.focus();
    } else if (this.#before instanceof HTMLElement) this.#before.focus();
  }

  #showMoment() {
    const { log, isPlaying } = this.#replay;
    const moment = /** @type {number} */ (this.#replay.moment);
    this.#slider.min = String((log.start ?? moment) / 1000);
    this.#slider.max = String(log.end / 1000);
    this.#slider.value = String(moment / 1000);
    const told = t("{time}, {duration} ago", { time: formatTimeOfDay(this.#replay.shownAt ?? moment), duration: formatDuration(log.end - moment) });
    this.#slider.setAttribute("aria-valuetext", told);
    setText(find(this.#box, "output"), told);
    setText(find(this.#box, ".replay-gap"), log.wasLive(moment) ? "" : t("The page was not live then."));
    setText(this.#button, isPlaying ? t("Pause", undefined, "replay") : t("Play", undefined, "replay"));
  }
}

/** @param {HTMLElement} element @param {string} text */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
