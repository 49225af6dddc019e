/** The form of a zone that is drawn or changed: its name, colour and size, and what is still to be done. */

import { find } from "../dom.js";
import { t } from "../words/words.js";

/** @typedef {import("./draft.js").Draft} Draft */

const MAX_RADIUS_M = 300_000;

/** Events: `change`, `save`, `cancel`, `remove`, `point`, `back`. */
export class ZoneForm extends EventTarget {
  #form;
  #title;
  #hint;
  #failure;
  #question;
  /** @type {?import("./draft.js").Draft} */
  #draft = null;

  /** @param {HTMLFormElement} form */
  constructor(form) {
    super();
    this.#form = form;
    this.#title = find(form, "h3");
    this.#hint = find(form, ".hint");
    this.#failure = find(form, ".failure");
    this.#question = find(form, ".question");
    this.#listen();
  }

  /** @param {?import("./draft.js").Draft} draft null: closes the form */
  open(draft) {
    this.#draft = draft;
    this.#form.hidden = draft === null;
    if (draft === null) return;
    this.#question.hidden = this.#failure.hidden = true;
    this.#title.textContent = draft.isNew ? draft.kind.begun : draft.kind.changed;
    this.#field("label").value = draft.label;
    this.#field("color").value = `#${draft.color.toLowerCase()}`;
    find(this.#form, "label:has([name=radius])").hidden = !draft.kind.hasRadius;
    this.#field("radius").disabled = !draft.kind.hasRadius;
    this.#button("remove").hidden = draft.isNew;
    this.#button("point").hidden = this.#button("back").hidden = !draft.isNew;
    this.refresh();
  }

  /** Shows what was changed on the map. */
  refresh() {
    const [draft, radius] = [this.#draft, this.#field("radius")];
    if (draft === null) return;
    if (document.activeElement !== radius) radius.value = String(draft.radius ?? "");
    this.#button("back").disabled = draft.count === 0;
    this.#button("point").disabled = draft.isFull;
    const text = hintFor(draft);
    if (this.#hint.textContent !== text) this.#hint.textContent = text;
  }

  /** @param {string} text why it could not be done; empty: it could */
  refuse(text) {
    this.#failure.textContent = text;
    this.#failure.hidden = text === "";
    this.#question.hidden = true;
  }

  focus() {
    this.#title.focus();
  }

  /** @param {string} name */
  #field(name) {
    return find(this.#form, `[name=${name}]`, HTMLInputElement);
  }

  /** @param {string} name */
  #button(name) {
    return find(this.#form, `[data-does="${name}"]`, HTMLButtonElement);
  }

  #listen() {
    for (const name of ["label", "color", "radius"]) this.#field(name).addEventListener("input", () => this.#read());
    for (const name of ["cancel", "point", "back"]) {
      this.#button(name).addEventListener("click", () => this.dispatchEvent(new Event(name)));
    }
    this.#button("remove").addEventListener("click", () => this.#ask());
    this.#button("really").addEventListener("click", () => this.dispatchEvent(new Event("remove")));
    this.#button("keep").addEventListener("click", () => {
      this.#question.hidden = true;
      this.#button("remove").focus();
    });
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#draft?.lack) this.refuse(this.#draft.lack);
      else this.dispatchEvent(new Event("save"));
    });
  }

  #read() {
    const draft = this.#draft;
    if (draft === null) return;
    draft.label = this.#field("label").value.trim();
    draft.color = this.#field("color").value.slice(1).toUpperCase();
    const radius = Math.round(Number(this.#field("radius").value));
    if (radius >= 1 && radius <= MAX_RADIUS_M) draft.radius = radius;
    this.dispatchEvent(new Event("change"));
  }

  #ask() {
    find(this.#question, "p").textContent = t("Delete “{name}”? This cannot be undone.", { name: this.#draft?.label ?? "" });
    this.#question.hidden = false;
    this.#button("keep").focus();
  }
}

/** @param {Draft} draft */
function hintFor(draft) {
  if (!draft.isNew) return t("Drag the grips on the map, or choose one with Tab and move it with the arrow keys.");
  const how = t("Click the map; or go to it with Tab, move it with the arrow keys and press Enter.");
  if (draft.lack) return `${draft.lack} ${how}`;
  return draft.type === "circle" ? t("The edge can be dragged. Save, or set the middle anew.") : t("{n, plural, one {# point} other {# points}}. Set more, or save.", { n: draft.count });
}
