/** What narrows the list and the map, above the list: status, group, tags, area; each that is chosen is a chip. */

import { detailOf, find } from "../dom.js";
import { titleOf } from "../list/lines.js";
import { STATUSES } from "../statuses.js";
import { isolate } from "../texts.js";
import { t } from "../words/words.js";
import { Chips } from "./chips.js";
import { NO_GROUP } from "./filter.js";
import { CountedSelect } from "./select.js";

/**
 * @typedef {import("./select.js").Choice} Choice
 * @typedef {import("../statuses.js").StatusKey} StatusKey
 *
 * What is chosen, as the address says it.
 *
 * @typedef {{statuses: string[], group: ?number, tags: number[], area: string}} Chosen
 *
 * @typedef {object} Parts
 * @property {import("./filter.js").Filter} filter
 * @property {import("../records/notebook.js").Notebook} notebook
 * @property {import("../summary.js").Summary} summary
 * @property {import("./areas.js").Areas} areas
 */

/** Events: `change` when the filter did, `open` when its choices are seen, `move` when it is by what the map shows, which did; `fit` and `follow` when those that it leaves are to be seen, once or from now on. */
export class FilterBar extends EventTarget {
  #bar;
  #filter;
  #notebook;
  #summary;
  #areas;
  #chips;
  #groups;
  #tags;
  #places;

  /** @param {HTMLElement} bar @param {Parts} parts */
  constructor(bar, { filter, notebook, summary, areas }) {
    super();
    this.#bar = bar;
    this.#filter = filter;
    this.#notebook = notebook;
    this.#summary = summary;
    this.#areas = areas;
    this.#chips = new Chips(find(bar, ".chips"));
    this.#groups = new CountedSelect(this.#select("group"));
    this.#tags = new CountedSelect(this.#select("tag"));
    this.#places = new CountedSelect(this.#select("area"));
    this.#listen();
  }

  #listen() {
    this.#opener.addEventListener("click", () => this.#toggle());
    this.#select("group").addEventListener("change", () => this.chooseGroup(readId(this.#select("group").value)));
    this.#select("tag").addEventListener("change", () => this.#chooseTags([...this.#filter.tagIds, Number(this.#select("tag").value)]));
    this.#select("area").addEventListener("change", () => this.#chooseArea(this.#select("area").value));
    this.#notebook.addEventListener("change", () => this.#forgetGone());
    this.#areas.addEventListener("change", () => this.#findZone());
    this.#areas.addEventListener("move", () => {
      this.#setArea(this.#areas.key);
      this.dispatchEvent(new Event("move"));
    });
    this.#summary.addEventListener("filter", (event) => {
      this.#filter.statuses = detailOf(event);
      this.#changed();
    });
    this.#chips.addEventListener("clear", () => this.choose({ statuses: [], group: null, tags: [], area: "" }));
    this.#chips.addEventListener("empty", () => this.#opener.focus());
    for (const name of ["fit", "follow"]) this.#chips.addEventListener(name, () => this.dispatchEvent(new Event(name)));
  }

  /** @returns {Chosen} */
  get chosen() {
    const { statuses, groupId, tagIds } = this.#filter;
    return { statuses: [...(statuses ?? [])], group: groupId, tags: [...tagIds], area: this.#areas.key };
  }

  /** @param {Chosen} chosen */
  choose({ statuses, group, tags, area }) {
    this.#filter.groupId = group;
    this.#filter.tagIds = new Set(tags);
    this.#setArea(area);
    this.#summary.choose(/** @type {StatusKey[]} */ (statuses));
  }

  /** @param {?number} groupId null: all */
  chooseGroup(groupId) {
    this.#filter.groupId = groupId;
    this.#changed();
  }

  /** What those who are filtered by their group alone have in common; empty: nothing that has a name. */
  get groupTitle() {
    const { groupId } = this.#filter;
    return groupId === null ? "" : titleOf(groupId, this.#notebook.groups);
  }

  /** Whether its choices are seen. */
  get isOpen() {
    return !this.#fields.hidden;
  }

  /** Writes how many vehicles each choice would leave. @param {import("./counting.js").Counts} counts */
  showCounts({ groups, tags, areas }) {
    if (!this.isOpen) return;
    this.#groups.count(groups);
    this.#tags.count(tags);
    this.#places.count(areas);
  }

  /** Groups or tags are others than before: what is there no more leaves nobody out. */
  #forgetGone() {
    const { groups, tags, isRead } = this.#notebook;
    const { groupId, tagIds } = this.#filter;
    const isGone = isRead && groupId !== null && groupId !== NO_GROUP && !groups.has(groupId);
    const kept = [...tagIds].filter((id) => !isRead || tags.has(id));
    if (isGone) this.#filter.groupId = null;
    if (isGone || kept.length < tagIds.size) this.#chooseTags(kept);
    else this.#show();
  }

  /** Zones are others than before, or lie elsewhere. */
  #findZone() {
    const { key, isGone } = this.#areas;
    this.#setArea(isGone ? "" : key);
    if (key === "") this.#show();
    else this.#changed();
  }

  /** @param {string} key */
  #setArea(key) {
    this.#areas.key = key;
    this.#filter.area = this.#areas.area;
  }

  /** @param {string} key */
  #chooseArea(key) {
    this.#setArea(key);
    this.#changed();
  }

  /** @param {number[]} ids */
  #chooseTags(ids) {
    this.#filter.tagIds = new Set(ids);
    this.#changed();
  }

  #changed() {
    this.#show();
    this.dispatchEvent(new Event("change"));
  }

  /** Writes what is chosen, and what can be where that is seen: there may be thousands of zones. */
  #show() {
    if (this.isOpen) this.#fill();
    const chips = this.#listChips();
    this.#chips.show(chips);
    find(this.#opener, "b").textContent = chips.length > 0 ? String(chips.length) : "";
    this.#opener.setAttribute("aria-label", chips.length > 0 ? t("Filter, {n} chosen", { n: chips.length }) : t("Filter"));
  }

  #fill() {
    const { groups, tags } = this.#notebook;
    const { groupId, tagIds } = this.#filter;
    const freeTags = [...tags].filter(([id]) => !tagIds.has(id)).map(([id, { name }]) => /** @type {[number, string]} */ ([id, name]));
    const areas = this.#areas.choices;
    this.#groups.fill([{ id: "", text: t("All groups") }, ...choicesOf(groups), { id: NO_GROUP, text: t("In no group") }], groupId ?? "");
    this.#tags.fill([{ id: "", text: tagIds.size > 0 ? t("And tag…") : t("Any tag"), isCounted: false }, ...choicesOf(freeTags)], "");
    this.#places.fill([{ id: "", text: t("Anywhere") }, ...choicesOf(areas)], this.#areas.key);
    this.#select("group").hidden = groups.size === 0;
    this.#select("tag").hidden = tags.size === 0;
  }

  /** @returns {import("./chips.js").Chip[]} */
  #listChips() {
    const { statuses, group, tags, area } = this.chosen;
    const areaName = this.#areas.choices.find(([key]) => key === area)?.[1];
    return [
      ...statuses.map((key) => ({
        text: STATUSES[/** @type {StatusKey} */ (key)].label,
        drop: () => this.#summary.choose(/** @type {StatusKey[]} */ (statuses.filter((one) => one !== key))),
      })),
      ...(group === null ? [] : [{ text: this.groupTitle, drop: () => this.chooseGroup(null) }]),
      ...tags.map((id) => this.#tagChip(id, tags)),
      ...(areaName === undefined ? [] : [{ text: areaName, drop: () => this.#chooseArea("") }]),
    ];
  }

  /** @param {number} id @param {number[]} all */
  #tagChip(id, all) {
    const tag = this.#notebook.tags.get(id);
    const text = tag?.name ?? t("tag {id}", { id });
    const drop = () => this.#chooseTags(all.filter((one) => one !== id));
    return { text, label: t("Without the tag {name}", { name: isolate(text) }), color: `#${tag?.color ?? "888888"}`, drop };
  }

  #toggle() {
    this.#fields.hidden = !this.#fields.hidden;
    this.#opener.setAttribute("aria-expanded", String(!this.#fields.hidden));
    if (!this.isOpen) return;
    this.#fill();
    find(this.#fields, "select:not([hidden])").focus();
    this.dispatchEvent(new Event("open"));
  }

  get #fields() {
    return find(this.#bar, ".filter-fields");
  }

  get #opener() {
    return find(this.#bar, ".filter-open");
  }

  /** @param {"group"|"tag"|"area"} name */
  #select(name) {
    return find(this.#bar, `.filter-fields [name=${name}]`, HTMLSelectElement);
  }
}

/** @param {string} value of a choice */
function readId(value) {
  return value === "" ? null : Number(value);
}

/** @param {Iterable<[number|string, string]>} pairs values, and what they are called @returns {Choice[]} */
function choicesOf(pairs) {
  return Array.from(pairs, ([id, text]) => ({ id, text }));
}
