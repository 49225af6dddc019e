/** At which times a rule holds: always, on days of the week between two times, or at hours of its own, which are kept. */

import { find } from "../dom.js";
import { WEEKDAYS } from "../time.js";
import { hoursOf, scheduleWords } from "./schedule.js";
import { t } from "../words/words.js";

/** What is offered to begin with. */
const NIGHTS = { days: [1, 2, 3, 4, 5, 6, 7], from: "20:00", to: "06:00" };

export class HourFields {
  #form;
  #days;

  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.#form = form;
    this.#days = WEEKDAYS.map(dayBox);
    for (const [index, box] of this.#days.entries()) {
      const line = document.createElement("label");
      line.append(box, WEEKDAYS[index]);
      find(form, "[data-part=days]").append(line);
    }
  }

  /** @param {import("./schedule.js").Interval[]} schedule */
  fill(schedule) {
    const hours = hoursOf(schedule);
    const isOwn = schedule.length > 0 && hours === null;
    const own = find(this.#form, "option[value=own]", HTMLOptionElement);
    [own.hidden, own.disabled, own.textContent] = [!isOwn, !isOwn, isOwn ? scheduleWords(schedule) : ""];
    this.#when.value = schedule.length === 0 ? "always" : isOwn ? "own" : "hours";
    const { days, from, to } = hours ?? NIGHTS;
    for (const box of this.#days) box.checked = days.includes(Number(box.value));
    [this.#field("from").value, this.#field("to").value] = [from, to];
  }

  /** Takes what was chosen. @param {import("./draft.js").Draft} draft */
  read(draft) {
    const [from, to] = [this.#field("from").value, this.#field("to").value];
    if (this.#when.value === "always") draft.hours = null;
    else if (this.#areChosen && from && to && this.#chosenDays.length > 0) draft.hours = { days: this.#chosenDays, from, to };
  }

  /** Shows the days and times only where they count. */
  refresh() {
    find(this.#form, "[data-part=hours]").hidden = !this.#areChosen;
    for (const name of ["from", "to"]) this.#field(name).disabled = !this.#areChosen;
  }

  /** What is still missing, in words. */
  get lack() {
    return this.#areChosen && this.#chosenDays.length === 0 ? t("Choose a day of the week.") : "";
  }

  get #areChosen() {
    return this.#when.value === "hours";
  }

  get #chosenDays() {
    return this.#days.filter((box) => box.checked).map((box) => Number(box.value));
  }

  get #when() {
    return find(this.#form, "[name=when]", HTMLSelectElement);
  }

  /** @param {string} name */
  #field(name) {
    return find(this.#form, `[name=${name}]`, HTMLInputElement);
  }
}

/** @param {string} _ @param {number} index */
function dayBox(_, index) {
  const box = document.createElement("input");
  box.type = "checkbox";
  box.value = String(index + 1);
  return box;
}
