/** The past of the selected vehicle: reads it, and shows it on the card and on the map. */

import { detailOf, find, messageOf } from "../dom.js";
import { formatLength } from "../units.js";
import { pointsWithin, stopsOf, stretchesOf } from "./day.js";
import { HistoryLayers } from "./layers.js";
import { LiveTrail } from "./livetrail.js";
import { download, readDay } from "./read.js";
import { HistoryView } from "./view.js";
import { t } from "../words/words.js";

/** So often a day that is not over is read again. */
const REREAD_MS = 60_000;

/**
 * @typedef {import("./read.js").Day} Day
 * @typedef {import("./day.js").Trip} Trip
 */

/** Events (CustomEvent): `problem` with a text. */
export class History extends EventTarget {
  #view;
  #card;
  #clock;
  #session;
  #calm = matchMedia("(prefers-reduced-motion: reduce)");
  /** @type {?HistoryLayers} null until there is a map */
  #layers = null;
  /** @type {?number} */
  #trackerId = null;
  #trail;
  /** What was read of the day that is shown; null: nothing yet. @type {?(Day & {chosen: ?Trip})} */
  #known = null;
  #readAt = 0;
  /** Who asked last: an answer that comes late is nobody's. */
  #asking = 0;

  /** @param {HTMLDetailsElement} box @param {{clock: import("../time.js").ServerClock, session: import("../session.js").Session}} parts */
  constructor(box, { clock, session }) {
    super();
    this.#card = /** @type {HTMLElement} */ (box.parentElement);
    this.#clock = clock;
    this.#session = session;
    this.#trail = new LiveTrail(find(this.#card, "#trail", HTMLSelectElement), { clock, session });
    this.#view = new HistoryView(box);
    this.#view.addEventListener("open", () => (this.#view.isOpen ? this.#read() : this.#choose(null)));
    this.#view.addEventListener("day", () => {
      this.#forget();
      this.#read();
    });
    this.#view.addEventListener("trip", (event) => this.#choose(detailOf(event)));
    this.#view.addEventListener("move", (event) => this.#layers?.showReplay(detailOf(event)));
    this.#view.addEventListener("download", (event) => this.#download(detailOf(event)));
  }

  /** @param {import("maplibre-gl").Map} map whose ground is there @param {"light"|"dark"} theme */
  attach(map, theme) {
    this.#layers = new HistoryLayers(map, theme);
    this.#trail.attach(this.#layers);
  }

  /** @param {"light"|"dark"} theme */
  paint(theme) {
    this.#layers?.paint(theme);
  }

  /** Shows the day anew, as times and figures are told in another way now. */
  retell() {
    this.#forget();
    this.#view.begin();
    if (this.#view.isOpen) this.#read();
  }

  /** @param {?import("../fleet.js").Vehicle} vehicle that is selected; null: none */
  select(vehicle) {
    const trackerId = vehicle?.trackerId ?? null;
    if (trackerId === this.#trackerId) return;
    this.#trackerId = trackerId;
    this.#trail.select(vehicle);
    this.#forget();
    this.#view.begin();
    if (vehicle !== null && this.#view.isOpen) this.#read();
  }

  /** Takes in where the selected vehicle is now. @param {import("../fleet.js").Vehicle} vehicle */
  follow(vehicle) {
    this.#trail.follow(vehicle);
  }

  /** Once a second. */
  tick() {
    if (this.#trackerId === null) return;
    this.#trail.tick();
    const isOver = this.#view.day.end < this.#clock.now();
    const isDue = performance.now() - this.#readAt > REREAD_MS;
    if (this.#view.isOpen && !isOver && isDue && !this.#view.isPlaying && !document.hidden) this.#read();
  }

  /** Another day, or another vehicle: nothing of it is known. */
  #forget() {
    this.#known = null;
    this.#asking += 1;
    this.#layers?.showTrip([], []);
    this.#layers?.showReplay(null);
  }

  async #read() {
    if (this.#trackerId === null) return;
    this.#readAt = performance.now();
    const asking = (this.#asking += 1);
    const found = await this.#try(() => readDay(this.#asked()));
    if (asking !== this.#asking) return;
    if (found === null) this.#view.tell(t("The history cannot be read now."));
    else this.#show(found);
  }

  /** @param {Day} found */
  #show(found) {
    const chosen = this.#known?.chosen ?? null;
    this.#known = { ...found, chosen };
    const { start, end } = this.#view.day;
    const until = Math.max(start, Math.min(end, this.#clock.now()));
    this.#view.show(stretchesOf(found.points, { start, end: until }), found.trips, summaryOf(found));
  }

  /** @param {?Trip} trip */
  #choose(trip) {
    const points = trip && this.#known ? pointsWithin(this.#known.points, trip) : [];
    const stops = stopsOf(points);
    if (this.#known) this.#known.chosen = trip;
    this.#layers?.showReplay(null);
    this.#layers?.showTrip(points, stops);
    this.#view.choose(trip, points, stops);
    if (points.length > 1) this.#layers?.fit(points, this.#card, { animate: !this.#calm.matches });
  }

  /** @param {"gpx"|"kml"|"geojson"|"csv"} format */
  async #download(format) {
    const trip = this.#known?.chosen?.id ?? null;
    await this.#try(() => download(this.#asked(), format, trip), (reason) => t("The file cannot be had: {reason}", { reason }));
  }

  #asked() {
    return { hash: this.#session.hash, trackerId: this.#trackerId, span: this.#view.day };
  }

  /**
   * What an answer gives; null where there is none, and `tell` says why.
   * @template Answer
   * @param {() => Promise<Answer>} ask @param {?(reason: string) => string} tell
   * @returns {Promise<?Answer>}
   */
  async #try(ask, tell = null) {
    try {
      return await ask();
    } catch (error) {
      if (tell) this.dispatchEvent(new CustomEvent("problem", { detail: tell(messageOf(error)) }));
      return null;
    }
  }
}

/** @param {Day} day */
function summaryOf({ trips, length, isCut }) {
  const values = { n: trips.length, length: formatLength(length) };
  const driven = trips.length ? t("{length} in {n, plural, one {# trip} other {# trips}}", values) : t("No trips");
  return isCut ? t("{driven}. Not all of the day is kept.", { driven }) : driven;
}
