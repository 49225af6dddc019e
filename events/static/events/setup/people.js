/** The people of the account: their list, and the form of the one who is invited or changed. */

import { find } from "../dom.js";
import { NOUNS } from "../rules/nouns.js";
import { Picker } from "../rules/picker.js";
import { isolate } from "../texts.js";
import { t } from "../words/words.js";
import { ListDesk } from "./desk.js";
import { refusalOf } from "./refusals.js";
import { groupToMake, rolesOf, tellRole } from "./roles.js";
import { rowOf } from "./rows.js";

const NAMES = /** @type {const} */ (["first_name", "last_name"]);

/**
 * @typedef {{id: number, login: string, first_name: string, last_name: string, activated: boolean,
 *   security_group_id: ?number, invited?: boolean}} Person
 */

export class PeopleDesk extends ListDesk {
  #vehicles;
  /** @type {Person[]} */
  #people = [];
  /** @type {import("./roles.js").Role[]} */
  #roles = [];
  /** @type {{id: number, title: string}[]} */
  #groups = [];
  /** Who is open; null: a new one, or nobody. @type {?Person} */
  #person = null;
  /** What the open one saw when the form was opened. @type {number[]} */
  #bound = [];

  /** @param {HTMLElement} box @param {import("./desk.js").Parts} parts */
  constructor(box, parts) {
    super(box, parts);
    this.#vehicles = new Picker(find(box, "[data-picks=vehicles]", HTMLDetailsElement), NOUNS.vehicle);
    this.#listen();
  }

  async load() {
    const [people, roles, groups] = await Promise.all([
      this.call("subuser/list"),
      this.call("subuser/security_group/list"),
      this.call("tracker/group/list"),
    ]);
    this.#people = people.list;
    this.#roles = rolesOf(roles.list);
    this.#groups = groups.list;
    this.#list();
    this.ready(true);
  }

  /** Nobody is logged in any more. */
  clear() {
    this.#people = [];
    this.ready(false);
    this.close();
  }

  #listen() {
    const form = this.form;
    this.find("[data-does=invite]").addEventListener("click", () => this.#begin(null, []));
    form.select("role").addEventListener("change", () => this.#tellRole());
    form.select("add-group").addEventListener("change", () => this.#addGroup());
    form.find("[data-does=again]").addEventListener("click", () => this.#inviteAgain());
    form.addEventListener("cancel", () => this.end({ focusing: true }));
    form.addEventListener("save", () => this.#save());
    form.addEventListener("remove", () => this.#remove());
  }

  #list() {
    this.find(".setup-rows").replaceChildren(...this.#people.map((person) => this.#rowOf(person)));
    this.find(".setup-list .more").textContent = this.#people.length === 0 ? t("Nobody else has been invited yet.") : "";
  }

  /** @param {Person} person */
  #rowOf(person) {
    const note = !person.activated ? t("may not log in") : person.invited ? t("invited") : "";
    const about = [isolate(person.login), this.#roleOf(person.security_group_id)?.label ?? ""].join(" · ");
    return rowOf({ id: person.id, title: nameOf(person), about, note }, () => this.#open(person));
  }

  /** @param {?number} groupId */
  #roleOf(groupId) {
    return this.#roles.find(({ value }) => value === String(groupId ?? ""));
  }

  /** @param {Person} person */
  async #open(person) {
    try {
      this.#begin(person, (await this.call("subuser/tracker/list", { subuser_id: person.id })).list);
    } catch (error) {
      this.find(".setup-list .more").textContent = refusalOf(error);
    }
  }

  /** @param {?Person} person null: a new one @param {number[]} bound what this person sees */
  #begin(person, bound) {
    [this.#person, this.#bound] = [person, bound];
    this.find(".setup-list").hidden = true;
    const form = this.form;
    const name = person ? isolate(nameOf(person)) : "";
    form.open(person ? name : t("Invite somebody"), {
      canRemove: person !== null,
      question: person?.invited ? t("Withdraw the invitation of {name}?", { name }) : t("Remove {name}? Who is logged in is logged out.", { name }),
    });
    form.find("[type=submit]").textContent = person ? t("Save") : t("Send the invitation");
    form.input("email").value = person?.login ?? "";
    for (const field of NAMES) form.input(field).value = person?.[field] ?? "";
    form.input("activated").checked = person?.activated ?? true;
    form.find("[data-part=activated]").hidden = person === null;
    form.find("[data-part=invited]").hidden = !person?.invited;
    this.#say("");
    form.offer("role", this.#roles.map(({ value, label }) => ({ value, label: isolate(label) })));
    form.select("role").value = String(person?.security_group_id ?? "");
    this.#tellRole();
    this.#offerVehicles(bound);
  }

  get #chosenRole() {
    return this.#roles.find(({ value }) => value === this.form.select("role").value);
  }

  #tellRole() {
    const role = this.#chosenRole;
    this.form.find("[data-part=role-hint]").textContent = role ? tellRole(role) : "";
  }

  /** @param {number[]} chosen */
  #offerVehicles(chosen) {
    this.#vehicles.close();
    this.#vehicles.show([...this.fleet.all()].map(({ trackerId, label }) => ({ id: trackerId, label })), chosen);
    this.form.offer("add-group", [{ value: "", label: t("Choose a group") }, ...this.#groups.map(({ id, title }) => ({ value: String(id), label: isolate(title) }))]);
    this.form.find("[data-part=add-group]").hidden = this.#groups.length === 0;
  }

  #addGroup() {
    const select = this.form.select("add-group");
    const added = [...this.fleet.all()].filter(({ groupId }) => String(groupId) === select.value).map(({ trackerId }) => trackerId);
    this.#offerVehicles([...new Set([...this.#vehicles.chosen, ...added])]);
  }

  #save() {
    const person = this.#person;
    const seen = this.#vehicles.chosen;
    this.form.act(async () => {
      const user = await this.#document();
      const subuserId = person?.id ?? (await this.call("subuser/invitation/create", { user })).id;
      if (person) await this.call("subuser/update", { user: { id: person.id, ...user, activated: this.form.input("activated").checked } });
      // Whoever was invited is there, whatever is refused from here on.
      else this.#person = { id: subuserId, ...user, activated: true, invited: true };
      await this.#bind(subuserId, seen);
      await this.load();
      this.end({ focusing: true });
    }, refusalOf);
  }

  /** What is said of the person, with the role made first if there is none yet. */
  async #document() {
    const form = this.form;
    const role = this.#chosenRole;
    const group = role ? groupToMake(role) : null;
    let groupId = role?.value ? Number(role.value) : null;
    if (group !== null) {
      groupId = (await this.call("subuser/security_group/create", { group })).id;
      this.#roles = rolesOf((await this.call("subuser/security_group/list")).list);
    }
    const [login, first, last] = ["email", ...NAMES].map((name) => form.input(name).value.trim());
    return { login, first_name: first, last_name: last, security_group_id: groupId };
  }

  /** @param {number} subuserId @param {number[]} seen what the person sees from now on */
  async #bind(subuserId, seen) {
    const [before, after] = [new Set(this.#bound), new Set(seen)];
    const changes = { bind: seen.filter((id) => !before.has(id)), unbind: this.#bound.filter((id) => !after.has(id)) };
    for (const [change, trackers] of Object.entries(changes)) {
      if (trackers.length > 0) await this.call(`subuser/tracker/${change}`, { subuser_id: subuserId, trackers });
    }
    this.#bound = seen;
  }

  #inviteAgain() {
    const person = this.#person;
    const known = { 201: t("This person has set a password already.") };
    this.form.act(async () => {
      await this.call("subuser/invitation/resend", { subuser_id: person?.id });
      this.#say(t("Another letter is on its way; the link before is worth nothing now."));
    }, (error) => refusalOf(error, known));
  }

  #remove() {
    this.form.act(async () => {
      await this.call("subuser/delete", { subuser_id: this.#person?.id });
      await this.load();
      this.end({ focusing: true });
    }, refusalOf);
  }

  /** @param {string} text */
  #say(text) {
    this.form.find(".setup-told").textContent = text;
  }

  /** @param {{focusing?: boolean}} [how] */
  end({ focusing = false } = {}) {
    const id = this.#person?.id;
    this.#person = null;
    super.end();
    this.#list();
    if (focusing) (this.rowWith(id) ?? this.find("[data-does=invite]")).focus();
  }
}

/** @param {{first_name: string, last_name: string, login: string}} person */
function nameOf({ first_name: first, last_name: last, login }) {
  return [first, last].filter(Boolean).join(" ") || login;
}
