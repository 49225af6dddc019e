/** Why the vehicle on the card is silent: asks the server what it refused, and shows what is known. */

import { ApiFailure, call } from "../api.js";
import { detailOf, find } from "../dom.js";
import { Delay } from "../link/delay.js";
import { Verdicts } from "../link/verdicts.js";
import { readDate } from "../time.js";
import { t } from "../words/words.js";
import { explain, isSilent } from "./silence.js";
import { factsOf } from "./silencefacts.js";

/** So often it is asked again what was refused. */
const ASK_EVERY_MS = 60_000;
const MOST = 10;

/** @typedef {import("./silence.js").Finding} Finding */
/** @typedef {import("./silencefacts.js").Fact} Fact */
/** @typedef {{list: {time: string, way: string, reason: string, count: number}[], left_out: {names: string[]}[]}} Answer */

export class SilenceView {
  #box;
  #session;
  #link;
  /** @type {import("./queue.js").Report[]} */
  #reports = [];
  /** @type {?import("./silence.js").Refusal[]} */
  #refusals = [];
  /** @type {string[]} */
  #leftOut = [];
  #askedAt = -Infinity;
  /** @type {?number} */
  #trackerId = null;
  #shown = "";
  #verdicts = new Verdicts();
  #delay = new Delay();
  /** @type {Map<string, HTMLElement>} by key of a fact */
  #facts = new Map();

  /** @param {HTMLElement} box @param {{session: import("../session.js").Session, link: import("../link/link.js").Link}} parts */
  constructor(box, { session, link }) {
    this.#box = box;
    this.#session = session;
    this.#link = link;
    link.addEventListener("frame", (event) => this.#hear(detailOf(event)));
    link.addEventListener("change", () => link.transport === null && this.#forgetLink());
  }

  /** Another vehicle is shown. */
  forget() {
    this.#reports = [];
    this.#refusals = [];
    this.#leftOut = [];
    this.#askedAt = -Infinity;
    this.#trackerId = null;
  }

  /** @param {import("./queue.js").Report[]} reports */
  takeReports(reports) {
    this.#reports = reports;
  }

  /** @param {import("../fleet.js").Vehicle} vehicle @param {number} now by the server's clock */
  show(vehicle, now) {
    this.#trackerId = vehicle.trackerId;
    if (isSilent(vehicle) && vehicle.status !== "unavailable") this.#ask();
    const isLive = this.#link.state === "live";
    const known = { vehicle, now, isLive, reports: this.#reports, refusals: this.#refusals, leftOut: this.#leftOut, hearing: this.#hearingOf(vehicle) };
    const findings = explain(known);
    this.#box.hidden = findings.length === 0;
    this.#write(vehicle.status === "idle" ? t("Why has it no position?") : t("Why is it silent?"), findings);
    if (findings.length > 0) this.#writeFacts(factsOf(known));
  }

  /** @param {import("../link/frames.js").Frame} frame */
  #hear(frame) {
    this.#verdicts.take(frame);
    this.#delay.take(frame.user_time, performance.now());
  }

  #forgetLink() {
    this.#verdicts.clear();
    this.#delay.clear();
  }

  /** @param {import("../fleet.js").Vehicle} vehicle @returns {import("./silencefacts.js").Hearing} */
  #hearingOf({ trackerId, isBlocked }) {
    const verdict = this.#verdicts.of(trackerId);
    // A block that came, or went, since the server answered.
    const isOfBlock = verdict === "normal" || verdict === "blocked";
    return {
      verdict: isOfBlock ? (isBlocked ? "blocked" : "normal") : verdict,
      kinds: this.#verdicts.kindsOf(trackerId),
      transport: this.#link.transport,
      delayMs: this.#delay.ms,
    };
  }

  /** @param {string} title @param {Finding[]} findings */
  #write(title, findings) {
    const shown = JSON.stringify([title, findings]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    find(this.#box, "h3").textContent = title;
    find(this.#box, "ul").replaceChildren(...findings.map(itemOf));
  }

  /** Written in place: ages tick, and somebody may be reading or copying. @param {Fact[]} facts */
  #writeFacts(facts) {
    for (const { key, name, text } of facts) {
      const line = this.#facts.get(key) ?? this.#createFact(key, name);
      const value = find(line, "dd");
      line.hidden = text === "";
      if (value.textContent !== text) value.textContent = text;
    }
  }

  /** @param {string} key @param {string} name */
  #createFact(key, name) {
    const [line, term, value] = ["div", "dt", "dd"].map((tag) => document.createElement(tag));
    line.dataset.fact = key;
    term.textContent = name;
    line.append(term, value);
    find(this.#box, "dl").append(line);
    this.#facts.set(key, line);
    return line;
  }

  async #ask() {
    const trackerId = this.#trackerId;
    if (performance.now() - this.#askedAt < ASK_EVERY_MS) return;
    this.#askedAt = performance.now();
    const answer = await this.#read(trackerId);
    if (trackerId !== this.#trackerId) return;
    this.#refusals = answer && answer.list.map(({ time, ...refusal }) => ({ ...refusal, at: readDate(time) ?? 0 }));
    this.#leftOut = [...new Set(answer?.left_out.flatMap(({ names }) => names))];
  }

  /** @param {?number} trackerId @returns {Promise<?Answer>} null: it cannot be had */
  async #read(trackerId) {
    try {
      return /** @type {Answer} */ (await call("tracker/refusals/list", { hash: this.#session.hash, trackers: [trackerId], limit: MOST, iso_datetime: true }));
    } catch (error) {
      if (error instanceof ApiFailure) return null;
      throw error;
    }
  }
}

/** @param {Finding} finding */
function itemOf({ text, advice }) {
  const item = document.createElement("li");
  item.append(text);
  if (advice) item.append(Object.assign(document.createElement("small"), { textContent: advice }));
  return item;
}
