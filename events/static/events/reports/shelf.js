/** The reports and schedules that the server has, and the calls about them. */

import { ApiFailure, call } from "../api.js";
import { download } from "../files.js";
import { readDate } from "../time.js";
import { t } from "../words/words.js";

/** A report of many vehicles is long. */
const RETRIEVE_TIMEOUT_MS = 120_000;

/** @type {Record<number, string>} */
const SENTENCES = {
  13: t("You may not see reports. Ask the owner of the account."),
  15: t("Ten reports are being made already. Wait for one of them, or stop it."),
  201: t("It is gone: somebody else has deleted it."),
  204: t("It is gone: somebody else has deleted it, or it was too old."),
  211: t("The time is too long for one report. Choose fewer days."),
  217: t("A vehicle is gone or blocked. Choose the vehicles anew."),
  222: t("The server cannot make this kind of report."),
  229: t("It is still being made."),
  268: t("The account has as many of these as it may. Delete one first."),
};

/** Why the server refused; what is no refusal is raised again. @param {unknown} error */
export function refusalOf(error) {
  if (!(error instanceof ApiFailure)) throw error;
  return error.wrongParameters || (SENTENCES[error.code ?? 0] ?? error.message);
}

/** @typedef {{id: number, title: string, made: number, from: number, to: number, percent: number, count: number}} Listed */
/** @typedef {import("./kinds.js").Schedule & {id: number}} Scheduled */

export class Shelf {
  /** @type {Listed[]} the newest first */
  reports = [];
  /** @type {Scheduled[]} as the server lists them */
  schedules = [];
  #session;

  /** @param {{session: import("../session.js").Session}} parts */
  constructor({ session }) {
    this.#session = session;
  }

  /** Reads all anew. Raises ApiFailure. */
  async load() {
    const [reports, schedules] = await Promise.all([this.#list(), this.#call("report/schedule/list")]);
    [this.reports, this.schedules] = [reports, schedules.list];
  }

  /** Reads how far the reports are. Raises ApiFailure. */
  async follow() {
    this.reports = await this.#list();
  }

  clear() {
    [this.reports, this.schedules] = [[], []];
  }

  get isMaking() {
    return this.reports.some(({ percent }) => percent < 100);
  }

  /** @param {import("./kinds.js").Order} order @returns {Promise<number>} the id */
  async generate(order) {
    return (await this.#call("report/tracker/generate", order)).id;
  }

  /** @param {number} reportId @returns {Promise<import("./figures.js").Sheet[]>} its sheets */
  async retrieve(reportId) {
    const { report } = await this.#call("report/tracker/retrieve", { report_id: reportId }, { timeoutMs: RETRIEVE_TIMEOUT_MS });
    return report.sheets;
  }

  /** @param {number} reportId @param {string} format */
  async download(reportId, format) {
    await download("report/tracker/download", { hash: this.#session.hash, report_id: reportId, format });
  }

  /** @param {number} reportId */
  async remove(reportId) {
    await this.#call("report/tracker/delete", { report_id: reportId });
  }

  /** @param {import("./kinds.js").Schedule} schedule */
  async addSchedule(schedule) {
    await this.#call("report/schedule/create", { schedule });
  }

  /** @param {number} scheduleId */
  async removeSchedule(scheduleId) {
    await this.#call("report/schedule/delete", { schedule_id: scheduleId });
  }

  async #list() {
    return (await this.#call("report/tracker/list", { iso_datetime: true })).list.map(readListed);
  }

  /** @param {string} path @param {object} [parameters] @param {{timeoutMs?: number}} [options] */
  #call(path, parameters = {}, options = {}) {
    return call(path, { hash: this.#session.hash, ...parameters }, options);
  }
}

/**
 * @param {{id: number, title: string, created: string, from: string, to: string, percent: number, parameters: {trackers: number[]}}} item
 * @returns {Listed}
 */
function readListed({ id, title, created, from, to, percent, parameters }) {
  const [made, begin, end] = /** @type {number[]} */ ([created, from, to].map((text) => readDate(text)));
  return { id, title, made, from: begin, to: end, percent, count: parameters.trackers.length };
}
