/** A sound for an alert: for which of them, and when there is to be quiet. Kept in this browser. */

import { recall, remember } from "../memory.js";

const KEY = "fleetsphere.alerts-sound";
const CHOICES = ["never", "emergencies", "all"];
const TONES_HZ = { emergency: [880, 660, 880, 660], alert: [660, 880] };
const TONE_S = 0.16;
const VOLUME = 0.12;

export class Sound {
  /** Which alerts sound, and the hours of quiet, as `HH:mm`; none while they are empty. */
  choice = "emergencies";
  quietFrom = "";
  quietTo = "";
  /** @type {?AudioContext} */
  #context = null;

  constructor() {
    const [choice, from, to] = (recall(KEY) ?? "").split("|");
    if (CHOICES.includes(choice)) [this.choice, this.quietFrom, this.quietTo] = [choice, from ?? "", to ?? ""];
  }

  keep() {
    remember(KEY, [this.choice, this.quietFrom, this.quietTo].join("|"));
  }

  /** @param {boolean} isEmergency @param {Date} now @returns {boolean} whether an alert sounds now */
  isDue(isEmergency, now) {
    if (this.choice === "never" || (this.choice === "emergencies" && !isEmergency)) return false;
    return !isBetween(clockOf(now), this.quietFrom, this.quietTo);
  }

  /** Sounds, if the browser lets a page do so: it does once somebody has touched it. @param {boolean} isEmergency */
  play(isEmergency) {
    const context = (this.#context ??= new AudioContext());
    const tones = TONES_HZ[isEmergency ? "emergency" : "alert"];
    tones.forEach((frequency, index) => sound(context, frequency, context.currentTime + index * TONE_S));
  }
}

/** @param {AudioContext} context @param {number} frequency in Hz @param {number} at when, by the context's clock */
function sound(context, frequency, at) {
  const [tone, volume] = [context.createOscillator(), context.createGain()];
  tone.frequency.value = frequency;
  volume.gain.value = VOLUME;
  tone.connect(volume).connect(context.destination);
  tone.start(at);
  tone.stop(at + TONE_S);
}

/** @param {Date} date */
function clockOf(date) {
  return date.toTimeString().slice(0, 5);
}

/** @param {string} time @param {string} from @param {string} to @returns {boolean} whether a time of day is in the hours, which may go past midnight */
export function isBetween(time, from, to) {
  if (!from || !to || from === to) return false;
  return from < to ? time >= from && time < to : time >= from || time < to;
}
