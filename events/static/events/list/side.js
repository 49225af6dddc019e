/** The side of the page with the list: what is searched, filtered and ordered there, as the address and the browser keep it. */

import { detailOf, find as findIn } from "../dom.js";
import { Areas } from "../filter/areas.js";
import { FilterBar } from "../filter/bar.js";
import { Counter } from "../filter/counter.js";
import { Filter } from "../filter/filter.js";
import { VehicleList } from "../list.js";
import { MapWindow } from "../map/window.js";
import { recall, remember } from "../memory.js";
import { NEAREST, orderNamed } from "../order.js";
import { Summary } from "../summary.js";
import { ListChoice } from "./choice.js";
import { unusualFields } from "./fields.js";
import { Levels } from "./levels.js";
import { groupsOf } from "./lines.js";
import { NearBar } from "./near.js";
import { StatusNews } from "./news.js";
import { readPlace, writePlace } from "./places.js";

const [ORDER_KEY, NEAR_KEY] = ["fleetsphere.order", "fleetsphere.near"];

/**
 * @typedef {object} Parts
 * @property {import("../fleet.js").Fleet} fleet
 * @property {import("../time.js").ServerClock} clock
 * @property {import("../session.js").Session} session
 * @property {import("../records/notebook.js").Notebook} notebook
 * @property {import("../zones/panel.js").ZonePanel} zones
 * @property {import("../address.js").Address} address
 */

/**
 * Events: `change` when other vehicles are wanted on the map than before, `fit` and `follow` when these are to be seen, once
 * or from now on; (CustomEvent) `select` with a tracker id.
 */
export class Side extends EventTarget {
  filter = new Filter();
  window = new MapWindow();
  #address;
  #find;
  #fleet;
  #levels;
  #notebook;
  #news = new StatusNews();
  #choice;
  #near;
  #bar;
  #counter;

  /** @param {HTMLElement} box @param {Parts} parts */
  constructor(box, { fleet, clock, session, notebook, zones, address }) {
    super();
    const { filter, window } = this;
    this.#address = address;
    this.#fleet = fleet;
    this.#notebook = notebook;
    this.#find = (/** @type {string} */ selector) => findIn(box, selector);
    this.#levels = new Levels({ fleet, session });
    this.#choice = new ListChoice(this.#find(".view-open"), this.#find(".view-fields"));
    this.#near = new NearBar(findIn(box, "#near", HTMLFormElement), { session, zones, window });
    this.list = new VehicleList(this.#find("#list"), this.#find("#list-empty"), { fleet, clock, filter, titles: () => notebook.groups });
    const [summary, areas] = [new Summary(this.#find("#summary")), new Areas({ zones, window })];
    this.#bar = new FilterBar(this.#find("#finder"), { filter, notebook, summary, areas });
    this.#counter = new Counter({ fleet, filter, areas, summary, bar: this.#bar });
    window.addEventListener("move", () => this.#counter.spoil());
    zones.addEventListener("change", () => this.#counter.spoil());
    this.#listen();
  }

  /** Shows what the address asks for, or else what this browser was used to. */
  begin() {
    const { first, isAsked } = this.#address;
    this.search(first.search);
    this.#bar.choose(first);
    if (first.fields !== null) this.#choice.show(first.fields);
    this.#setOrder(isAsked ? first.order : recall(ORDER_KEY), isAsked ? first.near : readPlace(recall(NEAR_KEY) ?? ""));
  }

  /** Once a second. */
  tick() {
    this.#levels.tick();
    if (!this.list.isBusy) this.#counter.tick();
    const said = this.#news.say(performance.now());
    if (said !== "") this.#find("#list-spoken").textContent = said;
  }

  /** Shows how many have each status, with every frame. */
  showStatuses() {
    this.#counter.showStatuses();
  }

  /** Vehicles are another way than before, or shown as they were. */
  spoilCounts() {
    this.#counter.spoil();
  }

  /** Vehicles are another way than before, in the present. @param {Iterable<number>} trackerIds */
  note(trackerIds) {
    for (const trackerId of trackerIds) {
      const vehicle = this.#fleet.get(trackerId);
      this.#news.note(trackerId, vehicle && this.filter.accepts(vehicle) ? vehicle : null);
    }
  }

  /** Nobody is logged in any more. */
  forget() {
    this.#news.forget();
    this.#find("#list-spoken").textContent = "";
  }

  /** The group that all on the map are of; empty: none. */
  get groupTitle() {
    return this.#bar.groupTitle;
  }

  /** The groups that have vehicles, in order. */
  get groups() {
    return groupsOf(this.#fleet.all(), this.#notebook.groups);
  }

  /** Shows one group alone. @param {?number} groupId null: all */
  showGroup(groupId) {
    this.#bar.chooseGroup(groupId);
  }

  /** @param {string} text */
  search(text) {
    this.searchField.value = text;
    this.filter.search(text);
    this.list.restart({ isTyped: true });
    this.#address.note({ search: text });
    this.#counter.spoil();
    this.#counter.showStatuses();
    this.#tell("change");
  }

  get searchField() {
    return findIn(this.#find("#finder"), "#search", HTMLInputElement);
  }

  get #orderField() {
    return findIn(this.#find("#finder"), "#order", HTMLSelectElement);
  }

  #listen() {
    this.searchField.addEventListener("input", () => this.search(this.searchField.value));
    this.searchField.addEventListener("keydown", (event) => this.#press(event));
    this.#orderField.addEventListener("change", () => this.#setOrder(this.#orderField.value));
    this.#choice.addEventListener("change", () => this.#look());
    this.#near.addEventListener("change", () => this.#look());
    this.#near.addEventListener("done", () => this.list.focus());
    this.#bar.addEventListener("change", () => this.#showFiltered());
    this.#bar.addEventListener("move", () => this.list.arrange());
    for (const name of ["fit", "follow"]) this.#bar.addEventListener(name, () => this.#tell(name));
    this.list.addEventListener("select", (event) => this.#tell("select", detailOf(event)));
    this.list.addEventListener("group", (event) => this.#chooseGroup(detailOf(event)));
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.key !== "ArrowDown" && event.key !== "Enter") return;
    event.preventDefault();
    this.list.focus();
  }

  #showFiltered() {
    this.list.restart();
    this.#counter.countNow();
    this.#address.note(this.#bar.chosen);
    this.#tell("change");
  }

  /** The group alone, or all again. @param {number} groupId */
  #chooseGroup(groupId) {
    const isOnly = this.filter.groupId === groupId;
    this.#bar.chooseGroup(isOnly ? null : groupId);
    this.list.goToGroup(groupId);
    if (!isOnly) this.#tell("fit");
  }

  /** @param {?string} name @param {?import("../map/mercator.js").Place} place for that of distances */
  #setOrder(name, place = null) {
    const order = orderNamed(name);
    this.#orderField.value = order;
    if (order === NEAREST) this.#near.open(place);
    else this.#near.close();
    this.#look();
  }

  /** Has the list show what is chosen, and keeps it. */
  #look() {
    const { fields, isByGroup } = this.#choice;
    const order = this.#orderField.value;
    const place = order === NEAREST ? this.#near.place : null;
    this.#levels.want(order === "battery" || fields.has("battery") || fields.has("gsm"));
    this.list.look({ order, place, fields, isByGroup });
    this.#address.note({ order, near: place, fields: unusualFields(fields) });
    remember(ORDER_KEY, order);
    if (place !== null) remember(NEAR_KEY, writePlace(place));
  }

  /** @param {string} name @param {unknown} [detail] */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
