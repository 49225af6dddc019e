/** From which place distances are measured: typed, pointed at, or the middle of the map. */

import { ApiFailure, call } from "../api.js";
import { find } from "../dom.js";
import { middleOf } from "../zones/shapes.js";
import { t } from "../words/words.js";
import { readPlace, writePlace } from "./places.js";

const MOST_PLACES = 1_000;

/**
 * @typedef {import("../map/mercator.js").Place} Place
 * @typedef {{session: import("../session.js").Session, zones: import("../zones/panel.js").ZonePanel, window: import("../map/window.js").MapWindow}} Parts
 */

/** Events: `change` when another place is meant, `done` when it was typed. */
export class NearBar extends EventTarget {
  /** @type {?Place} null: none is meant yet */
  place = null;
  #form;
  #session;
  #zones;
  #window;
  /** @type {[string, Place][]} what the account calls places, and where they are */
  #places = [];
  /** @type {?string} the session that they were read in */
  #readIn = null;

  /** @param {HTMLFormElement} form @param {Parts} parts */
  constructor(form, { session, zones, window }) {
    super();
    this.#form = form;
    this.#session = session;
    this.#zones = zones;
    this.#window = window;
    form.addEventListener("submit", (event) => this.#submit(event));
    this.#field.addEventListener("change", () => this.#read());
    this.#field.addEventListener("focus", () => this.#readPlaces());
    this.#find("[data-does=middle]").addEventListener("click", () => this.#take(window.middle));
    this.#find("[data-does=point]").addEventListener("click", () => this.#pick());
    form.addEventListener("keydown", (event) => this.#press(event));
    zones.addEventListener("change", () => this.#listNames());
    window.addEventListener("move", () => this.isOpen && this.place === null && this.#take(window.middle));
  }

  get isOpen() {
    return !this.#form.hidden;
  }

  /** @param {?Place} place to begin with; null: the one of before, or the middle of the map */
  open(place) {
    this.#form.hidden = false;
    this.#take(place ?? this.place ?? this.#window.middle);
  }

  close() {
    this.#form.hidden = true;
    this.#window.give(null);
    this.#window.mark(null);
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    if (this.#read()) this.dispatchEvent(new Event("done"));
  }

  /** Takes what is typed. @returns {boolean} whether it is a place */
  #read() {
    const text = this.#field.value.trim();
    const place = readPlace(text) ?? this.#placeNamed(text);
    if (place === null) this.#say(t("Neither coordinates nor the name of a zone or place."));
    else this.#take(place, text);
    return place !== null;
  }

  /** @param {?Place} place @param {string} [text] what it is called */
  #take(place, text) {
    if (place === null) return;
    this.place = place;
    this.#field.value = text ?? writePlace(place);
    this.#say("");
    this.#window.mark(place);
    this.dispatchEvent(new Event("change"));
  }

  async #pick() {
    this.#say(t("Click on the map."));
    this.#take(await this.#window.pick());
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.key !== "Escape" || !this.#window.isPicking) return;
    event.stopPropagation();
    this.#window.give(null);
    this.#say("");
  }

  /** @param {string} text */
  #placeNamed(text) {
    const wanted = text.toLowerCase();
    return this.#named.find(([name]) => name.toLowerCase() === wanted)?.[1] ?? null;
  }

  /** Zones are meant by their middle. @returns {[string, Place][]} */
  get #named() {
    return [...this.#places, ...this.#zones.zones.map((zone) => /** @type {[string, Place]} */ ([zone.label, middleOf(zone)]))];
  }

  #listNames() {
    const names = new Set(this.#named.map(([name]) => name));
    this.#find("datalist").replaceChildren(...[...names].map((name) => new Option(name)));
  }

  /** Places that are called something; without them there are still zones. */
  async #readPlaces() {
    const { hash } = this.#session;
    if (hash === null || hash === this.#readIn) return;
    this.#readIn = hash;
    try {
      /** @type {{list: {label: string, location: Place}[]}} */
      const { list } = await call("place/list", { hash, limit: MOST_PLACES });
      this.#places = list.map(({ label, location: { lat, lng } }) => [label, { lat, lng }]);
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      this.#readIn = null;
      this.#say(t("Places cannot be read: {reason}", { reason: error.message }));
    }
    this.#listNames();
  }

  /** @param {string} text */
  #say(text) {
    this.#find("p").textContent = text;
  }

  get #field() {
    return find(this.#form, "input", HTMLInputElement);
  }

  /** @param {string} selector */
  #find(selector) {
    return find(this.#form, selector);
  }
}
