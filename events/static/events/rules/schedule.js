/** The hours of a rule: how they are kept, and how people say them. Pure. */

import { WEEKDAYS, formatMoment, readDate } from "../time.js";
import { t } from "../words/words.js";

/**
 * @typedef {{weekday: number, time: string}} Moment of each week
 * @typedef {{type: "weekly", from: Moment, to: Moment}} Weekly
 * @typedef {Weekly|{type: "fixed", from: string, to: string}} Interval as the server lists it
 */

const DAY = 24 * 60;
const WEEK = 7 * DAY;
const MOST_SAID = 3;

/**
 * The same hours on some days of the week; `to` at or before `from` is of the next day, and the same is all day long.
 * @typedef {{days: number[], from: string, to: string}} Hours times as `HH:mm`
 */

/** @param {Interval[]} schedule @returns {?Hours} null: these are no such hours */
export function hoursOf(schedule) {
  const spans = schedule.map(spanOf).filter((span) => span !== null);
  if (spans.length === 0 || spans.length < schedule.length) return null;
  const [{ from, to }] = spans;
  const days = [...new Set(spans.map(({ day }) => day))].sort();
  const isSame = days.length === spans.length && spans.every((span) => span.from === from && span.to === to);
  return isSame ? { days, from, to } : null;
}

/** An interval a day; both ends belong to it. @param {Hours} hours @returns {Weekly[]} */
export function intervalsOf({ days, from, to }) {
  const begin = minuteOf(from);
  const length = (minuteOf(to) - begin + DAY) % DAY || DAY;
  const end = begin + length;
  const isToTheEnd = length === DAY || end % DAY === 0;
  return days.map((day) => ({
    type: "weekly",
    from: { weekday: day, time: `${from}:00` },
    to: isToTheEnd ? { weekday: weekdayOf(day, end - 1), time: `${clockOf(end - 1)}:59` } : { weekday: weekdayOf(day, end), time: `${clockOf(end)}:00` },
  }));
}

/** @param {Interval[]} schedule @returns {string} "on weekdays between 20:00 and 06:00"; empty: always */
export function scheduleWords(schedule) {
  if (schedule.length === 0) return "";
  const hours = hoursOf(schedule);
  if (hours !== null) return hoursWords(hours);
  if (schedule.length > MOST_SAID) return t("at {n} times", { n: schedule.length }, "rule");
  return schedule.map(intervalWords).reduce((head, last) => t("{head} or {last}", { head, last }));
}

/** @param {Hours} hours */
function hoursWords({ days, from, to }) {
  const clock = from === to ? t("from {from} for 24 hours", { from }) : t("between {from} and {to}", { from, to });
  const said = daysWords(days);
  if (from === to && from === "00:00") return said || t("on every day");
  return said ? t("{days} {hours}", { days: said, hours: clock }, "rule") : clock;
}

/** @param {number[]} days */
function daysWords(days) {
  const key = days.join("");
  if (key === "1234567") return "";
  if (key === "12345") return t("on weekdays");
  if (key === "67") return t("at weekends");
  return t("on {days}", { days: days.map((day) => WEEKDAYS[day - 1]).join(", ") });
}

/** @param {Interval} interval */
function intervalWords(interval) {
  if (interval.type === "fixed") return t("from {from} to {to}", { from: formatMoment(readDate(interval.from)), to: formatMoment(readDate(interval.to)) });
  const [begin, end] = [interval.from, interval.to].map(({ weekday, time }) => `${WEEKDAYS[weekday - 1]} ${time.slice(0, 5)}`);
  return t("from {from} to {to}", { from: begin, to: end });
}

/** An interval of a day at most. @param {Interval} interval @returns {?{day: number, from: string, to: string}} */
function spanOf(interval) {
  if (interval.type !== "weekly" || !interval.from.time.endsWith(":00")) return null;
  const { from, to } = interval;
  const begin = minuteOf(from.time);
  // What ends with the last second of a minute ends as the next one begins.
  const end = (to.weekday - from.weekday) * DAY + minuteOf(to.time) + (to.time.endsWith(":59") ? 1 : 0);
  const length = (end - begin + WEEK) % WEEK;
  const isWhole = to.time.endsWith(":00") || to.time.endsWith(":59");
  return isWhole && length > 0 && length <= DAY ? { day: from.weekday, from: clockOf(begin), to: clockOf(begin + length) } : null;
}

/** @param {string} time @returns {number} */
function minuteOf(time) {
  const [hour, minute] = time.split(":").map(Number);
  return hour * 60 + minute;
}

/** @param {number} minute */
function clockOf(minute) {
  const [hour, rest] = [Math.floor(minute / 60) % 24, minute % 60];
  return [hour, rest].map((number) => String(number).padStart(2, "0")).join(":");
}

/** @param {number} day @param {number} minute */
function weekdayOf(day, minute) {
  return ((day - 1 + Math.floor(minute / DAY)) % 7) + 1;
}
