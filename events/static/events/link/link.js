/**
 * The live link: one client of the server at a time, begun again for as long as it takes, over whatever gets through.
 *
 * Nothing tells a page that its connection died in silence, and heartbeats do not reach it. So a link that is quieter
 * than it usually is gets asked for an answer. One that had to take less than a websocket looks now and then whether
 * there is one by now; it lets go of what it has only when the other was answered.
 */

import { Attempt } from "./attempt.js";
import { isConfirmation } from "./frames.js";
import { Ladder } from "./ladder.js";
import { pauseBefore } from "./pauses.js";
import { Rhythm } from "./rhythm.js";

const TICK_MS = 1_000;
/** A tick that is late by so much slept: its computer or its tab did. */
const SLEPT_MS = 4_000;
/** How long a try may take, and an answer. */
const ANSWER_MS = 5_000;
/** What is quiet is asked so long before that means something. */
const ASK_AHEAD_MS = 1_000;
/** Such a failure is still called reconnecting. */
const SHORT_MS = 10_000;
const UPGRADE_EVERY_MS = 25_000;

/**
 * @typedef {"off"|"connecting"|"live"|"silent"|"reconnecting"|"offline"} LinkState
 * @typedef {{subscribe: () => ?object, unsubscribe: () => ?object, probe: () => ?object}} Commands null: nothing to send
 * @typedef {import("./frames.js").Frame} Frame
 */

const steadily = () => performance.now();
const utf8 = new TextEncoder();

/**
 * Events: `change` when the state changes, `confirmed` when the server answered the subscription, and may have said
 * things before that were missed; `frame` (CustomEvent) with each document of the server.
 * Live means: the server has confirmed the subscription. Silent: it has, and then said nothing for longer than usual.
 */
export class Link extends EventTarget {
  /** @type {LinkState} */
  state = "off";
  /** @type {?number} when the server was last heard */
  heardAt = null;
  /** What was heard so far: documents of the server, and the bytes of their texts. */
  heard = { messages: 0, bytes: 0 };
  /** @type {?number} when the next try starts, while there is none */
  retryAt = null;

  #url;
  #commands;
  #ladder = new Ladder();
  #rhythm = new Rhythm();
  /** @type {?Attempt} */
  #attempt = null;
  /** @type {?Attempt} what may take its place */
  #better = null;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #retryTimer;
  // All from here on by the steady clock.
  #heardAt = 0;
  /** @type {?number} */
  #answerBy = null;
  /** @type {?number} since when it is not live */
  #awaySince = null;
  #upgradeAt = 0;
  #ticked = { steady: 0, clock: 0 };
  /** Attempts tell of themselves; one that is not in use yet is in use with its first answer. */
  #told = {
    opened: (/** @type {Attempt} */ one) => (one === this.#attempt ? this.#opened() : one.send(this.#commands.subscribe())),
    heard: (/** @type {Attempt} */ one, /** @type {Frame} */ frame, /** @type {string} */ text) => {
      this.heard.messages += 1;
      this.heard.bytes += utf8.encode(text).length;
      if (one !== this.#attempt && isConfirmation(frame)) this.#exchange(one);
      if (one === this.#attempt) this.#received(frame);
    },
    dropped: (/** @type {Attempt} */ one) => (one === this.#attempt ? this.#dropped() : one.close()),
    failed: (/** @type {Attempt} */ one) => one === this.#attempt && this.#failed(),
  };

  /** @param {string} url @param {Commands} commands */
  constructor(url, commands) {
    super();
    this.#url = url;
    this.#commands = commands;
    this.#hasSlept();
    setInterval(() => this.#tick(), TICK_MS);
  }

  /** Whether what is shown is what the server knows, as far as one can tell. */
  get #isUp() {
    return this.state === "live" || this.state === "silent";
  }

  /** @returns {?import("./ladder.js").Transport} over which it is live */
  get transport() {
    return this.#isUp ? (this.#attempt?.transport ?? null) : null;
  }

  start() {
    this.heardAt = null;
    this.#awaySince = null;
    this.#rhythm.forget();
    this.#begin("connecting");
  }

  /** Says goodbye to the server and stays off. */
  stop() {
    this.send(this.#commands.unsubscribe());
    this.#abandon();
    this.#become("off");
  }

  /** Tries at once, unless a try is under way; a link that is live is asked whether it is. */
  retry() {
    if (this.#isUp) this.#ask();
    else if (this.state !== "off" && this.#attempt === null) {
      // Whoever asks knows something: the next tries follow quickly again.
      this.#awaySince = steadily();
      this.#begin("reconnecting");
    }
  }

  /** Sends a command, if the link is open. @param {?object} command */
  send(command) {
    this.#attempt?.send(command);
  }

  /** @param {LinkState} state */
  #begin(state) {
    this.#abandon();
    this.#answerBy = steadily() + ANSWER_MS;
    this.#attempt = new Attempt(this.#url, this.#ladder.next, this.#told);
    this.#become(state);
  }

  #opened() {
    this.#answerBy = steadily() + ANSWER_MS;
    const command = this.#commands.subscribe();
    if (command === null) this.#confirmed();
    else this.send(command);
  }

  /** @param {Frame} frame */
  #received(frame) {
    this.#hear();
    if (isConfirmation(frame)) this.#confirmed();
    else if (this.state === "silent") this.#become("live");
    this.dispatchEvent(new CustomEvent("frame", { detail: frame }));
    if (frame.type === "error" && this.state !== "off" && !this.#isUp) this.#pause();
  }

  #hear() {
    const now = steadily();
    this.#rhythm.heard(now);
    this.#heardAt = now;
    this.heardAt = Date.now();
    if (this.#isUp) this.#answerBy = null;
  }

  #confirmed() {
    const attempt = /** @type {Attempt} */ (this.#attempt);
    this.#hear();
    this.#ladder.works(attempt.transport);
    this.#answerBy = this.#awaySince = null;
    this.#putOffUpgrade();
    this.#become("live");
    this.dispatchEvent(new Event("confirmed"));
  }

  #dropped() {
    const now = steadily();
    this.#awaySince ??= now;
    this.#answerBy = now + ANSWER_MS;
    this.#become("reconnecting");
  }

  #failed() {
    if (this.#ladder.fails()) this.#begin(this.#awayState);
    else this.#pause();
  }

  /** Nothing is tried for a while. */
  #pause() {
    this.#abandon();
    const now = steadily();
    this.#awaySince ??= now;
    const pause = pauseBefore(now - this.#awaySince, Math.random());
    this.retryAt = Date.now() + pause;
    this.#retryTimer = setTimeout(() => this.#begin(this.#awayState), pause);
    this.#become(this.#awayState);
  }

  /** What it is called while it is away: a short failure is none yet. @returns {LinkState} */
  get #awayState() {
    if (this.#awaySince === null) return "connecting";
    return steadily() - this.#awaySince > SHORT_MS ? "offline" : "reconnecting";
  }

  #abandon() {
    for (const attempt of [this.#attempt, this.#better]) attempt?.close();
    this.#attempt = this.#better = null;
    this.#answerBy = this.retryAt = null;
    clearTimeout(this.#retryTimer);
  }

  #tick() {
    const now = steadily();
    if (this.#hasSlept() && this.#isUp && this.#answerBy === null) {
      // What was said meanwhile may still be on its way to here.
      this.#ask();
      this.#become("silent");
    } else if (this.#answerBy !== null && now > this.#answerBy) this.#unanswered();
    else if (this.#isUp) this.#mind(now);
  }

  /** Whether more time passed since the last tick than there should, by either clock: one of them may have stood still. */
  #hasSlept() {
    const { steady, clock } = this.#ticked;
    this.#ticked = { steady: steadily(), clock: Date.now() };
    return Math.max(this.#ticked.steady - steady, this.#ticked.clock - clock) > SLEPT_MS;
  }

  #unanswered() {
    if (!this.#isUp) return this.#failed();
    this.#awaySince = this.#heardAt;
    this.#begin("reconnecting");
  }

  /** @param {number} now */
  #mind(now) {
    const silence = now - this.#heardAt;
    if (silence > this.#rhythm.patienceMs - ASK_AHEAD_MS) this.#ask();
    if (silence > this.#rhythm.patienceMs && this.state === "live") this.#become("silent");
    if (this.transport !== "websocket" && now > this.#upgradeAt) this.#upgrade();
  }

  /** An answer is due by then, whatever is asked meanwhile. */
  #ask() {
    if (this.#answerBy !== null) return;
    const command = this.#commands.probe();
    if (command === null) return;
    this.#answerBy = steadily() + ANSWER_MS;
    this.send(command);
  }

  #putOffUpgrade() {
    this.#upgradeAt = steadily() + UPGRADE_EVERY_MS * (1 + Math.random());
  }

  #upgrade() {
    this.#putOffUpgrade();
    this.#better?.close();
    this.#better = new Attempt(this.#url, "websocket", this.#told);
  }

  /** @param {Attempt} better */
  #exchange(better) {
    this.send(this.#commands.unsubscribe());
    this.#attempt?.close();
    this.#attempt = better;
    this.#better = null;
  }

  /** @param {LinkState} state */
  #become(state) {
    this.state = state;
    this.dispatchEvent(new Event("change"));
  }
}
