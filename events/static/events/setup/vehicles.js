/** The vehicles of the account: their list, the form of the one that is added or changed, and its pairing sheet. */

import { find } from "../dom.js";
import { isolate } from "../texts.js";
import { t } from "../words/words.js";
import { ListDesk } from "./desk.js";
import { PHONE, makeDeviceId, nameOfModel, readDeviceId } from "./devices.js";
import { GROUP_COLOR } from "./groups.js";
import { PairingSheet } from "./pairing.js";
import { refusalOf } from "./refusals.js";
import { rowOf } from "./rows.js";

const MOST_SHOWN = 200;
/** The way to register a device that somebody configures, api §3.2. */
const CONFIGURED_DEVICE = 44;
const NEW_GROUP = "new";

/**
 * @typedef {import("../fleet.js").Vehicle} Vehicle
 * @typedef {import("../fleet.js").WireTracker & {clone: boolean}} Tracker
 * @typedef {(right: string) => boolean} May
 */

/** Events: `change` when something of a vehicle was changed. */
export class VehicleDesk extends ListDesk {
  #sheet;
  /** @type {May} */
  #may = () => false;
  /** @type {{code: string, name: string}[]} */
  #models = [];
  /** @type {import("./pairing.js").App[]} */
  #apps = [];
  /** @type {{id: number, title: string}[]} */
  #groups = [];
  /** What is open; null: a new one, or none. @type {?Tracker} */
  #tracker = null;
  /** How often vehicles were called otherwise when they were shown. */
  #shownOf = -1;

  /** @param {HTMLElement} box @param {import("./desk.js").Parts} parts */
  constructor(box, parts) {
    super(box, parts);
    this.#sheet = new PairingSheet(this.find("[data-part=sheet]"), parts);
    this.#listen();
  }

  /** @param {May} may what the login may do */
  async load(may) {
    this.#may = may;
    const [groups, models, apps] = await Promise.all([
      this.call("tracker/group/list"),
      this.call("tracker/list_models", { compact_view: true }),
      this.call("tracker/pairing/list"),
    ]);
    [this.#groups, this.#models, this.#apps] = [groups.list, models.list, apps.list];
    this.find("[data-does=add]").hidden = !may("tracker_register");
    this.show({ isAnew: true });
    this.ready(true);
  }

  /** Nobody is logged in any more. */
  clear() {
    this.ready(false);
    this.close();
  }

  /** Vehicles may have come or gone, or are called otherwise. @param {{isAnew?: boolean}} [how] */
  show({ isAnew = false } = {}) {
    if (!isAnew && this.#shownOf === this.fleet.labellings) return;
    this.#shownOf = this.fleet.labellings;
    const wanted = this.#search.value.trim().toLowerCase();
    const all = [...this.fleet.all()].filter(({ label, deviceId }) => `${label}\n${deviceId}`.toLowerCase().includes(wanted));
    all.sort((a, b) => a.label.localeCompare(b.label, undefined, { numeric: true }));
    const focused = /** @type {HTMLElement} */ (document.activeElement)?.dataset.row;
    this.find(".setup-rows").replaceChildren(...all.slice(0, MOST_SHOWN).map((vehicle) => this.#rowOf(vehicle)));
    if (focused && this.box.contains(document.activeElement) === false) this.rowWith(Number(focused))?.focus();
    this.find(".setup-list .more").textContent = this.#tellRest(all.length);
  }

  #listen() {
    const form = this.form;
    this.#search.addEventListener("input", () => this.show({ isAnew: true }));
    this.find("[data-does=add]").addEventListener("click", () => this.#begin(null));
    form.select("group").addEventListener("change", () => this.#showNewGroup());
    form.select("model").addEventListener("change", () => this.#offerDeviceId());
    form.find("[data-does=pair]").addEventListener("click", () => this.#tracker && this.#pair(this.#tracker, { isNew: false }));
    form.find("[data-does=block]").addEventListener("click", () => this.#block());
    form.addEventListener("cancel", () => this.end({ focusing: true }));
    form.addEventListener("save", () => this.#save());
    form.addEventListener("remove", () => this.#remove());
    this.#sheet.addEventListener("back", () => this.end({ focusing: true }));
  }

  /** @param {number} found */
  #tellRest(found) {
    if (this.fleet.size === 0) return this.#may("tracker_register") ? t("No vehicles yet. Add the first.") : t("No vehicles yet.");
    if (found === 0) return t("No vehicle is called so.");
    return found > MOST_SHOWN ? t("{n, plural, one {# more: search for it.} other {# more: search for them.}}", { n: found - MOST_SHOWN }) : "";
  }

  /** @param {Vehicle} vehicle */
  #rowOf({ trackerId, label, deviceId, groupId, isBlocked }) {
    const group = this.#groups.find(({ id }) => id === groupId)?.title ?? "";
    const about = [deviceId, group].filter(Boolean).map(isolate).join(" · ");
    return rowOf({ id: trackerId, title: label, about, note: isBlocked ? t("blocked") : "" }, this.#mayChange ? () => this.#open(trackerId) : null);
  }

  get #mayChange() {
    return this.#may("tracker_update") || this.#may("tracker_register");
  }

  /** Reads a vehicle as it is now, and shows its form. @param {number} trackerId */
  async #open(trackerId) {
    try {
      this.#begin((await this.call("tracker/read", { tracker_id: trackerId })).value);
    } catch (error) {
      this.find(".setup-list .more").textContent = refusalOf(error);
    }
  }

  /** @param {?Tracker} tracker null: a new one */
  #begin(tracker) {
    this.#tracker = tracker;
    this.find(".setup-list").hidden = true;
    const form = this.form;
    const name = tracker ? isolate(tracker.label) : "";
    form.open(tracker ? name : t("Add a vehicle"), {
      canRemove: tracker !== null && this.#may(tracker.clone ? "admin" : "tracker_register"),
      question: t("Remove {name}, with its history? That cannot be undone.", { name }),
    });
    form.input("label").value = tracker?.label ?? "";
    this.#offerGroups(tracker?.group_id ?? 0);
    // What is disabled is not asked to be filled in.
    const device = find(form.form, "[data-part=device]", HTMLFieldSetElement);
    device.hidden = device.disabled = tracker !== null;
    form.find("[data-part=known-device]").hidden = tracker === null;
    if (tracker) this.#showDevice(tracker);
    else this.#offerDevice();
    form.find("[data-part=acts]").hidden = tracker === null || tracker.clone;
  }

  /** @param {number} chosen */
  #offerGroups(chosen) {
    const groups = this.#groups.map(({ id, title }) => ({ value: String(id), label: isolate(title) }));
    const more = this.#may("admin") ? [{ value: NEW_GROUP, label: t("A new group…") }] : [];
    this.form.offer("group", [{ value: "0", label: t("None") }, ...groups, ...more]);
    this.form.select("group").value = String(chosen);
    this.form.input("group-title").value = "";
    this.#showNewGroup();
  }

  #showNewGroup() {
    const isNew = this.form.select("group").value === NEW_GROUP;
    this.form.find("[data-part=new-group]").hidden = !isNew;
    this.form.input("group-title").required = isNew;
  }

  #offerDevice() {
    this.form.offer("model", this.#models.map((model) => ({ value: model.code, label: nameOfModel(model) })));
    this.form.input("phone").value = "";
    this.#offerDeviceId();
  }

  #offerDeviceId() {
    const isPhone = this.form.select("model").value === PHONE;
    this.form.input("device-id").value = isPhone ? makeDeviceId(crypto.getRandomValues(new Uint8Array(16))) : "";
  }

  /** @param {Tracker} tracker */
  #showDevice({ source, clone }) {
    const model = this.#models.find(({ code }) => code === source.model);
    const told = [source.device_id, model ? nameOfModel(model) : source.model, source.phone ?? "", source.blocked ? t("blocked") : "", clone ? t("another account's device") : ""];
    this.form.find("[data-part=known-device]").textContent = told.filter(Boolean).map(isolate).join(" · ");
    this.form.find("[data-does=pair]").hidden = !this.#may("tracker_register") || source.blocked === true;
    const block = this.form.find("[data-does=block]");
    block.hidden = !this.#may("admin");
    block.textContent = source.blocked ? t("Unblock it") : t("Block it: refuse its reports");
  }

  #save() {
    const { form, label } = { form: this.form, label: this.form.input("label").value.trim() };
    form.act(async () => {
      const groupId = await this.#group();
      if (this.#tracker) {
        await this.call("tracker/settings/update", { tracker_id: this.#tracker.id, label, group_id: groupId });
        return this.#done();
      }
      const asked = { label, group_id: groupId, model: form.select("model").value, plugin_id: CONFIGURED_DEVICE };
      const phone = form.input("phone").value.replaceAll(/[\s()/-]/g, "");
      const device = { device_id: readDeviceId(form.input("device-id").value), ...(phone ? { phone } : {}) };
      const { value } = await this.call("tracker/register", { ...asked, ...device });
      this.dispatchEvent(new Event("change"));
      this.#pair(value, { isNew: true });
    }, refusalOf);
  }

  /** The chosen group, made if it is a new one. @returns {Promise<number>} 0: none */
  async #group() {
    const chosen = this.form.select("group").value;
    if (chosen !== NEW_GROUP) return Number(chosen);
    const title = this.form.input("group-title").value.trim();
    const { id } = await this.call("tracker/group/create", { title, color: GROUP_COLOR });
    this.#groups.push({ id, title });
    // If what follows is refused it is there all the same, and not made a second time.
    this.#offerGroups(id);
    return id;
  }

  #block() {
    const tracker = this.#tracker;
    if (tracker === null) return;
    const blocked = !tracker.source.blocked;
    const staffs = t("The staff of this server has blocked it, and only they can unblock it.");
    this.form.act(async () => {
      await this.call("tracker/source/update", { tracker_id: tracker.id, blocked });
      tracker.source.blocked = blocked;
      this.#showDevice(tracker);
      this.dispatchEvent(new Event("change"));
    }, (error) => refusalOf(error, blocked ? {} : { 13: staffs }));
  }

  #remove() {
    const tracker = this.#tracker;
    if (tracker === null) return;
    this.form.act(async () => {
      await this.call(tracker.clone ? "tracker/delete" : "tracker/corrupt", { tracker_id: tracker.id });
      this.#done();
    }, refusalOf);
  }

  #done() {
    this.dispatchEvent(new Event("change"));
    this.end({ focusing: true });
  }

  /** @param {{id: number, label: string, source: {model: string}}} tracker @param {{isNew: boolean}} how */
  #pair({ id, label, source }, { isNew }) {
    this.#tracker = null;
    this.form.close();
    this.#sheet.open({ id, label, model: source.model }, this.#apps, { isNew });
  }

  /** @param {{focusing?: boolean}} [how] */
  end({ focusing = false } = {}) {
    const id = this.#tracker?.id;
    this.#tracker = null;
    super.end();
    this.#sheet.close();
    this.show({ isAnew: true });
    if (focusing) (this.rowWith(id) ?? this.#search).focus();
  }

  get #search() {
    return find(this.box, ".setup-find input", HTMLInputElement);
  }
}
