/** The form of a zone that is drawn or changed: its name, colour and size, and what is still to be done. */

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
    [this.#title, this.#hint] = [form.querySelector("h3"), form.querySelector(".hint")];
    [this.#failure, this.#question] = [form.querySelector(".failure"), form.querySelector(".question")];
    this.#listen();
  }

  /** @param {?import("./draft.js").Draft} draft null: closes the form */
  open(draft) {
    this.#draft = draft;
    this.#form.hidden = draft === null;
    if (draft === null) return;
    this.#question.hidden = this.#failure.hidden = true;
    this.#title.textContent = draft.isNew ? `New ${draft.kind.name}` : `Change ${draft.kind.name}`;
    this.#field("label").value = draft.label;
    this.#field("color").value = `#${draft.color.toLowerCase()}`;
    this.#field("radius").closest("label").hidden = !draft.kind.hasRadius;
    this.#field("radius").disabled = !draft.kind.hasRadius;
    this.#button("remove").hidden = draft.isNew;
    this.#button("point").hidden = this.#button("back").hidden = !draft.isNew;
    this.refresh();
  }

  /** Shows what was changed on the map. */
  refresh() {
    if (document.activeElement !== this.#field("radius")) this.#field("radius").value = this.#draft.radius ?? "";
    this.#button("back").disabled = this.#draft.count === 0;
    this.#button("point").disabled = this.#draft.isFull;
    const text = hintFor(this.#draft);
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

  #field(name) {
    return this.#form.elements[name];
  }

  #button(name) {
    return this.#form.querySelector(`[data-does="${name}"]`);
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
      if (this.#draft.lack) this.refuse(this.#draft.lack);
      else this.dispatchEvent(new Event("save"));
    });
  }

  #read() {
    this.#draft.label = this.#field("label").value.trim();
    this.#draft.color = this.#field("color").value.slice(1).toUpperCase();
    const radius = Math.round(Number(this.#field("radius").value));
    if (radius >= 1 && radius <= MAX_RADIUS_M) this.#draft.radius = radius;
    this.dispatchEvent(new Event("change"));
  }

  #ask() {
    this.#question.querySelector("p").textContent = `Delete “${this.#draft.label}”? This cannot be undone.`;
    this.#question.hidden = false;
    this.#button("keep").focus();
  }
}

function hintFor(draft) {
  if (!draft.isNew) return "Drag the grips on the map, or choose one with Tab and move it with the arrow keys.";
  const how = "Click the map; or go to it with Tab, move it with the arrow keys and press Enter.";
  if (draft.lack) return `${draft.lack} ${how}`;
  return draft.type === "circle" ? "The edge can be dragged. Save, or set the middle anew." : `${draft.count} points. Set more, or save.`;
}
