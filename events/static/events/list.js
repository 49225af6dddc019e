/**
 * The list of vehicles: the accessible twin of the map.
 *
 * Only the rows in sight exist; they are reused and updated in place, so ten thousand vehicles cost what twenty do. By
 * group it is a tree, whose lines are as high as the others.
 */

import { Filter } from "./filter/filter.js";
import { recalledFields } from "./list/fields.js";
import { Folds } from "./list/folds.js";
import { Lines, isHead, linesByGroup, sizesOf } from "./list/lines.js";
import { createRow, writeHead, writeVehicle } from "./list/row.js";
import { NEAREST, Order } from "./order.js";
import { IS_FROM_RIGHT, t } from "./words/words.js";

const ROW_HEIGHT = 58;
const SPARE_ROWS = 3;
/** Nobody finds a row that moves while its name is being typed. */
const TYPING_MS = 1_500;
const [INWARDS, OUTWARDS] = IS_FROM_RIGHT ? ["ArrowLeft", "ArrowRight"] : ["ArrowRight", "ArrowLeft"];

/**
 * @typedef {import("./fleet.js").Vehicle} Vehicle
 * @typedef {import("./list/row.js").Row} Row
 * @typedef {import("./list/row.js").Look} Look
 * @typedef {{fleet: import("./fleet.js").Fleet, clock: import("./time.js").ServerClock, filter?: Filter, titles?: () => Map<number, string>}} Parts
 */

/** Events (CustomEvent): `select` with a tracker id, `group` with the id of a group whose head was chosen. */
export class VehicleList extends EventTarget {
  #fleet;
  #clock;
  #filter;
  #titles;
  #box;
  #sheet;
  #empty;
  #lines = new Lines();
  /** @type {Row[]} */
  #rows = [];
  #active = -1;
  /** @type {?number} tracker id */
  #selected = null;
  #order = new Order();
  #folds = new Folds();
  /** @type {Look} */
  #look = { order: "label", place: null, fields: recalledFields(), isByGroup: false };
  #typedAt = -Infinity;

  /**
   * @param {HTMLElement} box the element with role listbox @param {HTMLElement} empty says why no row is there
   * @param {Parts} parts `titles`: those of the groups, by id
   */
  constructor(box, empty, { fleet, clock, filter = new Filter(), titles = () => new Map() }) {
    super();
    this.#fleet = fleet;
    this.#clock = clock;
    this.#filter = filter;
    this.#titles = titles;
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

  /** @param {Partial<Look>} news */
  look(news) {
    this.#look = { ...this.#look, ...news };
    this.#order.name = this.#look.order;
    this.#order.place = this.#look.place;
    this.arrange();
  }

  /** Shows those who are wanted by now, from the first on. @param {{isTyped?: boolean}} options */
  restart({ isTyped = false } = {}) {
    if (isTyped) this.#typedAt = performance.now();
    this.#active = -1;
    this.#box.scrollTop = 0;
    this.#order.take(this.#fleet);
    this.#put((isWanted) => this.#order.pick(isWanted));
  }

  /** @param {?number} trackerId */
  select(trackerId) {
    this.#selected = trackerId;
    const vehicle = this.#fleet.get(trackerId);
    const index = vehicle === null ? -1 : this.#lines.indexNow(vehicle);
    if (index >= 0) this.#activate(index);
    this.show();
  }

  /** @param {number} groupId */
  goToGroup(groupId) {
    const head = this.#lines.heads.find((one) => one.groupId === groupId);
    if (head) this.#activate(head.at);
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
    this.#put((isWanted) => this.#order.arrange(isWanted));
  }

  /** Of several groups the nearest vehicle would not be the first. */
  get #isByGroup() {
    return this.#look.isByGroup && this.#look.order !== NEAREST && this.#titles().size > 0;
  }

  /** @param {(isWanted: (vehicle: Vehicle) => boolean) => Vehicle[]} choose */
  #put(choose) {
    const active = this.#lines.lines[this.#active];
    this.#folds.seek(this.#filter.isSearching);
    this.#lines = this.#isByGroup ? this.#grouped(choose) : new Lines(choose((vehicle) => this.#filter.accepts(vehicle)));
    this.#box.setAttribute("role", this.#isByGroup ? "tree" : "listbox");
    this.#active = active === undefined ? -1 : this.#lines.indexNow(active);
    this.#sheet.style.height = `${this.#lines.length * ROW_HEIGHT}px`;
    this.show();
  }

  /** @param {(isWanted: (vehicle: Vehicle) => boolean) => Vehicle[]} choose */
  #grouped(choose) {
    return linesByGroup(
      choose((vehicle) => this.#filter.acceptsOfAnyGroup(vehicle)),
      {
        titles: this.#titles(),
        sizes: sizesOf(this.#fleet.all()),
        isOpen: (groupId) => !this.#isOut(groupId) && !this.#folds.isFolded(groupId),
      },
    );
  }

  /** Whether another group alone is wanted. @param {number} groupId */
  #isOut(groupId) {
    return this.#filter.groupId !== null && this.#filter.groupId !== groupId;
  }

  /** Writes the rows in sight. */
  show() {
    const first = Math.max(0, Math.floor(this.#box.scrollTop / ROW_HEIGHT) - SPARE_ROWS);
    const room = Math.ceil(this.#box.clientHeight / ROW_HEIGHT) + 2 * SPARE_ROWS;
    const count = Math.min(room, this.#lines.length - first);
    while (this.#rows.length < count) this.#addRow();
    const now = this.#clock.now();
    this.#rows.forEach((row, offset) => {
      row.element.hidden = offset >= count;
      if (offset < count) this.#write(row, first + offset, now);
    });
    this.#markActive();
    this.#empty.hidden = count > 0 || !this.#fleet.isListed;
    this.#empty.textContent = this.#fleet.size > 0 ? t("No vehicle matches.") : t("No vehicles yet.");
  }

  #addRow() {
    const row = createRow();
    row.element.id = `vehicle-row-${this.#rows.length}`;
    row.element.addEventListener("click", ({ target }) => (target === row.fold ? this.#toggle(row.index) : this.#choose(row.index)));
    this.#rows.push(row);
    this.#sheet.append(row.element);
  }

  /** @param {Row} row @param {number} index @param {number} now */
  #write(row, index, now) {
    const line = this.#lines.lines[index];
    row.index = index;
    if (isHead(line)) writeHead(row, line, this.#isOut(line.groupId));
    else writeVehicle(row, line, { look: this.#look, now });
    this.#place(row.element, index);
    const isSelected = isHead(line) ? line.groupId === this.#filter.groupId : line.trackerId === this.#selected;
    row.element.setAttribute("aria-selected", String(isSelected));
    row.element.classList.toggle("active", index === this.#active);
  }

  /** @param {HTMLElement} element @param {number} index */
  #place(element, index) {
    const { level, position, size } = this.#lines.placeOf(index);
    element.style.transform = `translateY(${index * ROW_HEIGHT}px)`;
    element.setAttribute("role", this.#isByGroup ? "treeitem" : "option");
    if (this.#isByGroup) element.setAttribute("aria-level", String(level));
    else element.removeAttribute("aria-level");
    element.setAttribute("aria-posinset", String(position));
    element.setAttribute("aria-setsize", String(size));
  }

  #markActive() {
    const row = this.#rows.find(({ element, index }) => !element.hidden && index === this.#active);
    if (row) this.#box.setAttribute("aria-activedescendant", row.element.id);
    else this.#box.removeAttribute("aria-activedescendant");
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = this.#targetOf(event.key);
    if (target !== null) this.#activate(target);
    else if (event.key === "Enter" || event.key === " ") this.#choose(this.#active);
    else if (event.key === INWARDS || event.key === OUTWARDS) this.#turn(event.key === INWARDS);
    else if (event.key === "*") this.#unfoldAll();
    else return;
    event.preventDefault();
  }

  /** The line that a key goes to. @param {string} key @returns {?number} */
  #targetOf(key) {
    const page = Math.max(1, Math.floor(this.#box.clientHeight / ROW_HEIGHT) - 1);
    const last = this.#lines.length - 1;
    /** @type {Record<string, number>} */
    const targets = {
      ArrowDown: this.#active + 1,
      ArrowUp: this.#active - 1,
      PageDown: this.#active + page,
      PageUp: this.#active - page,
      Home: 0,
      End: last,
    };
    return key in targets ? Math.min(last, Math.max(0, targets[key])) : null;
  }

  /** As keys go in a tree: unfolds, then goes in; folds, and from a vehicle goes out. @param {boolean} isInwards */
  #turn(isInwards) {
    const head = this.#lines.headOf(this.#active);
    if (head === null || this.#isOut(head.groupId)) return;
    const isAtHead = head.at === this.#active;
    if (isAtHead && head.isOpen !== isInwards) this.#fold([head.groupId], !isInwards);
    else if (isAtHead && isInwards) this.#activate(head.at + 1);
    else if (!isInwards) this.#activate(head.at);
  }

  /** @param {number} index of a head */
  #toggle(index) {
    const head = this.#lines.headOf(index);
    if (head !== null) this.#fold([head.groupId], head.isOpen);
  }

  #unfoldAll() {
    this.#fold(this.#lines.heads.map(({ groupId }) => groupId), false);
  }

  /** @param {number[]} groupIds @param {boolean} isFolded */
  #fold(groupIds, isFolded) {
    this.#folds.fold(groupIds, isFolded);
    this.#put((isWanted) => this.#order.pick(isWanted));
  }

  /** @param {number} index */
  #activate(index) {
    this.#active = Math.min(index, this.#lines.length - 1);
    const top = this.#active * ROW_HEIGHT;
    const hidden = top + ROW_HEIGHT - this.#box.clientHeight;
    if (top < this.#box.scrollTop) this.#box.scrollTop = top;
    else if (hidden > this.#box.scrollTop) this.#box.scrollTop = hidden;
    this.show();
  }

  /** @param {number} index */
  #choose(index) {
    const line = this.#lines.lines[index];
    if (line === undefined) return;
    if (isHead(line)) this.#tell("group", line.groupId);
    else this.#tell("select", line.trackerId);
  }

  /** @param {string} name @param {number} detail */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
