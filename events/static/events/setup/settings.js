/** The user's own settings: language, zone, units, clock, numbers, password. */

import { call } from "../api.js";
import { find } from "../dom.js";
import { CHOSEN_UTC, NUMBERS, UNCHOSEN_ZONE, WEEK_STARTS } from "../preferences.js";
import { chooseLanguage } from "../words/choice.js";
import { LOCALE, language, t } from "../words/words.js";
import { Form } from "./form.js";
import { follow, keep, kept, readAccount, storeAccount } from "./reading.js";
import { refusalOf } from "./refusals.js";

/** A day and a number that show how one writes them. */
const EXAMPLE = Date.UTC(2026, 11, 31);
const NUMBER = 1234.5;
/** A Monday. */
const MONDAY = Date.UTC(2024, 0, 1);
const DAY_MS = 86_400_000;
const FIELDS = /** @type {const} */ (["measurement_system", "hour_mode", "date_format"]);

/** @typedef {{zone_id: string, base_offset: number}} Zone */

export class SettingsForm {
  #box;
  #session;
  #form;
  #password;
  /** @type {?import("./reading.js").Account} */
  #account = null;
  /** They are the same for all. @type {Zone[]} */
  #zones = [];

  /** @param {HTMLElement} box @param {{session: import("../session.js").Session}} parts */
  constructor(box, { session }) {
    this.#box = box;
    this.#session = session;
    const [form, password] = box.querySelectorAll("form");
    this.#form = new Form(form);
    this.#password = new Form(password);
    this.#form.addEventListener("save", () => this.#save());
    this.#password.addEventListener("save", () => this.#changePassword());
    this.#offer();
  }

  /** @param {{staff?: boolean}} info of `user/get_info` */
  async load({ staff }) {
    find(this.#box, "[data-part=admin]").hidden = staff !== true;
    this.#password.input("username").value = this.#session.login;
    if (this.#zones.length === 0) this.#zones = (await call("timezone/list", {})).list;
    this.#account = await readAccount(this.#session.hash);
    this.#show(this.#account);
    follow(this.#account);
  }

  clear() {
    this.#account = null;
    this.#password.form.reset();
    for (const form of [this.#form, this.#password]) say(form, "");
  }

  #offer() {
    const numbers = NUMBERS.map((value) => ({ value, label: value ? written(value) : t("{example}, as the language", { example: written(LOCALE) }) }));
    const dayName = new Intl.DateTimeFormat(LOCALE, { weekday: "long", timeZone: "UTC" });
    this.#form.offer("numbers", numbers);
    this.#form.offer("week-start", WEEK_STARTS.map((day) => ({ value: String(day), label: dayName.format(MONDAY + (day - 1) * DAY_MS) })));
    this.#form.offer("date_format", dateFormats());
  }

  /** @param {import("./reading.js").Account} account */
  #show(account) {
    const form = this.#form;
    form.select("language").value = language();
    form.offer("time_zone", zoneOptions(this.#zones, account.time_zone));
    form.select("time_zone").value = account.time_zone;
    for (const name of FIELDS) form.select(name).value = account[name] ?? "";
    const { numbers, weekStart } = kept();
    form.select("numbers").value = numbers;
    form.select("week-start").value = String(weekStart);
    say(form, "");
    form.refuse("");
  }

  #save() {
    const [form, before] = [this.#form, this.#account];
    if (before === null) return;
    form.act(async () => {
      const chosen = form.select("language").value;
      const values = /** @type {Record<(typeof FIELDS)[number], string>} */ (Object.fromEntries(FIELDS.map((name) => [name, form.select(name).value])));
      // Another region of the same language stays.
      const locale = before.locale.split(/[_-]/)[0] === chosen ? before.locale : chosen;
      const account = { ...before, ...values, locale, time_zone: form.select("time_zone").value };
      await storeAccount(this.#session.hash, account);
      keep({ numbers: form.select("numbers").value, weekStart: Number(form.select("week-start").value) });
      this.#account = account;
      follow(account);
      say(form, t("Saved."));
      chooseLanguage(chosen);
    }, refusalOf);
  }

  #changePassword() {
    const form = this.#password;
    say(form, "");
    form.act(async () => {
      const asked = { old_password: form.input("old").value, new_password: form.input("new").value };
      await call("user/password/set", { hash: this.#session.hash, ...asked });
      form.form.reset();
      say(form, t("The password is another one now; your other logins have ended."));
    }, refusalOf);
  }
}

/** @param {Form} form @param {string} text */
function say(form, text) {
  form.find(".setup-told").textContent = text;
}

/** @param {Zone[]} zones @param {string} own the account's @returns {{value: string, label: string}[]} */
function zoneOptions(zones, own) {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const named = zones.map(({ zone_id: id, base_offset: offset }) => ({ value: id === UNCHOSEN_ZONE ? CHOSEN_UTC : id, label: `${id.replaceAll("_", " ")} (${offsetOf(offset)})` }));
  const unlisted = own !== UNCHOSEN_ZONE && !named.some(({ value }) => value === own) ? [{ value: own, label: own }] : [];
  const unchosen = { value: UNCHOSEN_ZONE, label: t("As this browser: {zone}", { zone: here }) };
  return [unchosen, ...unlisted, ...named];
}

/** @param {number} hours @returns {string} "UTC+5:30" */
function offsetOf(hours) {
  const minutes = Math.round(Math.abs(hours) * 60);
  const rest = minutes % 60 ? `:${String(minutes % 60).padStart(2, "0")}` : "";
  return minutes === 0 ? "UTC" : `UTC${hours < 0 ? "−" : "+"}${Math.floor(minutes / 60)}${rest}`;
}

/** The date formats of an account, by an example of each. */
function dateFormats() {
  const month = (/** @type {"short"|"long"} */ length) => new Intl.DateTimeFormat(LOCALE, { month: length, timeZone: "UTC" }).format(EXAMPLE);
  const own = new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", timeZone: "UTC" }).format(EXAMPLE);
  return [
    { value: "", label: t("{example}, as the language", { example: own }) },
    { value: "ddMMyyyy_dots", label: "31.12.2026" },
    { value: "ddMMyyyy_slashes", label: "31/12/2026" },
    { value: "MMddyyyy_hyphens", label: "12-31-2026" },
    { value: "yyyyMMdd_hyphens", label: "2026-12-31" },
    { value: "dMMMy", label: `31 ${month("short")} 2026` },
    { value: "dMMMMy", label: `31 ${month("long")} 2026` },
  ];
}

/** @param {string} locale */
function written(locale) {
  return new Intl.NumberFormat(locale).format(NUMBER);
}
