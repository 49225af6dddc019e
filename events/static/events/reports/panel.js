/** The panel of reports: those that were made and come by mail, the form of a new one, and the one that is open. */

import { choicesOf } from "./choices.js";
import { ReportForm } from "./form.js";
import { aboutReport, reportItem, scheduleItem } from "./lists.js";
import { Shelf, refusalOf } from "./shelf.js";
import { ReportView } from "./view.js";

const RIGHT = "reports";
/** So often it is asked how far reports are: the first times, and later. */
const FOLLOW_MS = 1_500;
const SLOW_FOLLOW_MS = 6_000;
const QUICK_TIMES = 20;

/** Events (CustomEvent): `problem` with a text. */
export class ReportPanel extends EventTarget {
  #panel;
  #opener;
  #session;
  #clock;
  #shelf;
  #form;
  #view;
  #notebook;
  /** @type {?number} whose card is open */
  #selected = null;
  /** @type {?import("./shelf.js").Listed} that is open */
  #report = null;
  #timer = null;
  #times = 0;
  #isBusy = false;

  constructor(panel, opener, { session, clock, fleet, filter, notebook, settings }) {
    super();
    [this.#panel, this.#opener, this.#session, this.#clock, this.#notebook] = [panel, opener, session, clock, notebook];
    this.#shelf = new Shelf({ session });
    const choices = () => choicesOf({ fleet, filter, groups: notebook.groups, selected: this.#selected });
    this.#form = new ReportForm(this.#find("form"), { clock, settings, choices });
    this.#view = new ReportView(this.#find(".report"), settings.report_formats);
    this.#listen();
  }

  /** The button that opens and closes it. */
  get opener() {
    return this.#opener;
  }

  get isOpen() {
    return !this.#panel.hidden;
  }

  /** @param {?number} trackerId whose card is open */
  select(trackerId) {
    this.#selected = trackerId;
  }

  /** Reads what the server has. */
  async load() {
    this.#say("Reading the reports…");
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
    this.#panel.hidden = false;
    this.#opener.setAttribute("aria-expanded", "true");
    this.#find("h2").focus();
    return this.load();
  }

  close() {
    clearTimeout(this.#timer);
    this.#end();
    this.#panel.hidden = true;
    this.#opener.setAttribute("aria-expanded", "false");
  }

  /** What Escape leaves: the form or the report, then the panel. */
  leave() {
    if (this.#find(".reports-list").hidden) return this.#end({ focusing: true });
    this.close();
    this.#opener.focus();
  }

  #listen() {
    this.#opener.addEventListener("click", () => (this.isOpen ? this.close() : this.open()));
    this.#find(".close").addEventListener("click", () => this.leave());
    this.#find("[data-does=new]").addEventListener("click", () => this.#begin("now"));
    this.#find("[data-does=new-schedule]").addEventListener("click", () => this.#begin("weekly"));
    this.#form.addEventListener("cancel", () => this.#end({ focusing: true }));
    this.#form.addEventListener("make", ({ detail }) => this.#make(detail));
    this.#view.addEventListener("back", () => this.#end({ focusing: true }));
    this.#view.addEventListener("remove", () => this.#remove());
    this.#view.addEventListener("download", ({ detail: format }) => this.#download(format));
    this.#notebook.addEventListener("change", () => {
      this.#opener.hidden = !this.#notebook.isRead || !this.#notebook.may(RIGHT);
    });
  }

  #begin(often) {
    this.#find(".reports-list").hidden = true;
    this.#form.open({ often, me: this.#session.login.includes("@") ? this.#session.login : "" });
  }

  /** Back to the lists. */
  #end({ focusing = false } = {}) {
    const { id } = this.#report ?? {};
    this.#report = null;
    this.#form.close();
    this.#view.close();
    this.#panel.classList.remove("wide");
    this.#find(".reports-list").hidden = false;
    if (focusing) (this.#find(`[data-report="${id}"]`) ?? this.#find("h2")).focus();
  }

  #list() {
    const now = this.#clock.now();
    const { reports, schedules } = this.#shelf;
    const focused = document.activeElement.dataset.report;
    this.#find("[data-part=made]").replaceChildren(
      ...reports.map((report) => reportItem(report, now, { open: () => this.#show(report), stop: () => this.#stop(report.id) })),
    );
    this.#find("[data-part=mailed]").replaceChildren(
      ...schedules.map((schedule) => scheduleItem(schedule, { remove: () => this.#stopSchedule(schedule.id) })),
    );
    if (focused) this.#find(`[data-report="${focused}"]`)?.focus();
    this.#say(reports.length === 0 ? "No reports yet." : "");
    this.#find("[data-part=no-mail]").hidden = schedules.length > 0;
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
      if (made.length > 0) this.#say(`Made: ${made.map(({ title }) => title).join(", ")}.`);
    }
    this.#follow();
  }

  async #make({ order, schedule }) {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      await (order ? this.#shelf.generate(order) : this.#shelf.addSchedule(schedule));
      this.#times = 0;
      this.#end({ focusing: true });
      await this.load();
    } catch (error) {
      this.#form.refuse(refusalOf(error));
    } finally {
      this.#isBusy = false;
    }
  }

  async #show(report) {
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.#say(`Opening ${report.title}…`);
    try {
      const sheets = await this.#shelf.retrieve(report.id);
      this.#say("");
      if (this.isOpen && !this.#find(".reports-list").hidden) this.#open(report, sheets);
    } catch (error) {
      this.#say(`${report.title} cannot be opened: ${refusalOf(error)}`);
    } finally {
      this.#isBusy = false;
    }
  }

  #open(report, sheets) {
    this.#report = report;
    this.#find(".reports-list").hidden = true;
    this.#panel.classList.add("wide");
    this.#view.open(report.title, aboutReport(report), sheets);
  }

  async #download(format) {
    this.#view.say("");
    const report = this.#report;
    try {
      await this.#shelf.download(report.id, format);
    } catch (error) {
      if (report === this.#report) this.#view.say(`The file cannot be had: ${refusalOf(error)}`);
    }
  }

  async #remove() {
    const report = this.#report;
    try {
      await this.#shelf.remove(report.id);
      if (report === this.#report) this.#end({ focusing: true });
    } catch (error) {
      return this.#view.say(refusalOf(error));
    }
    await this.load();
  }

  async #stop(reportId) {
    await this.#try(() => this.#shelf.remove(reportId));
    this.#find("h2").focus();
    await this.load();
  }

  async #stopSchedule(scheduleId) {
    await this.#try(() => this.#shelf.removeSchedule(scheduleId));
    this.#find("h2").focus();
    await this.load();
  }

  /** @returns {Promise<boolean>} whether it went well, and the same login is there still */
  async #try(ask, { isQuiet = false } = {}) {
    const { hash } = this.#session;
    try {
      await ask();
    } catch (error) {
      const refusal = refusalOf(error);
      this.#say("");
      if (!isQuiet) this.dispatchEvent(new CustomEvent("problem", { detail: `Reports: ${refusal}` }));
      return false;
    }
    if (hash !== this.#session.hash) this.#shelf.clear();
    return hash === this.#session.hash;
  }

  #say(text) {
    this.#find(".reports-list .more").textContent = text;
  }

  #find(selector) {
    return this.#panel.querySelector(selector);
  }
}
