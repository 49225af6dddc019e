/** Periods by name, in days as `2024-05-17`. Pure. */

import { preferences } from "../preferences.js";
import { t } from "../words/words.js";

const DAY_MS = 86_400_000;

/** @type {Record<string, {label: string, of: (today: Date) => [Date, Date]}>} */
const PERIODS = {
  today: { label: t("Today"), of: (today) => [today, today] },
  yesterday: { label: t("Yesterday"), of: (today) => [before(today, 1), before(today, 1)] },
  week: { label: t("Last 7 days"), of: (today) => [before(today, 7), before(today, 1)] },
  thisWeek: { label: t("This week"), of: (today) => [weekOf(today), today] },
  lastWeek: { label: t("Last week"), of: (today) => [before(weekOf(today), 7), before(weekOf(today), 1)] },
  month: { label: t("This month"), of: (today) => [monthOf(today, 0), today] },
  lastMonth: { label: t("Last month"), of: (today) => [monthOf(today, -1), before(monthOf(today, 0), 1)] },
};

/** [name, what it is called] of each. */
export const NAMED_PERIODS = Object.entries(PERIODS).map(([name, { label }]) => [name, label]);

/** @param {string} name @param {string} today @returns {{from: string, to: string}} the first and the last day */
export function periodOf(name, today) {
  const [from, to] = PERIODS[name].of(new Date(`${today}T00:00:00Z`));
  return { from: written(from), to: written(to) };
}

/** The first day of a month that is so many months after that of a day. @param {Date} day @param {number} months */
function monthOf(day, months) {
  return new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + months, 1));
}

/** The first day of a week, which begins where the user has it begin. @param {Date} day */
function weekOf(day) {
  return before(day, (day.getUTCDay() + 7 - (preferences().weekStart % 7)) % 7);
}

/** @param {Date} day @param {number} days */
function before(day, days) {
  return new Date(day.getTime() - days * DAY_MS);
}

/** @param {Date} day */
function written(day) {
  return day.toISOString().slice(0, 10);
}
