/** What can be said of each kind of report beside vehicles and time, and how a report is asked for. Pure. */

import { WEEKDAYS } from "../time.js";
import { t } from "../words/words.js";

/** @typedef {{name: string, label: string, unit: string|null, value: number, least: number, most: number}} Figure `unit` null: a speed, stored in km/h */

/**
 * @typedef {{trackers: number[], title: string, plugin: object}} Report
 * @typedef {{type: "weekdays", weekdays: number[]}|{type: "month_days", month_days: number[]}} Days
 * @typedef {{schedule: Days, period: string, sending_time: string, emails: string[], email_format: string}} Rhythm
 * @typedef {{enabled: boolean, parameters: Rhythm & {report: Report}}} Schedule
 * @typedef {Report & {from: string, to: string}} Order
 *
 * What was entered: days, a time of day, and addresses as they were typed.
 * @typedef {{trackers: number[], title: string, figures: Record<string, number>, kind: string, from: string, to: string,
 *   often: string, at: string, emails: string, format: string}} Asked
 */

/** By the number of the server's plugin; others have nothing to say. @type {Record<string, Figure[]>} */
export const FIGURES = {
  8: [{ name: "min_minutes_in_zone", label: t("Visits of at least"), unit: t("minutes"), value: 0, least: 0, most: 1440 }],
  27: [
    { name: "max_speed", label: t("Faster than"), unit: null, value: 90, least: 1, most: 1000 },
    { name: "min_duration_minutes", label: t("For at least"), unit: t("minutes"), value: 0, least: 0, most: 1440 },
  ],
};
/** @type {Record<string, object>} */
const ALWAYS = { 8: { show_mileage: true } };

/** How often a letter comes, of what time, on which days. @type {Record<string, {period: string, schedule: Days}>} */
export const RHYTHMS = {
  daily: { period: "1d", schedule: { type: "weekdays", weekdays: [1, 2, 3, 4, 5, 6, 7] } },
  weekly: { period: "1w", schedule: { type: "weekdays", weekdays: [1] } },
  monthly: { period: "1m", schedule: { type: "month_days", month_days: [1] } },
};
const BETWEEN_ADDRESSES = /[\s,;]+/;
const PERIOD = /^(\d*)([dwmy])$/;
/** @type {Record<string, (n: number) => string>} */
const BEFORE = {
  d: (n) => t("{n, plural, =1 {the day} other {the # days}} before", { n }),
  w: (n) => t("{n, plural, =1 {the week} other {the # weeks}} before", { n }),
  m: (n) => t("{n, plural, =1 {the month} other {the # months}} before", { n }),
  y: (n) => t("{n, plural, =1 {the year} other {the # years}} before", { n }),
};

/** @param {string} kind @param {Record<string, number>} figures */
export function pluginOf(kind, figures) {
  return { plugin_id: Number(kind), hide_empty_tabs: true, ...ALWAYS[kind], ...figures };
}

/**
 * The parameters of `report/tracker/generate`; days are whole, by the clock of the user.
 * @param {Omit<Asked, "often"|"at"|"emails"|"format">} asked @returns {Order}
 */
export function orderOf({ kind, figures, title, trackers, from, to }) {
  return { trackers, title, plugin: pluginOf(kind, figures), from: `${from} 00:00:00`, to: `${to} 23:59:59` };
}

/** The document of `report/schedule/create`. @param {Omit<Asked, "from"|"to">} asked @returns {Schedule} */
export function scheduleOf({ kind, figures, title, trackers, often, at, emails, format }) {
  const report = { trackers, title, plugin: pluginOf(kind, figures) };
  const addresses = [...new Set(emails.split(BETWEEN_ADDRESSES).filter(Boolean))];
  return { enabled: true, parameters: { ...RHYTHMS[often], report, emails: addresses, email_format: format, sending_time: at } };
}

/** When letters come and who gets them: "Each Mon at 06:00, of the week before, to a@b.example as XLSX". @param {Rhythm} rhythm */
export function rhythmWords({ schedule, period, sending_time: at, emails, email_format: format }) {
  const days = schedule.type === "weekdays" ? weekdayWords(schedule.weekdays) : t("On day {days} of the month", { days: schedule.month_days.join(", ") });
  return t("{days} at {time}, of {period}, to {addresses} as {format}", {
    days,
    time: at.slice(0, 5),
    period: periodWords(period),
    addresses: emails.join(", "),
    format: format.toUpperCase(),
  });
}

/** @param {number[]} weekdays */
function weekdayWords(weekdays) {
  if (weekdays.length === WEEKDAYS.length) return t("Each day");
  return t("Each {days}", { days: weekdays.map((day) => WEEKDAYS[day - 1]).join(", ") });
}

/** @param {string} period */
function periodWords(period) {
  const [, count, unit] = PERIOD.exec(period) ?? [];
  return unit ? BEFORE[unit](Number(count || 1)) : period;
}
