/** Periods by name, in days as `2024-05-17`. Pure. */

const DAY_MS = 86_400_000;

/** @type {Record<string, {label: string, of: (today: Date) => [Date, Date]}>} */
const PERIODS = {
  today: { label: "Today", of: (today) => [today, today] },
  yesterday: { label: "Yesterday", of: (today) => [before(today, 1), before(today, 1)] },
  week: { label: "Last 7 days", of: (today) => [before(today, 7), before(today, 1)] },
  month: { label: "This month", of: (today) => [monthOf(today, 0), today] },
  lastMonth: { label: "Last month", of: (today) => [monthOf(today, -1), before(monthOf(today, 0), 1)] },
};

/** [name, what it is called] of each. */
export const NAMED_PERIODS = Object.entries(PERIODS).map(([name, { label }]) => [name, label]);

/** @param {string} name @param {string} today @returns {{from: string, to: string}} the first and the last day */
export function periodOf(name, today) {
  const [from, to] = PERIODS[name].of(new Date(`${today}T00:00:00Z`));
  return { from: written(from), to: written(to) };
}

/** The day of a moment by the browser's clock. @param {number} moment */
export function dayOf(moment) {
  const at = new Date(moment);
  return written(new Date(Date.UTC(at.getFullYear(), at.getMonth(), at.getDate())));
}

/** The first day of a month that is so many months after that of a day. @param {Date} day @param {number} months */
function monthOf(day, months) {
  return new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + months, 1));
}

/** @param {Date} day @param {number} days */
function before(day, days) {
  return new Date(day.getTime() - days * DAY_MS);
}

/** @param {Date} day */
function written(day) {
  return day.toISOString().slice(0, 10);
}
