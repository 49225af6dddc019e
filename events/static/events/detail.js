// @ts-nocheck
/** The card about the selected vehicle. */

import { createIcon, setIcon } from "./icons.js";
import { STATUSES } from "./statuses.js";
import { isolate } from "./texts.js";
import { formatAge, formatDuration, formatMoment } from "./time.js";

const POINTS = ["N", "NE", "E", "SE", "S", "SW", "W", "NW"];
const CONNECTIONS = {
  active: "Active",
  idle: "No current GPS fix",
  offline: "Offline",
  signal_lost: "Signal lost",
  just_registered: "Registered, no report yet",
  just_replaced: "Replaced, no report yet",
};
const MOVEMENTS = { moving: "Moving", stopped: "Stopped", parked: "Parked" };

/** What the card tells, in this order; an empty text leaves the line out. */
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

/** What is written down of the vehicle, before all that it tells of itself. */
const NOTES = {
  Plate: ({ plate }) => isolate(plate),
  Driver: ({ driver }) => [driver?.name, driver?.phone].filter(Boolean).map(isolate).join(", "),
  Group: ({ group }) => isolate(group),
  Tags: ({ tags }) => tags.map(isolate).join(", "),
};

/** Events: `close`, `locate`. */
export class DetailCard extends EventTarget {
  #card;
  #icon = createIcon();
  #lines = new Map();
  /** @type {Map<string, {term: HTMLElement, value: HTMLElement}>} of the vehicle's sensors and counters */
  #readings = new Map();
  #clock;

  /** @param {HTMLElement} card @param {import("./time.js").ServerClock} clock */
  constructor(card, clock) {
    super();
    this.#card = card;
    this.#clock = clock;
    card.querySelector("header").prepend(this.#icon);
    for (const name of [...Object.keys(NOTES), ...Object.keys(FIELDS), "Device"]) this.#lines.set(name, this.#createLine(name));
    card.querySelector("#detail-close").addEventListener("click", () => this.dispatchEvent(new Event("close")));
    card.querySelector("#detail-locate").addEventListener("click", () => this.dispatchEvent(new Event("locate")));
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
    this.#card.querySelector("h2").textContent = isolate(vehicle.label);
    this.#card.querySelector("#detail-status").textContent = STATUSES[status].text;
    this.#card.querySelector("#detail-locate").disabled = !state?.position;
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
      if (!this.#readings.has(key)) this.#readings.set(key, this.#createLine(label));
      const { term, value } = this.#readings.get(key);
      if (term.textContent !== label) term.textContent = label;
      if (value.textContent !== text) value.textContent = text;
    }
  }

  #createLine(name) {
    const term = document.createElement("dt");
    const value = document.createElement("dd");
    term.textContent = name;
    this.#card.querySelector("dl").append(term, value);
    return { term, value };
  }

  #write(name, text) {
    const { term, value } = this.#lines.get(name);
    term.hidden = value.hidden = text === "";
    if (value.textContent !== text) value.textContent = text;
  }
}

/** A silent device keeps its last movement, which is no news of now. */
function describeMovement({ movement, movementSince, connection }, now) {
  if (!(movement in MOVEMENTS)) return "";
  if (connection !== "active") return `${MOVEMENTS[movement]} when last heard`;
  return since(MOVEMENTS[movement], movementSince, now);
}

function since(text, start, now) {
  return start === null ? text : `${text} for ${formatDuration(now - start)}`;
}

function moment(at, now) {
  return at === null ? "Never" : `${formatMoment(at)} (${formatAge(at, now)})`;
}
