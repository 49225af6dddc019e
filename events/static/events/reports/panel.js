/** The panel of reports: those that were made and come by mail, the form of a new one, and the one that is open. */

import { detailOf, find } from "../dom.js";
import { Panel } from "../panel.js";
import { choicesOf } from "./choices.js";
import { ReportForm } from "./form.js";
import { aboutReport, reportItem, scheduleItem } from "./lists.js";
import { Shelf, refusalOf } from "./shelf.js";
import { ReportView } from "./view.js";
import { t } from "../words/words.js";

/** @typedef {import("./shelf.js").Listed} Listed */

const RIGHT = "reports";
/** So often it is asked how far reports are: the first times, and later. */
const FOLLOW_MS = 1_500;
const SLOW_FOLLOW_MS = 6_000;
const QUICK_TIMES = 20;

/** Events (CustomEvent): `problem` with a text. */
export class ReportPanel extends Panel {
  #session;
  #clock;
  #shelf;
  #form;
  #view;
  #notebook;
  /** @type {?number} whose card is open */
  #selected = null;
  /** @type {?Listed} that is open */
  #report = null;
  /** @type {number|undefined} */
  #timer;
  #times = 0;
  #isBusy = false;

  /**
   * @param {HTMLElement} panel @param {HTMLElement} opener
   * @param {{session: import("../session.js").Session, clock: import("../time.js").ServerClock, fleet: import("../fleet.js").Fleet,
   *   filter: import("../filter/filter.js").Filter, notebook: import("../records/notebook.js").Notebook,
   *   settings: import("./form.js").Settings}} parts
   */
  constructor(panel, opener, { session, clock, fleet, filter, notebook, settings }) {
    super(panel, opener);
    this.#session = session;
    this.#clock = clock;
    this.#notebook = notebook;
    this.#shelf = new Shelf({ session });
    const choices = () => choicesOf({ fleet, filter, groups: notebook.groups, selected: this.#selected });
    this.#form = new ReportForm(find(panel, "form", HTMLFormElement), { clock, settings, choices });
    this.#view = new ReportView(this.find(".report"), settings.report_formats);
    this.#listen();
  }

  /** @param {?number} trackerId whose card is open */
  select(trackerId) {
    this.#selected = trackerId;
  }

  /** Reads what the server has. */
  async load() {
    this.#say(t("Reading the reports…"));
    if (await this.#try(() => this.#shelf.load())) this.#list();
    this.#follow();
  }

  /** Nobody is logged in any more. */
  clear() {
    this.#shelf.clear();
    this.#form.clear();
    this.close();
    this.#list();
  }

  open() {
    super.open();
    return this.load();
  }

  close() {
    clearTimeout(this.#timer);
    this.#end();
    super.close();
  }

  /** What Escape leaves: the form or the report, then the panel. */
  leave() {
    if (this.find(".reports-list").hidden) return this.#end({ focusing: true });
    this.close();
    this.returnFocus();
  }

  #listen() {
    this.opener.addEventListener("click", () => (this.isOpen ? this.close() : this.open()));
    this.find(".close").addEventListener("click", () => this.leave());
    this.find("[data-does=new]").addEventListener("click", () => this.#begin("now"));
    this.find("[data-does=new-schedule]").addEventListener("click", () => this.#begin("weekly"));
    this.#form.addEventListener("cancel", () => this.#end({ focusing: true }));
    this.#form.addEventListener("make", (event) => this.#make(detailOf(event)));
    this.#view.addEventListener("back", () => this.#end({ focusing: true }));
    this.#view.addEventListener("remove", () => this.#remove());
    this.#view.addEventListener("download", (event) => this.#download(detailOf(event)));
    this.#notebook.addEventListener("change", () => {
      this.opener.hidden = !this.#notebook.isRead || !this.#notebook.may(RIGHT);
    });
  }

  /** @param {string} often */
  #begin(often) {
    this.find(".reports-list").hidden = true;
    this.#form.open({ often, me: this.#session.login.includes("@") ? this.#session.login : "" });
  }

  /** Back to the lists. */
  #end({ focusing = false } = {}) {
    const id = this.#report?.id;
    this.#report = null;
    this.#form.close();
    this.#view.close();
    this.box.classList.remove("wide");
    this.find(".reports-list").hidden = false;
    if (focusing) (this.#made(id) ?? this.find("h2")).focus();
  }

  #list() {
    const now = this.#clock.now();
    const { reports, schedules } = this.#shelf;
    const focused = /** @type {HTMLElement} */ (document.activeElement).dataset.report;
    this.find("[data-part=made]").replaceChildren(
      ...reports.map((report) => reportItem(report, now, { open: () => this.#show(report), stop: () => this.#stop(report.id) })),
    );
    this.find("[data-part=mailed]").replaceChildren(
      ...schedules.map((schedule) => scheduleItem(schedule, { remove: () => this.#stopSchedule(schedule.id) })),
    );
    if (focused) this.#made(focused)?.focus();
    this.#say(reports.length === 0 ? t("No reports yet.") : "");
    this.find("[data-part=no-mail]").hidden = schedules.length > 0;
  }

  /** Looks again while something is being made, and the panel is open. */
  #follow() {
    clearTimeout(this.#timer);
    if (!this.isOpen || !this.#shelf.isMaking) return;
    this.#times += 1;
    this.#timer = setTimeout(() => this.#lookAgain(), this.#times < QUICK_TIMES ? FOLLOW_MS : SLOW_FOLLOW_MS);
  }

  async #lookAgain() {
    const making = new Set(this.#shelf.reports.filter(({ percent }) => percent < 100).map(({ id }) => id));
    if (await this.#try(() => this.#shelf.follow(), { isQuiet: true })) {
      this.#list();
      const made = this.#shelf.reports.filter(({ id, percent }) => percent === 100 && making.has(id));
      if (made.length > 0) this.#say(t("Made: {titles}.", { titles: made.map(({ title }) => title).join(", ") }));
    }
    this.#follow();
  }

  /** @param {{order: import("./kinds.js").Order}|{schedule: import("./kinds.js").Schedule}} made */
  async #make(made) {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      await ("order" in made ? this.#shelf.generate(made.order) : this.#shelf.addSchedule(made.schedule));
      this.#times = 0;
      this.#end({ focusing: true });
      await this.load();
    } catch (error) {
      this.#form.refuse(refusalOf(error));
    } finally {
      this.#isBusy = false;
    }
  }

  /** @param {Listed} report */
  async #show(report) {
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.#say(t("Opening {title}…", { title: report.title }));
    try {
      const sheets = await this.#shelf.retrieve(report.id);
      this.#say("");
      if (this.isOpen && !this.find(".reports-list").hidden) this.#open(report, sheets);
    } catch (error) {
      this.#say(t("{title} cannot be opened: {reason}", { title: report.title, reason: refusalOf(error) }));
    } finally {
      this.#isBusy = false;
    }
  }

  /** @param {Listed} report @param {import("./figures.js").Sheet[]} sheets */
  #open(report, sheets) {
    this.#report = report;
    this.find(".reports-list").hidden = true;
    this.box.classList.add("wide");
    this.#view.open(report.title, aboutReport(report), sheets);
  }

  /** @param {string} format */
  async #download(format) {
    this.#view.say("");
    const report = /** @type {Listed} */ (this.#report);
    try {
      await this.#shelf.download(report.id, format);
    } catch (error) {
      if (report === this.#report) this.#view.say(t("The file cannot be had: {reason}", { reason: refusalOf(error) }));
    }
  }

  async #remove() {
    const report = /** @type {Listed} */ (this.#report);
    try {
      await this.#shelf.remove(report.id);
      if (report === this.#report) this.#end({ focusing: true });
    } catch (error) {
      return this.#view.say(refusalOf(error));
    }
    await this.load();
  }

  /** @param {number} reportId */
  async #stop(reportId) {
    await this.#try(() => this.#shelf.remove(reportId));
    this.find("h2").focus();
    await this.load();
  }

  /** @param {number} scheduleId */
  async #stopSchedule(scheduleId) {
    await this.#try(() => this.#shelf.removeSchedule(scheduleId));
    this.find("h2").focus();
    await this.load();
  }

  /**
   * @param {() => Promise<void>} ask @param {{isQuiet?: boolean}} [options]
   * @returns {Promise<boolean>} whether it went well, and the same login is there still
   */
  async #try(ask, { isQuiet = false } = {}) {
    const { hash } = this.#session;
    try {
      await ask();
    } catch (error) {
      const refusal = refusalOf(error);
      this.#say("");
      if (!isQuiet) this.dispatchEvent(new CustomEvent("problem", { detail: t("Reports: {reason}", { reason: refusal }) }));
      return false;
    }
    if (hash !== this.#session.hash) this.#shelf.clear();
    return hash === this.#session.hash;
  }

  /** @param {string} text */
  #say(text) {
    this.find(".reports-list .more").textContent = text;
  }

  /** The button of a report that was made. @param {number|string} [id] @returns {?HTMLElement} */
  #made(id) {
    return this.box.querySelector(`[data-report="${id}"]`);
  }

}
