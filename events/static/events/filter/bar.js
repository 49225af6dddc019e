/** What narrows the list and the map, above the list: a text, a group, tags. */

import { find } from "../dom.js";
import { isolate } from "../texts.js";
import { NO_GROUP } from "./filter.js";

/** @typedef {[number|string, string]} Choice a value, and what it is called */

/** Events: `change` when the filter did. */
export class FilterBar extends EventTarget {
  #bar;
  #filter;
  #notebook;

  /** @param {HTMLElement} bar @param {{filter: import("./filter.js").Filter, notebook: import("../records/notebook.js").Notebook}} parts */
  constructor(bar, { filter, notebook }) {
    super();
    this.#bar = bar;
    this.#filter = filter;
    this.#notebook = notebook;
    this.#opener.addEventListener("click", () => this.#toggle());
    this.#select("group").addEventListener("change", () => this.#chooseGroup(this.#select("group").value));
    this.#select("tag").addEventListener("change", () => this.#addTag(Number(this.#select("tag").value)));
    notebook.addEventListener("change", () => this.show());
  }

  /** Writes what can be chosen, and what is. */
  show() {
    const { groups, tags } = this.#notebook;
    this.#forgetGone();
    this.#opener.hidden = groups.size === 0 && tags.size === 0;
    if (this.#opener.hidden) this.#fold(true);
    this.#fill(this.#select("group"), [["", "All groups"], ...groups, [NO_GROUP, "In no group"]], this.#filter.groupId ?? "");
    /** @type {Choice[]} */
    const free = [...tags].filter(([id]) => !this.#filter.tagIds.has(id)).map(([id, { name }]) => [id, name]);
    this.#fill(this.#select("tag"), [["", this.#filter.tagIds.size > 0 ? "And tag…" : "Any tag"], ...free], "");
    this.#select("group").hidden = groups.size === 0;
    this.#select("tag").hidden = tags.size === 0;
    this.#find("ul").replaceChildren(...[...this.#filter.tagIds].map((id) => this.#chip(id, tags.get(id))));
    this.#showCount();
  }

  /** A group or tag that somebody has removed leaves nobody out. */
  #forgetGone() {
    const { groups, tags, isRead } = this.#notebook;
    if (!isRead) return;
    const { groupId, tagIds } = this.#filter;
    const isGone = groupId !== null && groupId !== NO_GROUP && !groups.has(groupId);
    const kept = [...tagIds].filter((id) => tags.has(id));
    if (!isGone && kept.length === tagIds.size) return;
    if (isGone) this.#filter.groupId = null;
    this.#filter.tagIds = new Set(kept);
    this.dispatchEvent(new Event("change"));
  }

  #showCount() {
    const count = this.#filter.tagIds.size + (this.#filter.groupId === null ? 0 : 1);
    find(this.#opener, "b").textContent = count ? String(count) : "";
    this.#opener.setAttribute("aria-label", count ? `Groups and tags, ${count} chosen` : "Groups and tags");
  }

  #toggle() {
    this.#fold(!this.#fields.hidden);
    if (!this.#fields.hidden) find(this.#fields, "select:not([hidden])").focus();
  }

  /** @param {boolean} isFolded */
  #fold(isFolded) {
    this.#fields.hidden = isFolded;
    this.#opener.setAttribute("aria-expanded", String(!isFolded));
  }

  /** @param {HTMLSelectElement} select @param {Choice[]} options @param {number|string} chosen */
  #fill(select, options, chosen) {
    select.replaceChildren(...options.map(([id, text]) => new Option(isolate(text), String(id))));
    select.value = String(chosen);
  }

  /** @param {number} id @param {{name: string, color: string}} [tag] */
  #chip(id, tag) {
    const [item, button] = [document.createElement("li"), document.createElement("button")];
    button.type = "button";
    button.className = "chip";
    button.textContent = isolate(tag?.name ?? `tag ${id}`);
    button.setAttribute("aria-label", `Without the tag ${button.textContent}`);
    button.style.setProperty("--color", `#${tag?.color ?? "888888"}`);
    button.addEventListener("click", () => this.#dropTag(id));
    item.append(button);
    return item;
  }

  /** @param {string} value */
  #chooseGroup(value) {
    this.#filter.groupId = value === "" ? null : Number(value);
    this.#changed();
  }

  /** @param {number} id */
  #addTag(id) {
    this.#filter.tagIds = new Set([...this.#filter.tagIds, id]);
    this.#changed();
  }

  /** @param {number} id */
  #dropTag(id) {
    this.#filter.tagIds = new Set([...this.#filter.tagIds].filter((one) => one !== id));
    this.#changed();
    this.#select("tag").focus();
  }

  #changed() {
    this.show();
    this.dispatchEvent(new Event("change"));
  }

  get #opener() {
    return this.#find("[aria-expanded]");
  }

  get #fields() {
    return this.#find(".filter-fields");
  }

  /** @param {"group"|"tag"} name */
  #select(name) {
    return find(this.#bar, `[name=${name}]`, HTMLSelectElement);
  }

  /** @param {string} selector */
  #find(selector) {
    return find(this.#bar, selector);
  }
}
