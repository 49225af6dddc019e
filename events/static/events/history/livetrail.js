/** The trail behind the selected vehicle, as long as was chosen on the card. */

import { ApiFailure } from "../api.js";
import { recall, remember } from "../memory.js";
import { t } from "../words/words.js";
import { readPoints } from "./read.js";
import { LENGTHS, Trail, readLength } from "./trail.js";

const LENGTH_KEY = "fleetsphere.trail";

/** @typedef {import("../fleet.js").Vehicle} Vehicle */

export class LiveTrail {
  #clock;
  #session;
  #trail = new Trail();
  /** @type {?import("./layers.js").HistoryLayers} null until there is a map */
  #layers = null;
  /** @type {?Vehicle} */
  #vehicle = null;
  /** Who asked last: an answer that comes late is nobody's. */
  #asking = 0;

  /** @param {HTMLSelectElement} field its length @param {{clock: import("../time.js").ServerClock, session: import("../session.js").Session}} parts */
  constructor(field, { clock, session }) {
    this.#clock = clock;
    this.#session = session;
    field.append(...LENGTHS.map(optionOf));
    field.value = String(readLength(recall(LENGTH_KEY)));
    this.#trail.lengthMs = Number(field.value) * 60_000;
    field.addEventListener("change", () => {
      remember(LENGTH_KEY, field.value);
      this.#trail.lengthMs = Number(field.value) * 60_000;
      this.#begin();
    });
  }

  /** @param {import("./layers.js").HistoryLayers} layers */
  attach(layers) {
    this.#layers = layers;
    this.#draw();
  }

  /** @param {?Vehicle} vehicle null: none */
  select(vehicle) {
    this.#vehicle = vehicle;
    this.#begin();
  }

  /** Takes in where the selected vehicle is now. @param {Vehicle} vehicle */
  follow({ trackerId, state }) {
    if (trackerId !== this.#vehicle?.trackerId || !state?.position || state.fixedAt === null) return;
    const { position, fixedAt, speed, heading } = state;
    const point = { time: fixedAt, ...position, speed: speed ?? 0, heading: heading ?? 0, isParked: false };
    if (this.#trail.add(point)) this.#draw();
  }

  /** Once a second. */
  tick() {
    if (this.#trail.age(this.#clock.now())) this.#draw();
  }

  /** Begins anew with what the server has of it. */
  #begin() {
    this.#trail.clear();
    this.#asking += 1;
    if (this.#vehicle !== null) {
      this.follow(this.#vehicle);
      if (this.#trail.lengthMs > 0) this.#read(this.#vehicle.trackerId);
    }
    this.#draw();
  }

  /** @param {number} trackerId */
  async #read(trackerId) {
    const asking = this.#asking;
    const now = this.#clock.now();
    try {
      const span = { start: now - this.#trail.lengthMs, end: now + 1000 };
      const points = await readPoints({ hash: this.#session.hash, trackerId, span });
      if (asking === this.#asking) this.#trail.begin(points);
    } catch (error) {
      // A trail without a past begins now.
      if (!(error instanceof ApiFailure)) throw error;
    }
    this.#draw();
  }

  #draw() {
    this.#trail.age(this.#clock.now());
    this.#layers?.showTrail(this.#trail.points);
  }
}

/** @param {number} minutes */
function optionOf(minutes) {
  const textContent = minutes === 0 ? t("off", undefined, "trail") : t("{n} min", { n: minutes });
  return Object.assign(document.createElement("option"), { value: String(minutes), textContent });
}
