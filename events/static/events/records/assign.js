/** Who drives the selected vehicle, and its tags: chosen on its card. */

import { ApiFailure, call } from "../api.js";
import { find } from "../dom.js";
import { NOUNS } from "../rules/nouns.js";
import { Picker } from "../rules/picker.js";
import { t } from "../words/words.js";

const MAY_DRIVE = "employee_update";
const MAY_TAG = "tracker_update";
const MOST_TAGS = 5;
const SAME_DRIVER = 263;
/** @type {Record<number, string>} */
const SENTENCES = {
  13: t("You may not change that. Ask the owner of the account."),
  201: t("The vehicle, or the driver, is gone: somebody else has removed it."),
  208: t("The vehicle is blocked: nothing of it can be changed."),
  217: t("One of the tags is gone: somebody else has removed it."),
};

/** Events: `change` when something was stored; (CustomEvent) `tagged` with a tracker id and the ids of its tags. */
export class Assignment extends EventTarget {
  #part;
  #notebook;
  #session;
  #fleet;
  #drivers;
  #tags;
  /** @type {?number} */
  #trackerId = null;
  #isBusy = false;

  /**
   * @param {HTMLDetailsElement} part
   * @param {{notebook: import("./notebook.js").Notebook, session: import("../session.js").Session, fleet: import("../fleet.js").Fleet}} parts
   */
  constructor(part, { notebook, session, fleet }) {
    super();
    this.#part = part;
    this.#notebook = notebook;
    this.#session = session;
    this.#fleet = fleet;
    this.#drivers = new Picker(find(part, "[data-picks=driver]", HTMLDetailsElement), NOUNS.driver);
    this.#tags = new Picker(find(part, "[data-picks=tags]", HTMLDetailsElement), NOUNS.tag);
    part.addEventListener("toggle", () => part.open && this.#fill());
    this.#drivers.addEventListener("change", () => this.#say(""));
    this.#tags.addEventListener("change", () => this.#say(""));
    find(part, "form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save();
    });
    notebook.addEventListener("change", () => this.#show());
  }

  /** @param {?number} trackerId whose card is open */
  select(trackerId) {
    if (trackerId === this.#trackerId) return;
    this.#trackerId = trackerId;
    this.#part.open = false;
    this.#say("");
  }

  #show() {
    const [mayDrive, mayTag] = [this.#notebook.may(MAY_DRIVE), this.#notebook.may(MAY_TAG)];
    this.#part.hidden = !mayDrive && !mayTag;
    find(this.#part, "[data-part=driver]").hidden = !mayDrive;
    find(this.#part, "[data-part=tags]").hidden = !mayTag;
  }

  #fill() {
    const { drivers, tags } = this.#notebook;
    const driver = this.#vehicle?.notes.driver;
    for (const picker of [this.#drivers, this.#tags]) picker.close();
    this.#drivers.show(drivers.map((one) => ({ id: one.id, label: this.#labelOf(one) })), driver ? [driver.id] : [], { isSingle: true });
    this.#tags.show([...tags].map(([id, { name }]) => ({ id, label: name })), this.#vehicle?.tagIds ?? []);
  }

  /** @param {import("./notes.js").Driver} driver */
  #labelOf({ name, trackerId }) {
    const other = trackerId === null || trackerId === this.#trackerId ? null : this.#fleet.get(trackerId);
    return other ? t("{name} (drives {vehicle})", { name, vehicle: other.label }) : name;
  }

  get #vehicle() {
    return this.#fleet.get(this.#trackerId);
  }

  async #save() {
    const trackerId = this.#trackerId;
    if (this.#isBusy || trackerId === null || !this.#vehicle) return;
    this.#isBusy = true;
    try {
      await this.#saveDriver(trackerId);
      await this.#saveTags(trackerId);
      if (trackerId === this.#trackerId) this.#say(t("Saved."));
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      if (trackerId === this.#trackerId) this.#say(error.wrongParameters || (SENTENCES[error.code ?? 0] ?? error.message));
    } finally {
      this.#isBusy = false;
    }
  }

  /** @param {number} trackerId */
  async #saveDriver(trackerId) {
    const driverId = this.#drivers.chosen[0] ?? null;
    if (!this.#notebook.may(MAY_DRIVE) || driverId === (this.#vehicle?.notes.driver?.id ?? null)) return;
    await this.#call("tracker/employee/assign", { tracker_id: trackerId, new_employee_id: driverId }).catch((error) => {
      if (error.code !== SAME_DRIVER) throw error;
    });
    this.dispatchEvent(new Event("change"));
  }

  /** @param {number} trackerId */
  async #saveTags(trackerId) {
    const tagIds = this.#tags.chosen;
    if (tagIds.length > MOST_TAGS) throw new ApiFailure(t("A vehicle has {n, plural, one {# tag} other {# tags}} at most.", { n: MOST_TAGS }));
    if (!this.#notebook.may(MAY_TAG) || String(tagIds) === String(this.#fleet.get(trackerId)?.tagIds)) return;
    const bindings = tagIds.map((id, index) => ({ tag_id: id, ordinal: index + 1 }));
    await this.#call("tracker/tags/set", { tracker_id: trackerId, tag_bindings: bindings });
    this.dispatchEvent(new CustomEvent("tagged", { detail: { trackerId, tagIds } }));
  }

  /** @param {string} path @param {object} parameters */
  #call(path, parameters) {
    return call(path, { hash: this.#session.hash, ...parameters });
  }

  /** @param {string} text */
  #say(text) {
    find(this.#part, "[data-part=said]").textContent = text;
  }
}
