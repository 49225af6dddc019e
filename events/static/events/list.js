/**
 * The list of vehicles: the accessible twin of the map.
 *
 * Only the rows in sight exist; they are reused and updated in place, so ten thousand vehicles cost what twenty do.
 */

import { Filter } from "./filter/filter.js";
import { describeAge } from "./freshness.js";
import { createIcon, setIcon } from "./icons.js";
import { Order } from "./order.js";
import { shortOf } from "./records/notes.js";
import { STATUSES } from "./statuses.js";
import { isolate } from "./texts.js";

const ROW_HEIGHT = 58;
const SPARE_ROWS = 3;
/** Nobody finds a row that moves while its name is being typed. */
const TYPING_MS = 1_500;

/**
 * @typedef {import("./fleet.js").Vehicle} Vehicle
 * @typedef {ReturnType<typeof createRow>} Row
 * @typedef {{fleet: import("./fleet.js").Fleet, clock: import("./time.js").ServerClock, filter?: Filter}} Parts
 */

/** Events: `select` (CustomEvent) with a tracker id. */
export class VehicleList extends EventTarget {
  #fleet;
  #clock;
  #filter;
  #box;
  #sheet;
  #empty;
  /** @type {Vehicle[]} those that are wanted, in order */
  #vehicles = [];
  /** @type {Row[]} */
  #rows = [];
  #active = -1;
  /** @type {?number} tracker id */
  #selected = null;
  #order = new Order();
  #typedAt = -Infinity;

  /** @param {HTMLElement} box the element with role listbox @param {HTMLElement} empty says why no row is there @param {Parts} parts */
  constructor(box, empty, { fleet, clock, filter = new Filter() }) {
    super();
    this.#fleet = fleet;
    this.#clock = clock;
    this.#filter = filter;
    this.#box = box;
    this.#empty = empty;
    this.#sheet = document.createElement("div");
    this.#sheet.className = "sheet";
    this.#sheet.setAttribute("role", "presentation");
    box.append(this.#sheet);
    box.addEventListener("scroll", () => this.show(), { passive: true });
    box.addEventListener("keydown", (event) => this.#press(event));
    box.addEventListener("focus", () => this.#activate(Math.max(0, this.#active)));
    new ResizeObserver(() => this.show()).observe(box);
  }

  /** @param {string} order its name */
  set order(order) {
    this.#order.name = order;
    this.arrange();
  }

  /** Shows those who are wanted by now, from the first on. @param {{isTyped?: boolean}} options */
  restart({ isTyped = false } = {}) {
    if (isTyped) this.#typedAt = performance.now();
    this.#active = -1;
    this.#box.scrollTop = 0;
    this.#order.take(this.#fleet);
    this.#put(this.#order.pick((vehicle) => this.#filter.accepts(vehicle)));
  }

  /** @param {?number} trackerId */
  select(trackerId) {
    this.#selected = trackerId;
    const index = this.#vehicles.findIndex((vehicle) => vehicle.trackerId === trackerId);
    if (index >= 0) this.#activate(index);
    this.show();
  }

  focus() {
    this.#box.focus();
  }

  /** Whether what is shown is what somebody is just typing for. */
  get isBusy() {
    return performance.now() - this.#typedAt < TYPING_MS;
  }

  /** Decides who is in the list and in what order. */
  arrange() {
    this.#order.take(this.#fleet);
    this.#put(this.#order.arrange((vehicle) => this.#filter.accepts(vehicle)));
  }

  /** @param {Vehicle[]} vehicles */
  #put(vehicles) {
    const active = this.#vehicles[this.#active]?.trackerId;
    this.#vehicles = vehicles;
    this.#active = this.#vehicles.findIndex((vehicle) => vehicle.trackerId === active);
    this.#sheet.style.height = `${this.#vehicles.length * ROW_HEIGHT}px`;
    this.#empty.hidden = this.#vehicles.length > 0;
    this.#empty.textContent = this.#fleet.size > 0 ? "No vehicle matches." : "No vehicles yet.";
    this.show();
  }

  /** Writes the rows in sight. */
  show() {
    const first = Math.max(0, Math.floor(this.#box.scrollTop / ROW_HEIGHT) - SPARE_ROWS);
    const room = Math.ceil(this.#box.clientHeight / ROW_HEIGHT) + 2 * SPARE_ROWS;
    const count = Math.min(room, this.#vehicles.length - first);
    while (this.#rows.length < count) this.#addRow();
    const now = this.#clock.now();
    this.#rows.forEach((row, offset) => {
      row.element.hidden = offset >= count;
      if (offset < count) this.#write(row, first + offset, now);
    });
    this.#markActive();
  }

  #addRow() {
    const row = createRow();
    row.element.id = `vehicle-row-${this.#rows.length}`;
    row.element.addEventListener("click", () => this.#choose(row.index));
    this.#rows.push(row);
    this.#sheet.append(row.element);
  }

  /** @param {Row} row @param {number} index @param {number} now */
  #write(row, index, now) {
    const vehicle = this.#vehicles[index];
    const { element } = row;
    row.index = index;
    element.style.transform = `translateY(${index * ROW_HEIGHT}px)`;
    element.dataset.status = vehicle.status;
    element.dataset.freshness = vehicle.freshness;
    element.setAttribute("aria-posinset", String(index + 1));
    element.setAttribute("aria-setsize", String(this.#vehicles.length));
    element.setAttribute("aria-selected", String(vehicle.trackerId === this.#selected));
    element.classList.toggle("active", index === this.#active);
    setIcon(row.icon, vehicle.status, vehicle.state?.heading);
    setText(row.label, isolate(vehicle.label));
    setText(row.status, STATUSES[vehicle.status].label);
    setText(row.note, shortOf(vehicle.notes).map(isolate).join(" · "));
    setText(row.speed, speedOf(vehicle));
    setText(row.age, describeAge(vehicle.state, now));
  }

  #markActive() {
    const row = this.#rows.find(({ element, index }) => !element.hidden && index === this.#active);
    if (row) this.#box.setAttribute("aria-activedescendant", row.element.id);
    else this.#box.removeAttribute("aria-activedescendant");
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const page = Math.max(1, Math.floor(this.#box.clientHeight / ROW_HEIGHT) - 1);
    const last = this.#vehicles.length - 1;
    /** @type {Record<string, number>} */
    const targets = {
      ArrowDown: this.#active + 1,
      ArrowUp: this.#active - 1,
      PageDown: this.#active + page,
      PageUp: this.#active - page,
      Home: 0,
      End: last,
    };
    if (event.key in targets) this.#activate(Math.min(last, Math.max(0, targets[event.key])));
    else if (event.key === "Enter" || event.key === " ") this.#choose(this.#active);
    else return;
    event.preventDefault();
  }

  /** @param {number} index */
  #activate(index) {
    this.#active = Math.min(index, this.#vehicles.length - 1);
    const top = this.#active * ROW_HEIGHT;
    const hidden = top + ROW_HEIGHT - this.#box.clientHeight;
    if (top < this.#box.scrollTop) this.#box.scrollTop = top;
    else if (hidden > this.#box.scrollTop) this.#box.scrollTop = hidden;
    this.show();
  }

  /** @param {number} index */
  #choose(index) {
    const vehicle = this.#vehicles[index];
    if (vehicle) this.dispatchEvent(new CustomEvent("select", { detail: vehicle.trackerId }));
  }
}

/** @param {Vehicle} vehicle @returns {string} how fast it moves; empty where that means nothing */
function speedOf({ status, state }) {
  const speed = state?.speed ?? null;
  return (status === "moving" || status === "here") && speed !== null ? `${Math.round(speed)} km/h` : "";
}

function createRow() {
  const element = document.createElement("div");
  element.className = "row";
  element.setAttribute("role", "option");
  const icon = createIcon();
  const cells = ["label", "speed", "status", "note", "age"].map((className) => Object.assign(document.createElement("span"), { className }));
  element.append(icon, ...cells);
  const [label, speed, status, note, age] = cells;
  return { element, index: -1, icon, label, speed, status, note, age };
}

/** Writing the same text again would make the browser lay it out again. @param {HTMLElement} element @param {string} text */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
