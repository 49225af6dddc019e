/** At which times a rule holds: always, on days of the week between two times, or at hours of its own, which are kept. */

import { WEEKDAYS, hoursOf, scheduleWords } from "./schedule.js";

/** What is offered to begin with. */
const NIGHTS = { days: [1, 2, 3, 4, 5, 6, 7], from: "20:00", to: "06:00" };

export class HourFields {
  #form;
  #days;

  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.#form = form;
    this.#days = WEEKDAYS.map(dayBox);
    form.querySelector("[data-part=days]").append(...this.#days.map((box) => box.parentElement));
  }

  /** @param {object[]} schedule as the server lists it */
  fill(schedule) {
    const hours = hoursOf(schedule);
    const isOwn = schedule.length > 0 && hours === null;
    const own = this.#form.querySelector("option[value=own]");
    [own.hidden, own.disabled, own.textContent] = [!isOwn, !isOwn, isOwn ? scheduleWords(schedule) : ""];
    this.#field("when").value = schedule.length === 0 ? "always" : isOwn ? "own" : "hours";
    const { days, from, to } = hours ?? NIGHTS;
    for (const box of this.#days) box.checked = days.includes(Number(box.value));
    [this.#field("from").value, this.#field("to").value] = [from, to];
  }

  /** Takes what was chosen. @param {import("./draft.js").Draft} draft */
  read(draft) {
    const [from, to] = [this.#field("from").value, this.#field("to").value];
    if (this.#field("when").value === "always") draft.hours = null;
    else if (this.#areChosen && from && to && this.#chosenDays.length > 0) draft.hours = { days: this.#chosenDays, from, to };
  }

  /** Shows the days and times only where they count. */
  refresh() {
    this.#form.querySelector("[data-part=hours]").hidden = !this.#areChosen;
    for (const name of ["from", "to"]) this.#field(name).disabled = !this.#areChosen;
  }

  /** What is still missing, in words. */
  get lack() {
    return this.#areChosen && this.#chosenDays.length === 0 ? "Choose a day of the week." : "";
  }

  get #areChosen() {
    return this.#field("when").value === "hours";
  }

  get #chosenDays() {
    return this.#days.filter((box) => box.checked).map((box) => Number(box.value));
  }

  #field(name) {
    return this.#form.elements[name];
  }
}

function dayBox(name, index) {
  const [line, box] = ["label", "input"].map((tag) => document.createElement(tag));
  box.type = "checkbox";
  box.value = String(index + 1);
  line.append(box, name);
  return box;
}
