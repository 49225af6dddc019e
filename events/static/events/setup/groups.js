/** The groups of the account: their list, and the form of the one that is made or changed. */

import { isolate } from "../texts.js";
import { t } from "../words/words.js";
import { ListDesk } from "./desk.js";
import { refusalOf } from "./refusals.js";
import { rowOf } from "./rows.js";

/** @typedef {{id: number, title: string, color: string}} Group */

/** As the server writes it, without the sign that inputs have before it. */
export const GROUP_COLOR = "1E96DC";

/** Events: `change` when groups were changed, so that vehicles are to be read anew. */
export class GroupDesk extends ListDesk {
  /** @type {Group[]} */
  #groups = [];
  /** What is open; null: a new one, or none. @type {?Group} */
  #group = null;
  /** How often vehicles were grouped otherwise when they were counted. */
  #shownOf = -1;

  /** @param {HTMLElement} box @param {import("./desk.js").Parts} parts */
  constructor(box, parts) {
    super(box, parts);
    this.find("[data-does=add-group]").addEventListener("click", () => this.#begin(null));
    this.form.addEventListener("cancel", () => this.end({ focusing: true }));
    this.form.addEventListener("save", () => this.#save());
    this.form.addEventListener("remove", () => this.#remove());
  }

  async load() {
    this.#groups = (await this.call("tracker/group/list")).list;
    this.show({ isAnew: true });
    this.ready(true);
  }

  /** Vehicles may have come or gone, or are in other groups. @param {{isAnew?: boolean}} [how] */
  show({ isAnew = false } = {}) {
    if (!isAnew && this.#shownOf === this.fleet.labellings) return;
    this.#shownOf = this.fleet.labellings;
    const counts = new Map();
    for (const { groupId } of this.fleet.all()) counts.set(groupId, (counts.get(groupId) ?? 0) + 1);
    const focused = /** @type {HTMLElement} */ (document.activeElement)?.dataset.row;
    this.find(".setup-rows").replaceChildren(...this.#groups.map((group) => this.#rowOf(group, counts.get(group.id) ?? 0)));
    if (focused && !this.box.contains(document.activeElement)) this.rowWith(Number(focused))?.focus();
    this.find(".setup-list .more").textContent = this.#groups.length === 0 ? t("No groups yet.") : "";
  }

  /** Nobody is logged in any more. */
  clear() {
    this.#groups = [];
    this.ready(false);
    this.close();
  }

  /** @param {Group} group @param {number} count of its vehicles */
  #rowOf(group, count) {
    const row = { id: group.id, title: group.title, about: t("{n, plural, one {# vehicle} other {# vehicles}}", { n: count }) };
    return rowOf(row, () => this.#begin(group));
  }

  /** @param {?Group} group null: a new one */
  #begin(group) {
    this.#group = group;
    this.find(".setup-list").hidden = true;
    const name = group ? isolate(group.title) : "";
    this.form.open(group ? name : t("Add a group"), {
      canRemove: group !== null,
      question: t("Remove {name}? Its vehicles stay, in no group.", { name }),
    });
    this.form.input("title").value = group?.title ?? "";
    this.form.input("color").value = `#${(group?.color ?? GROUP_COLOR).toLowerCase()}`;
  }

  #save() {
    const group = this.#group;
    this.form.act(async () => {
      const said = { title: this.form.input("title").value.trim(), color: this.form.input("color").value.slice(1).toUpperCase() };
      await (group ? this.call("tracker/group/update", { id: group.id, ...said }) : this.call("tracker/group/create", said));
      await this.#done();
    }, refusalOf);
  }

  #remove() {
    this.form.act(async () => {
      await this.call("tracker/group/delete", { id: this.#group?.id });
      await this.#done();
    }, refusalOf);
  }

  async #done() {
    this.dispatchEvent(new Event("change"));
    await this.load();
    this.end({ focusing: true });
  }

  /** @param {{focusing?: boolean}} [how] */
  end({ focusing = false } = {}) {
    const id = this.#group?.id;
    this.#group = null;
    super.end();
    if (focusing) (this.rowWith(id) ?? this.find("[data-does=add-group]")).focus();
  }
}
