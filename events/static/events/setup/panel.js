/** The panel by which a fleet is set up: its vehicles, groups and people, and the user's own settings. */

import { ApiFailure, call } from "../api.js";
import { messageOf } from "../dom.js";
import { Panel } from "../panel.js";
import { followLocale } from "../words/choice.js";
import { t } from "../words/words.js";
import { GroupDesk } from "./groups.js";
import { PeopleDesk } from "./people.js";
import { follow, readAccount } from "./reading.js";
import { refusalOf } from "./refusals.js";
import { rightsOf } from "./roles.js";
import { SettingsForm } from "./settings.js";
import { VehicleDesk } from "./vehicles.js";

/** @typedef {"vehicles"|"groups"|"people"|"settings"} Part */
/** @typedef {{privileges?: {rights: string[]}, staff?: boolean}} Info of `user/get_info` */

const PARTS = /** @type {Part[]} */ (["vehicles", "groups", "people", "settings"]);

/** Events: `change` when vehicles were changed; (CustomEvent) `problem` with a text. */
export class SetupPanel extends Panel {
  #session;
  #vehicles;
  #groups;
  #people;
  #settings;
  /** @type {?Info} */
  #info = null;
  /** @type {Part} */
  #shown = "vehicles";

  /** @param {HTMLElement} panel @param {HTMLElement} opener @param {import("./desk.js").Parts} parts */
  constructor(panel, opener, { session, fleet }) {
    super(panel, opener);
    this.#session = session;
    this.#vehicles = new VehicleDesk(this.#box("vehicles"), { session, fleet });
    this.#groups = new GroupDesk(this.#box("groups"), { session, fleet });
    this.#people = new PeopleDesk(this.#box("people"), { session, fleet });
    this.#settings = new SettingsForm(this.#box("settings"), { session });
    for (const desk of [this.#vehicles, this.#groups]) desk.addEventListener("change", () => this.dispatchEvent(new Event("change")));
    this.opener.addEventListener("click", () => (this.isOpen ? this.close() : this.open()));
    this.find(".close").addEventListener("click", () => this.leave());
    for (const part of PARTS) this.#button(part).addEventListener("click", () => this.#turnTo(part));
  }

  /**
   * Somebody is logged in: has the page tell times and figures as the account wants them.
   * @param {{isNew: boolean}} how whether the login is of now; its language is followed then, if none was chosen here
   */
  async begin({ isNew }) {
    const { hash } = this.#session;
    try {
      const account = await readAccount(hash);
      if (hash !== this.#session.hash) return;
      follow(account);
      if (isNew) followLocale(account.locale);
    } catch (error) {
      // Shown as the browser has it meanwhile; that the server is away is told by others.
      if (!(error instanceof ApiFailure)) throw error;
    }
  }

  /** Nobody is logged in any more. */
  clear() {
    this.#info = null;
    this.#vehicles.clear();
    this.#groups.clear();
    this.#people.clear();
    this.#settings.clear();
    this.close();
    follow(null);
  }

  /** Vehicles may have come or gone. */
  show() {
    if (!this.isOpen) return;
    if (this.#shown === "vehicles") this.#vehicles.show();
    if (this.#shown === "groups") this.#groups.show();
  }

  open() {
    super.open();
    return this.#load();
  }

  close() {
    this.#vehicles.close();
    this.#groups.close();
    this.#people.close();
    super.close();
  }

  /** What Escape leaves: the form, then the panel. */
  leave() {
    const desk = { vehicles: this.#vehicles, groups: this.#groups, people: this.#people, settings: null }[this.#shown];
    if (desk?.leave()) return;
    this.close();
    this.returnFocus();
  }

  async #load() {
    const { hash } = this.#session;
    try {
      /** @type {Info} */
      const info = await call("user/get_info", { hash });
      if (hash !== this.#session.hash) return;
      this.#info = info;
      await this.#turnTo(this.#offered().includes(this.#shown) ? this.#shown : "settings");
    } catch (error) {
      this.#tell(error);
    }
  }

  /** What the login may set up; the buttons of the rest are not there. @returns {Part[]} */
  #offered() {
    const may = rightsOf(this.#info ?? { privileges: { rights: [] } });
    const offered = PARTS.filter((part) => part === "settings" || may(part === "vehicles" ? "tracker_update" : "admin") || (part === "vehicles" && may("tracker_register")));
    for (const part of PARTS) this.#button(part).hidden = !offered.includes(part);
    return offered;
  }

  /** @param {Part} shown */
  async #turnTo(shown) {
    this.#shown = shown;
    for (const part of PARTS) {
      this.#box(part).hidden = part !== shown;
      this.#button(part).setAttribute("aria-pressed", String(part === shown));
    }
    const info = this.#info;
    if (info === null) return;
    try {
      if (shown === "vehicles") await this.#vehicles.load(rightsOf(info));
      else if (shown === "groups") await this.#groups.load();
      else if (shown === "people") await this.#people.load();
      else await this.#settings.load(info);
    } catch (error) {
      this.#tell(error);
    }
  }

  /** @param {unknown} error */
  #tell(error) {
    const text = error instanceof ApiFailure ? refusalOf(error) : messageOf(error);
    this.dispatchEvent(new CustomEvent("problem", { detail: t("What is set up cannot be read: {reason}", { reason: text }) }));
  }

  /** @param {Part} part */
  #box(part) {
    return this.find(`[data-part=${part}]`);
  }

  /** @param {Part} part */
  #button(part) {
    return this.find(`[data-shows=${part}]`);
  }
}
