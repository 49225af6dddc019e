/** Why a vehicle is silent, or has no position: what is known of it in sentences, and what to do next. Pure. */

import { isolate } from "../texts.js";
import { formatAge, formatDuration, formatMoment } from "../time.js";
import { formatNumber } from "../units.js";
import { t } from "../words/words.js";
import { usualPause } from "./gaps.js";
import { numberIn } from "./queue.js";
import { tellRefusal } from "./silencefacts.js";

/** Percent; a device with less is about to fall silent. */
const LOW = 20;
const LATE_MS = 5 * 60_000;
/** Clocks that are behind are so by the same each time; what was kept was kept for longer and shorter. */
const STEADY_MS = 60_000;
/** What the generic protocol calls a position that does not count (docs/ingestion.md). */
const NO_FIX = "NO_FIX";
const SILENT = new Set(["offline", "signal_lost", "idle", "new", "blocked", "unavailable"]);

/**
 * @typedef {{text: string, advice?: string}} Finding
 *
 * A refusal as `tracker/refusals/list` tells it, `at` in milliseconds.
 *
 * @typedef {{at: number, way: string, reason: string, count: number}} Refusal
 *
 * @typedef {object} Known
 * @property {import("../fleet.js").Vehicle} vehicle
 * @property {number} now by the server's clock, in milliseconds
 * @property {boolean} isLive whether the page hears the server
 * @property {import("./queue.js").Report[]} reports the last ones, newest first
 * @property {?Refusal[]} refusals the last ones, newest first; null: they could not be read
 * @property {string[]} leftOut names of what was left out of the last reports
 * @property {import("./silencefacts.js").Hearing} hearing how the page hears of it
 */

/** Why devices are refused by themselves (trackers/reports/outcome.py), in words, and what helps. @type {Record<string, Finding>} */
const REASONS = {
  blocked: { text: t("the device is blocked") },
  "ingest key missing": { text: t("its ingest key is missing"), advice: t("Make a new key on its pairing sheet, under Set up, and enter it in the device.") },
  "wrong ingest key": { text: t("its ingest key is wrong"), advice: t("Make a new key on its pairing sheet, under Set up, and enter it in the device.") },
  "unknown device": { text: t("the device was not registered yet") },
};

/** Whether a vehicle in this state owes somebody an explanation. @param {import("../fleet.js").Vehicle} vehicle */
export function isSilent({ status }) {
  return SILENT.has(status);
}

/** @param {Known} known @returns {Finding[]} what explains most first; empty for a vehicle that reports where it is */
export function explain(known) {
  const { status } = known.vehicle;
  if (!isSilent(known.vehicle)) return [];
  if (status === "unavailable") return [...ofThePage(known), { text: tellRefusal(known.hearing) || t("This login may not see it, or it was removed."), advice: t("Ask the owner of the account.") }];
  const causes = CAUSES.flatMap((find) => find(known));
  const isMystery = status !== "idle" && causes.length === 0;
  return [...ofThePage(known), ...ofTheSubscription(known), ...causes, ...ofTheLastReport(known, isMystery), ...ofTheFix(known)];
}

const CAUSES = [ofTheBlock, ofTheRefusals, ofTheClock, ofTheBattery, ofTheNetwork, ofTheIgnition];

/** @param {Known} known @returns {Finding[]} */
function ofThePage({ isLive, refusals }) {
  return [
    ...(isLive ? [] : [{ text: t("The page does not hear the server: what it shows may be old."), advice: t("Wait until it is live again.") }]),
    ...(refusals === null ? [{ text: t("Whether its reports are refused cannot be read now.") }] : []),
  ];
}

/** @param {Known} known @returns {Finding[]} */
function ofTheSubscription({ hearing, isLive }) {
  const text = isLive ? tellRefusal(hearing) : "";
  return text === "" ? [] : [{ text, advice: t("Load the page anew; if it says the same then, ask the owner of the account.") }];
}

/** @param {Known} known @returns {Finding[]} */
function ofTheBlock({ vehicle }) {
  if (vehicle.status !== "blocked") return [];
  return [{ text: t("It is blocked: what it sends is refused."), advice: t("Its owner unblocks it under Set up; what the staff of the server has blocked, only they unblock.") }];
}

/** A refusal that a stored report came after is no reason; whoever sends by this id may be another device. @param {Known} known @returns {Finding[]} */
function ofTheRefusals({ vehicle, refusals, now }) {
  const last = refusals?.[0];
  if (!last || last.at < (vehicle.state?.updatedAt ?? -Infinity)) return [];
  const { text: reason, advice } = REASONS[last.reason] ?? { text: isolate(last.reason), advice: t("That is what the device was answered. Compare its settings with its pairing sheet, under Set up.") };
  const values = { reason, way: isolate(last.way), n: last.count, age: formatAge(last.at, now) };
  return [{ text: t("Reports come with its device id, but are refused: {reason}. {n, plural, one {Once} other {# times}} by {way}, the last time {age}.", values), advice }];
}

/** @param {Known} known @returns {Finding[]} */
function ofTheClock({ reports }) {
  const delays = reports.map(({ time, receivedAt }) => receivedAt - time);
  if (delays.length === 0 || delays[0] < LATE_MS) return [];
  const isSteady = delays.length > 2 && Math.max(...delays) - Math.min(...delays) < STEADY_MS;
  const duration = formatDuration(delays[0]);
  if (!isSteady) return [{ text: t("Its last report came {duration} after it was made: the device had kept it.", { duration }), advice: t("It had no connection before; what it still keeps may come later.") }];
  return [{ text: t("Its clock seems to be {duration} behind: all its reports say so.", { duration }), advice: t("Set the device's clock, or have the administrator date its reports by their arrival.") }];
}

/** @param {Known} known @returns {Finding[]} */
function ofTheBattery({ vehicle, reports }) {
  const levels = reports.map((report) => numberIn(report, "battery_level")).filter((level) => level !== null);
  const last = vehicle.state?.battery ?? levels[0] ?? null;
  if (vehicle.status === "idle" || last === null || last > LOW) return [];
  const values = { n: formatNumber(last, 0), before: formatNumber(levels[levels.length - 1] ?? last, 0) };
  const hasFallen = values.before !== values.n;
  const text = hasFallen ? t("Its battery went from {before} % to {n} % before it fell silent.", values) : t("Its battery was at {n} %.", values);
  return [{ text, advice: t("Charge it, or look at its power cable.") }];
}

/** @param {Known} known @returns {Finding[]} */
function ofTheNetwork({ vehicle }) {
  const level = vehicle.state?.gsm?.level ?? null;
  if (vehicle.status === "idle" || level === null || level > LOW) return [];
  return [{ text: t("Its mobile network was weak: {n} %.", { n: level }), advice: t("It may report again where there is coverage; look at its SIM card, too.") }];
}

/** @param {Known} known @returns {Finding[]} */
function ofTheIgnition({ vehicle }) {
  if (vehicle.status !== "offline" || vehicle.state?.ignition !== false) return [];
  return [{ text: t("Its ignition was off: many devices sleep then and report seldom.") }];
}

/** Of who is blocked nothing is told, nor of who has only just come. @param {Known} known @param {boolean} isMystery nothing else explains it @returns {Finding[]} */
function ofTheLastReport({ vehicle, reports, now }, isMystery) {
  const { state, deviceId, model } = vehicle;
  if (state === null) return [];
  if (state.updatedAt === null) {
    const advice = t("Compare the device id {id} and the server's address with what is entered in the device: its pairing sheet, under Set up, has both.", { id: isolate(deviceId) });
    return [{ text: t("No report of it was ever stored."), ...(isMystery && { advice }) }];
  }
  const pause = usualPause(reports.map(({ receivedAt }) => ({ time: receivedAt })).reverse());
  const values = { age: formatAge(state.updatedAt, now), moment: formatMoment(state.updatedAt), model: isolate(model), pause: formatDuration(pause) };
  const text = t("The last report came {age}, {moment}, from a device of the kind {model}.", values);
  const usual = pause > 0 ? t("Until then one came about every {pause}.", values) : "";
  const advice = t("It may be switched off, out of coverage, or send elsewhere: look at the device.");
  return [{ text: `${text} ${usual}`.trim(), ...(isMystery && { advice }) }];
}

/** @param {Known} known @returns {Finding[]} */
function ofTheFix({ vehicle, reports, leftOut, now }) {
  const fixedAt = vehicle.state?.fixedAt ?? null;
  const names = leftOut.length > 0 ? [{ text: t("Left out of its reports, as it cannot be right: {names}.", { names: leftOut.map(isolate).join(", ") }) }] : [];
  if (vehicle.status !== "idle") return names;
  const n = reports.filter(({ values }) => values.fix_type === NO_FIX).length;
  const text = fixedAt === null ? t("None of its reports had a position that counts.") : t("The last position is of {moment}, {age}: since then its reports have none that counts.", { moment: formatMoment(fixedAt), age: formatAge(fixedAt, now) });
  const said = n > 0 ? t("{n, plural, one {One} other {#}} of its last {of} reports said that there is no fix.", { n, of: reports.length }) : "";
  const advice = t("It needs a view of the sky: look whether it stands inside, or its aerial is covered. On a phone the app must be allowed the exact location at all times.");
  return [{ text: `${text} ${said}`.trim(), advice }, ...names];
}
