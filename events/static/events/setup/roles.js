/** What people of an account may do: its security groups, and those that are offered before there is one. Pure. */

import { t } from "../words/words.js";

/** @typedef {{id: number, label: string, privileges: {rights: string[]}}} SecurityGroup */
/** @typedef {{value: string, label: string, rights: string[]}} Role `value`: an id, a name of a preset, or nothing */

const DAILY = ["tracker_rule_update", "zone_update", "tag_update", "place_update", "task_update", "employee_update", "vehicle_update"];
const SHARING = ["weblocator_session_create", "reports"];
const DEVICES = ["tracker_register", "tracker_update", "tracker_configure", "tracker_set_output"];
const PRESETS = {
  dispatcher: { label: () => t("Dispatcher"), rights: [...DAILY, ...SHARING] },
  manager: { label: () => t("Fleet manager"), rights: [...DAILY, ...SHARING, ...DEVICES] },
};
const ADMIN = "admin";

/** What each right is about; those that are told. @returns {Record<string, string>} */
const tellings = () => ({
  tracker_register: t("add and remove vehicles"),
  tracker_update: t("rename vehicles"),
  tracker_set_output: t("send commands"),
  zone_update: t("zones"),
  tracker_rule_update: t("alert rules"),
  employee_update: t("drivers"),
  task_update: t("tasks"),
  weblocator_session_create: t("share links"),
  reports: t("reports"),
});

/** @param {SecurityGroup[]} groups of the account @returns {Role[]} the first is none */
export function rolesOf(groups) {
  const there = groups.map(({ id, label, privileges }) => ({ value: String(id), label, rights: privileges.rights }));
  const labels = new Set(there.map(({ label }) => label));
  const offered = Object.entries(PRESETS)
    .map(([value, { label, rights }]) => ({ value, label: label(), rights }))
    .filter(({ label }) => !labels.has(label));
  return [{ value: "", label: t("Only look"), rights: [] }, ...there, ...offered];
}

/** @param {Role} role @returns {?{label: string, privileges: {rights: string[]}}} the group to be made first; null: there is one, or none */
export function groupToMake({ value, label, rights }) {
  return value in PRESETS ? { label, privileges: { rights } } : null;
}

/** @param {Role} role @returns {string} what it may do, as a sentence */
export function tellRole({ rights }) {
  const told = Object.entries(tellings()).filter(([right]) => rights.includes(right)).map(([, words]) => words);
  if (told.length === 0) return t("Sees vehicles, history and alerts, and changes nothing.");
  return t("May also change or use: {things}.", { things: told.join(", ") });
}

/** @param {{privileges?: {rights: string[]}}} info of `user/get_info` @returns {(right: string) => boolean} */
export function rightsOf({ privileges }) {
  return (right) => privileges === undefined || (right !== ADMIN && privileges.rights.includes(right));
}
