/** What narrows the list and the map, above the list: a text, a group, tags. */

import { isolate } from "../texts.js";
import { NO_GROUP } from "./filter.js";

/** Events: `change` when the filter did. */
export class FilterBar extends EventTarget {
  #bar;
  #filter;
  #notebook;

  /** @param {HTMLElement} bar @param {{filter: import("./filter.js").Filter, notebook: import("../records/notebook.js").Notebook}} parts */
  constructor(bar, { filter, notebook }) {
    super();
    [this.#bar, this.#filter, this.#notebook] = [bar, filter, notebook];
    this.#opener.addEventListener("click", () => this.#toggle());
    this.#find("[name=group]").addEventListener("change", ({ target }) => this.#chooseGroup(target.value));
    this.#find("[name=tag]").addEventListener("change", ({ target }) => this.#addTag(Number(target.value)));
    notebook.addEventListener("change", () => this.show());
  }

  /** Writes what can be chosen, and what is. */
  show() {
    const { groups, tags } = this.#notebook;
    this.#forgetGone();
    this.#opener.hidden = groups.size === 0 && tags.size === 0;
    if (this.#opener.hidden) this.#fold(true);
    this.#fill(this.#find("[name=group]"), [["", "All groups"], ...groups, [NO_GROUP, "In no group"]], this.#filter.groupId ?? "");
    const free = [...tags].filter(([id]) => !this.#filter.tagIds.has(id)).map(([id, { name }]) => [id, name]);
    this.#fill(this.#find("[name=tag]"), [["", this.#filter.tagIds.size > 0 ? "And tag…" : "Any tag"], ...free], "");
    this.#find("[name=group]").hidden = groups.size === 0;
    this.#find("[name=tag]").hidden = tags.size === 0;
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
    this.#opener.querySelector("b").textContent = count ? String(count) : "";
    this.#opener.setAttribute("aria-label", count ? `Groups and tags, ${count} chosen` : "Groups and tags");
  }

  #toggle() {
    this.#fold(!this.#fields.hidden);
    if (!this.#fields.hidden) this.#fields.querySelector("select:not([hidden])").focus();
  }

  #fold(isFolded) {
    this.#fields.hidden = isFolded;
    this.#opener.setAttribute("aria-expanded", String(!isFolded));
  }

  #fill(select, options, chosen) {
    select.replaceChildren(...options.map(([id, text]) => new Option(isolate(text), String(id))));
    select.value = String(chosen);
  }

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

  #chooseGroup(value) {
    this.#filter.groupId = value === "" ? null : Number(value);
    this.#changed();
  }

  #addTag(id) {
    this.#filter.tagIds = new Set([...this.#filter.tagIds, id]);
    this.#changed();
  }

  #dropTag(id) {
    this.#filter.tagIds = new Set([...this.#filter.tagIds].filter((one) => one !== id));
    this.#changed();
    this.#find("[name=tag]").focus();
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

  #find(selector) {
    return this.#bar.querySelector(selector);
  }
}
