/**
 * The wall board: the page for a screen that many look at and nobody touches. It is on while `board` is in the address,
 * so that a reload shows it again; with `board=groups` each group has its turn.
 */

import { detailOf, find } from "../dom.js";
import { createIcon, setIcon } from "../icons.js";
import { STATUSES, STATUS_KEYS } from "../statuses.js";
import { isolate } from "../texts.js";
import { formatAge, formatDate, formatTimeOfDay, readDate } from "../time.js";
import { t } from "../words/words.js";
import { AwakeScreen } from "./screen.js";

const NAME = "board";
const BY_GROUP = "groups";
/** Each group is shown for so long. */
const GROUP_MS = 30_000;
/** Each of the latest alerts is shown for so long, and these are so many. */
const TURN_MS = 8_000;
const MOST_ALERTS = 6;
/** A fleet that has come together is looked at from nearer again this often. */
const FIT_MS = 60_000;
/** The button that leaves the board is there for so long after the last move of a hand. */
const HAND_MS = 4_000;
/** Shown even when nobody has them. */
const ALWAYS = new Set(["moving", "stopped", "parked", "offline"]);

/**
 * @typedef {import("../statuses.js").StatusKey} StatusKey
 * @typedef {import("../alerts/feed.js").Entry} Entry
 * @typedef {{groupId: number, title: string}} Group
 * @typedef {{clock: {now(): number}, latest: (count: number) => Entry[], vehicles: () => Iterable<{status: StatusKey}>, groups: () => Group[]}} Parts
 *   `latest` alerts; `vehicles` that the filter lets through; `groups` that have vehicles
 */

/** Events: `change` when it is switched on or off, `fit` when the map should show all of whom it tells; (CustomEvent) `group` with the one that has its turn, null: all. */
export class Board extends EventTarget {
  #box;
  #parts;
  #screen = new AwakeScreen();
  #counts;
  #fittedAt = 0;
  #handTimer = 0;
  /** @type {?Group} that has its turn */
  #group = null;

  /** @param {HTMLElement} box @param {HTMLElement} opener @param {Parts} parts */
  constructor(box, opener, parts) {
    super();
    this.#box = box;
    this.#parts = parts;
    this.#counts = new Map(STATUS_KEYS.map((key) => [key, createCount(key)]));
    find(box, "dl").append(...[...this.#counts.values()].map(({ line }) => line));
    opener.addEventListener("click", () => this.toggle());
    find(box, "[data-does=leave]").addEventListener("click", () => this.toggle());
    find(box, "[data-does=groups]").addEventListener("click", () => this.#write(this.#isByGroup ? "" : BY_GROUP));
    this.#screen.addEventListener("told", (event) => (find(box, ".board-screen").textContent = detailOf(event)));
    for (const sign of ["pointermove", "pointerdown"]) addEventListener(sign, () => this.isOn && this.#seeHand());
    this.#show();
  }

  get isOn() {
    return new URLSearchParams(location.search).has(NAME);
  }

  get #isByGroup() {
    return new URLSearchParams(location.search).get(NAME) === BY_GROUP;
  }

  /** Switches it on or off, as somebody has asked for. */
  async toggle() {
    const isOn = !this.isOn;
    this.#write(isOn ? "" : null);
    this.dispatchEvent(new Event("change"));
    // Without full screen, which a browser may refuse, it fills the window.
    if (isOn) await document.documentElement.requestFullscreen?.().catch(() => {});
    else if (document.fullscreenElement) await document.exitFullscreen();
  }

  /** @param {?string} how in the address; null: it is off */
  #write(how) {
    const search = how === null ? "" : `?${NAME}${how && `=${how}`}`;
    history.replaceState(history.state, "", `${location.pathname}${search}${location.hash}`);
    this.#show();
  }

  /** Also to be called once a second. */
  tick() {
    this.#turn();
    if (!this.isOn) return;
    const now = this.#parts.clock.now();
    find(this.#box, "time").textContent = formatTimeOfDay(now);
    find(this.#box, ".board-date").textContent = formatDate(now);
    this.#count();
    this.#showAlert(now);
    if (Date.now() - this.#fittedAt < FIT_MS) return;
    this.#fittedAt = Date.now();
    this.dispatchEvent(new Event("fit"));
  }

  #show() {
    document.body.classList.toggle("on-board", this.isOn);
    this.#box.hidden = !this.isOn;
    this.#fittedAt = 0;
    this.#screen.want(this.isOn);
    find(this.#box, "[data-does=groups]").setAttribute("aria-pressed", String(this.#isByGroup));
    this.tick();
  }

  /** Shows whose turn it is, and all again once there are none. */
  #turn() {
    const group = this.#isByGroup ? groupAt(this.#parts.groups(), this.#parts.clock.now()) : null;
    find(this.#box, ".board-group").textContent = group === null ? "" : isolate(group.title);
    if (group?.groupId === this.#group?.groupId) return;
    this.#group = group;
    this.#fittedAt = 0;
    this.dispatchEvent(new CustomEvent("group", { detail: group?.groupId ?? null }));
  }

  #count() {
    /** @type {Map<StatusKey, number>} */
    const numbers = new Map();
    for (const { status } of this.#parts.vehicles()) numbers.set(status, (numbers.get(status) ?? 0) + 1);
    for (const [key, { line, number }] of this.#counts) {
      number.textContent = String(numbers.get(key) ?? 0);
      line.hidden = !numbers.has(key) && !ALWAYS.has(key);
    }
  }

  /** The newest first, then those before it, each for a while. @param {number} now */
  #showAlert(now) {
    const entries = this.#parts.latest(MOST_ALERTS);
    const entry = entries[turnOf(entries, now)];
    const line = find(this.#box, ".board-alert");
    line.dataset.emergency = String(Boolean(entry?.extra.emergency));
    line.textContent = entry ? t("{age}: {message}", { age: formatAge(readDate(entry.time), now), message: isolate(entry.message) }) : t("No alerts in the last day.");
  }

  #seeHand() {
    document.body.classList.add("has-hand");
    clearTimeout(this.#handTimer);
    this.#handTimer = Number(setTimeout(() => document.body.classList.remove("has-hand"), HAND_MS));
  }
}

/**
 * Whose turn it is: a new alert is shown at once, as turns are counted from the newest one. Pure.
 * @param {{time: string}[]} entries the newest first @param {number} now
 */
export function turnOf([newest, ...older], now) {
  const since = now - (readDate(newest?.time) ?? now);
  return Math.floor(Math.max(0, since) / TURN_MS) % (older.length + 1);
}

/** The group whose turn it is, which is the same on all boards and after a reload. Pure. @param {Group[]} groups @param {number} now @returns {?Group} null: there is none */
export function groupAt(groups, now) {
  return groups.length === 0 ? null : groups[Math.floor(now / GROUP_MS) % groups.length];
}

/** @param {StatusKey} key */
function createCount(key) {
  const [line, term, number] = ["div", "dt", "dd"].map((name) => document.createElement(name));
  const icon = createIcon();
  setIcon(icon, key);
  term.append(icon, STATUSES[key].label);
  line.append(term, number);
  return { line, number };
}
