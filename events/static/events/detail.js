/** The card about the selected vehicle. */

import { find } from "./dom.js";
import { createIcon, setIcon } from "./icons.js";
import { STATUSES } from "./statuses.js";
import { isolate } from "./texts.js";
import { formatAge, formatDuration, formatMoment } from "./time.js";

const POINTS = ["N", "NE", "E", "SE", "S", "SW", "W", "NW"];
/** @type {Record<string, string>} */
const CONNECTIONS = {
  active: "Active",
  idle: "No current GPS fix",
  offline: "Offline",
  signal_lost: "Signal lost",
  just_registered: "Registered, no report yet",
  just_replaced: "Replaced, no report yet",
};
/** @type {Record<string, string>} */
const MOVEMENTS = { moving: "Moving", stopped: "Stopped", parked: "Parked" };

/**
 * @typedef {import("./fleet.js").State} State
 * @typedef {{term: HTMLElement, value: HTMLElement}} Line
 */

/** What the card tells, in this order; an empty text leaves the line out. @type {Record<string, (state: State, now: number) => string>} */
const FIELDS = {
  Speed: ({ speed, connection }) => (speed === null || connection !== "active" ? "" : `${Math.round(speed)} km/h`),
  Heading: ({ heading }) => (heading === null ? "" : `${heading}° ${POINTS[Math.round(heading / 45) % 8]}`),
  Movement: describeMovement,
  Connection: ({ connection }) => CONNECTIONS[connection] ?? connection,
  Ignition: ({ ignition, ignitionSince }, now) =>
    ignition === null ? "" : since(ignition ? "On" : "Off", ignitionSince, now),
  Battery: ({ battery }) => (battery === null ? "" : `${battery} %`),
  Position: ({ position }) => (position ? `${position.lat.toFixed(5)}, ${position.lng.toFixed(5)}` : "Unknown"),
  "Last fix": ({ fixedAt }, now) => moment(fixedAt, now),
  "Last report": ({ updatedAt }, now) => moment(updatedAt, now),
};

/**
 * What is written down of the vehicle, before all that it tells of itself.
 * @type {Record<string, (notes: import("./records/notes.js").Notes) => string>}
 */
const NOTES = {
  Plate: ({ plate }) => isolate(plate),
  Driver: ({ driver }) => [driver?.name ?? "", driver?.phone ?? ""].filter(Boolean).map(isolate).join(", "),
  Group: ({ group }) => isolate(group),
  Tags: ({ tags }) => tags.map(isolate).join(", "),
};

/** Events: `close`, `locate`. */
export class DetailCard extends EventTarget {
  #card;
  #icon = createIcon();
  /** @type {Map<string, Line>} by name */
  #lines = new Map();
  /** @type {Map<string, Line>} of the vehicle's sensors and counters */
  #readings = new Map();
  #clock;

  /** @param {HTMLElement} card @param {import("./time.js").ServerClock} clock */
  constructor(card, clock) {
    super();
    this.#card = card;
    this.#clock = clock;
    find(card, "header").prepend(this.#icon);
    for (const name of [...Object.keys(NOTES), ...Object.keys(FIELDS), "Device"]) this.#lines.set(name, this.#createLine(name));
    find(card, "#detail-close").addEventListener("click", () => this.dispatchEvent(new Event("close")));
    find(card, "#detail-locate").addEventListener("click", () => this.dispatchEvent(new Event("locate")));
  }

  get isOpen() {
    return !this.#card.hidden;
  }

  /** @param {?import("./fleet.js").Vehicle} vehicle null: closes the card */
  show(vehicle) {
    this.#card.hidden = vehicle === null;
    if (vehicle === null) return;
    const { status, state } = vehicle;
    setIcon(this.#icon, status, state?.heading);
    find(this.#card, "h2").textContent = isolate(vehicle.label);
    find(this.#card, "#detail-status").textContent = STATUSES[status].text;
    find(this.#card, "#detail-locate", HTMLButtonElement).disabled = !state?.position;
    const now = this.#clock.now();
    for (const [name, text] of Object.entries(NOTES)) this.#write(name, text(vehicle.notes));
    for (const [name, text] of Object.entries(FIELDS)) this.#write(name, state ? text(state, now) : "");
    this.#write("Device", vehicle.deviceId);
    this.#showReadings(vehicle.readings);
  }

  /** @param {Map<string, import("./readings.js").Reading>} readings */
  #showReadings(readings) {
    for (const [key, { term, value }] of this.#readings) {
      if (readings.has(key)) continue;
      term.remove();
      value.remove();
      this.#readings.delete(key);
    }
    for (const [key, { label, text }] of readings) {
      const line = this.#readings.get(key) ?? this.#createLine(label);
      this.#readings.set(key, line);
      const { term, value } = line;
      if (term.textContent !== label) term.textContent = label;
      if (value.textContent !== text) value.textContent = text;
    }
  }

  /** @param {string} name @returns {Line} */
  #createLine(name) {
    const term = document.createElement("dt");
    const value = document.createElement("dd");
    term.textContent = name;
    find(this.#card, "dl").append(term, value);
    return { term, value };
  }

  /** @param {string} name @param {string} text */
  #write(name, text) {
    const { term, value } = /** @type {Line} */ (this.#lines.get(name));
    term.hidden = value.hidden = text === "";
    if (value.textContent !== text) value.textContent = text;
  }
}

/** A silent device keeps its last movement, which is no news of now. @param {State} state @param {number} now */
function describeMovement({ movement, movementSince, connection }, now) {
  if (movement === null || !(movement in MOVEMENTS)) return "";
  if (connection !== "active") return `${MOVEMENTS[movement]} when last heard`;
  return since(MOVEMENTS[movement], movementSince, now);
}

/** @param {string} text @param {?number} start @param {number} now */
function since(text, start, now) {
  return start === null ? text : `${text} for ${formatDuration(now - start)}`;
}

/** @param {?number} at @param {number} now */
function moment(at, now) {
  return at === null ? "Never" : `${formatMoment(at)} (${formatAge(at, now)})`;
}
