/** What is chosen about sounds, in the panel of alerts: for which alerts, which sound for which kind, quiet, muted. */

import { find } from "../dom.js";
import { formatClock } from "../time.js";
import { SILENCE, SOUND_NAMES } from "./sound.js";
import { t } from "../words/words.js";

const HOUR_MS = 3_600_000;
/** @type {Record<string, string>} */
const NAMES = {
  chime: t("chime", undefined, "sound"),
  bell: t("bell", undefined, "sound"),
  low: t("low tones", undefined, "sound"),
  alarm: t("alarm", undefined, "sound"),
  [SILENCE]: t("none", undefined, "sound for alerts"),
};

/** @typedef {{event: string, text: string}} Kind of alerts, and its name */

/** Event: `quiet` when the hours of quiet are others. */
export class SoundForm extends EventTarget {
  #box;
  #sound;
  /** @type {Kind[]} */
  #kinds = [];
  #timer = 0;

  /** @param {HTMLElement} box @param {import("./sound.js").Sound} sound */
  constructor(box, sound) {
    super();
    this.#box = box;
    this.#sound = sound;
    this.#select("tone").append(new Option(t("as chosen above"), ""), ...[...SOUND_NAMES, SILENCE].map((name) => new Option(NAMES[name], name)));
    box.addEventListener("change", (event) => this.#keep(/** @type {HTMLInputElement} */ (event.target)));
    find(box, "[data-does=try]").addEventListener("click", () => this.#try());
    find(box, "[data-does=mute]").addEventListener("click", () => this.#mute());
    // Another tab may have changed it.
    addEventListener("storage", () => this.show());
    this.show();
  }

  /** Takes which kinds of alerts there are. @param {Kind[]} kinds */
  offer(kinds) {
    this.#kinds = kinds;
    this.show();
  }

  show() {
    const { choice, quietFrom, quietTo } = this.#sound.kept;
    this.#select("sound").value = choice;
    this.#input("quiet-from").value = quietFrom;
    this.#input("quiet-to").value = quietTo;
    this.#showKinds();
    this.#showTone();
    this.#showMuted();
  }

  /** The kinds that have a sound of their own say so. */
  #showKinds() {
    const { byEvent } = this.#sound.kept;
    const select = this.#select("kind");
    const chosen = select.value;
    const nameOf = (/** @type {Kind} */ { event, text }) => (byEvent[event] ? t("{kind}: {sound}", { kind: text, sound: NAMES[byEvent[event]] }) : text);
    select.replaceChildren(...this.#kinds.map((kind) => new Option(nameOf(kind), kind.event)));
    if (this.#kinds.some(({ event }) => event === chosen)) select.value = chosen;
  }

  #showTone() {
    this.#select("tone").value = this.#sound.kept.byEvent[this.#select("kind").value] ?? "";
  }

  #showMuted() {
    const { mutedUntil } = this.#sound.kept;
    const left = mutedUntil - Date.now();
    clearTimeout(this.#timer);
    if (left > 0) this.#timer = Number(setTimeout(() => this.#showMuted(), left));
    const button = find(this.#box, "[data-does=mute]");
    button.setAttribute("aria-pressed", String(left > 0));
    button.textContent = left > 0 ? t("Muted until {time}", { time: formatClock(mutedUntil) }) : t("Mute for an hour");
  }

  /** @param {HTMLInputElement} changed */
  #keep({ name }) {
    if (name === "kind") return this.#showTone();
    const { byEvent } = this.#sound.kept;
    const event = this.#select("kind").value;
    if (name === "tone" && event) byEvent[event] = this.#select("tone").value;
    this.#sound.keep({ byEvent, choice: this.#select("sound").value, quietFrom: this.#input("quiet-from").value, quietTo: this.#input("quiet-to").value });
    this.#showKinds();
    if (name.startsWith("quiet")) this.dispatchEvent(new Event("quiet"));
  }

  #mute() {
    const isMuted = this.#sound.kept.mutedUntil > Date.now();
    this.#sound.keep({ mutedUntil: isMuted ? 0 : Date.now() + HOUR_MS });
    this.#showMuted();
  }

  #try() {
    const chosen = this.#select("tone").value;
    this.#sound.play(SOUND_NAMES.includes(chosen) ? chosen : SOUND_NAMES[0]);
  }

  /** @param {string} name */
  #input(name) {
    return find(this.#box, `[name=${name}]`, HTMLInputElement);
  }

  /** @param {string} name */
  #select(name) {
    return find(this.#box, `[name=${name}]`, HTMLSelectElement);
  }
}
