/** A sound for an alert: for which of them which, and when there is to be quiet. Kept in this browser. */

import { recall, remember } from "../memory.js";
import { takeTurn } from "./turn.js";

const KEY = "fleetsphere.alerts-sound";
const CHOICES = ["never", "emergencies", "all"];
const VOLUME = 0.12;
/** Whoever may sound is ready by then. */
const READY_MS = 250;
/** Tones by their frequency in Hz, and how long each is in seconds. @type {Record<string, {tones: number[], long: number}>} */
const SOUNDS = {
  chime: { tones: [660, 880], long: 0.16 },
  bell: { tones: [1320, 1320, 1320], long: 0.1 },
  low: { tones: [330, 262], long: 0.24 },
  alarm: { tones: [880, 660, 880, 660], long: 0.16 },
};
/** No sound at all. */
export const SILENCE = "none";
export const SOUND_NAMES = Object.keys(SOUNDS);

/**
 * @typedef {object} Kept
 * @property {string} choice which alerts sound whose kind nothing is said of: "never", "emergencies" or "all"
 * @property {string} quietFrom hours of quiet, as `HH:mm`; none while they are empty
 * @property {string} quietTo
 * @property {Record<string, string>} byEvent the sound of a kind of event, or SILENCE
 * @property {number} mutedUntil milliseconds since 1970; 0: not muted
 */

/** @type {Kept} */
const FIRST = { choice: "emergencies", quietFrom: "", quietTo: "", byEvent: {}, mutedUntil: 0 };

/** @param {?string} text as it was kept, now or by the page of before @returns {Kept} */
export function readKept(text) {
  try {
    return { ...FIRST, ...JSON.parse(text ?? "{}") };
  } catch {
    const [choice, quietFrom = "", quietTo = ""] = (text ?? "").split("|");
    return CHOICES.includes(choice) ? { ...FIRST, choice, quietFrom, quietTo } : FIRST;
  }
}

/**
 * Which sound an alert has. Pure.
 * @param {Kept} kept @param {{event: string, isEmergency: boolean}} alert @param {Date} now @returns {?string} null: none
 */
export function soundOf({ choice, quietFrom, quietTo, byEvent, mutedUntil }, { event, isEmergency }, now) {
  if (now.getTime() < mutedUntil || isBetween(clockOf(now), quietFrom, quietTo)) return null;
  const chosen = byEvent[event];
  if (chosen) return chosen in SOUNDS ? chosen : null;
  if (choice === "never" || (choice === "emergencies" && !isEmergency)) return null;
  return isEmergency ? "alarm" : "chime";
}

export class Sound {
  /** @type {?AudioContext} */
  #context = null;

  /** As it is kept now, by whichever tab. */
  get kept() {
    return readKept(recall(KEY));
  }

  /** The hours of quiet hold for pushes, too. */
  get quietFrom() {
    return this.kept.quietFrom;
  }

  get quietTo() {
    return this.kept.quietTo;
  }

  /** @param {Partial<Kept>} news */
  keep(news) {
    remember(KEY, JSON.stringify({ ...this.kept, ...news }));
  }

  /** @param {{event: string, isEmergency: boolean}} alert @param {Date} now @returns {?string} the name of its sound */
  choose(alert, now) {
    return soundOf(this.kept, alert, now);
  }

  /** Sounds, if no other tab does. @param {string} name @param {number} id of the alert @returns {Promise<boolean>} whether the browser lets this page sound */
  async playOnce(name, id) {
    const context = await this.#ready();
    if (context === null) return false;
    if (await takeTurn(id)) sound(context, name);
    return true;
  }

  /** @param {string} name */
  async play(name) {
    const context = await this.#ready();
    if (context !== null) sound(context, name);
  }

  /** Browsers let a page sound once somebody has touched it; who may not leaves the turn to others. */
  async #ready() {
    const context = (this.#context ??= new AudioContext());
    if (context.state !== "running") {
      await Promise.race([context.resume(), new Promise((resolve) => setTimeout(resolve, READY_MS))]);
    }
    return /** @type {string} */ (context.state) === "running" ? context : null;
  }
}

/** @param {AudioContext} context @param {string} name */
function sound(context, name) {
  const { tones, long } = SOUNDS[name];
  tones.forEach((frequency, index) => playTone(context, frequency, { at: context.currentTime + index * long, long }));
}

/** @param {AudioContext} context @param {number} frequency in Hz @param {{at: number, long: number}} when by the context's clock */
function playTone(context, frequency, { at, long }) {
  const [tone, volume] = [context.createOscillator(), context.createGain()];
  tone.frequency.value = frequency;
  volume.gain.value = VOLUME;
  tone.connect(volume).connect(context.destination);
  tone.start(at);
  tone.stop(at + long * 0.9);
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
