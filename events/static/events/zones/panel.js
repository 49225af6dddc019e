/** The panel of zones: their list, and the form of the one that is drawn or changed. */

import { call } from "../api.js";
import { recall, remember } from "../memory.js";
import { isolate } from "../texts.js";
import { Draft } from "./draft.js";
import { ZoneForm } from "./form.js";
import { describe } from "./shapes.js";
import { refusalOf } from "./words.js";

const MOST_SHOWN = 200;
const HIDDEN_KEY = "fleetsphere.zones-hidden";

/** Events: `problem` with a text. */
export class ZonePanel extends EventTarget {
  #panel;
  #opener;
  #session;
  #form;
  /** @type {?import("./editor.js").ZoneEditor} null until there is a map */
  #editor = null;
  #zones = [];
  /** @type {?Draft} */
  #draft = null;
  #isBusy = false;

  /** @param {HTMLElement} panel @param {HTMLElement} opener @param {{session: object}} parts */
  constructor(panel, opener, { session }) {
    super();
    [this.#panel, this.#opener, this.#session] = [panel, opener, session];
    this.#form = new ZoneForm(panel.querySelector("form"));
    this.#find("#zones-shown").checked = recall(HIDDEN_KEY) === null;
    this.#listen();
  }

  /** The button that opens and closes it. */
  get opener() {
    return this.#opener;
  }

  get isOpen() {
    return !this.#panel.hidden;
  }

  /** @param {import("./editor.js").ZoneEditor} editor */
  drawOn(editor) {
    this.#editor = editor;
    editor.addEventListener("change", () => this.#form.refresh());
    editor.addEventListener("choose", ({ detail: id }) => this.isOpen && this.#change(id));
    this.#show();
  }

  /** Reads all zones of the login. */
  async load() {
    try {
      const { list } = await call("zone/list", { hash: this.#session.hash, with_points: true });
      this.#zones = list.sort((a, b) => a.label.localeCompare(b.label));
    } catch (error) {
      this.dispatchEvent(new CustomEvent("problem", { detail: `The zones cannot be shown: ${error.message}` }));
      return;
    }
    this.#show();
  }

  /** Nobody is logged in any more. */
  clear() {
    this.#zones = [];
    this.#end();
    this.close();
    this.#show();
  }

  open() {
    this.#panel.hidden = false;
    this.#opener.setAttribute("aria-expanded", "true");
    this.#find("h2").focus();
  }

  close() {
    this.#end();
    this.#panel.hidden = true;
    this.#opener.setAttribute("aria-expanded", "false");
  }

  /** What Escape leaves: the form, then the panel. */
  leave() {
    if (this.#draft !== null) this.#end({ focusing: true });
    else {
      this.close();
      this.#opener.focus();
    }
  }

  #find(selector) {
    return this.#panel.querySelector(selector);
  }

  #listen() {
    this.#opener.addEventListener("click", () => (this.isOpen ? this.close() : this.open()));
    this.#find("#zones-close").addEventListener("click", () => this.close());
    this.#find("#zones-search").addEventListener("input", () => this.#list());
    this.#find("#zones-shown").addEventListener("change", ({ target }) => {
      remember(HIDDEN_KEY, target.checked ? null : "1");
      this.#show();
    });
    for (const button of this.#panel.querySelectorAll("[data-draws]")) {
      button.addEventListener("click", () => this.#begin(new Draft({ type: button.dataset.draws })));
    }
    this.#listenToForm();
  }

  #listenToForm() {
    const form = this.#form;
    form.addEventListener("change", () => this.#editor?.refresh());
    form.addEventListener("cancel", () => this.#end({ focusing: true }));
    form.addEventListener("point", () => this.#editor?.addAtMiddle());
    form.addEventListener("back", () => {
      this.#draft.takeBack();
      this.#editor?.refresh();
      form.refresh();
    });
    form.addEventListener("save", () => this.#save());
    form.addEventListener("remove", () => this.#remove());
  }

  #show() {
    this.#editor?.show(this.#find("#zones-shown").checked ? this.#zones : []);
    this.#list();
  }

  #list() {
    const wanted = this.#find("#zones-search").value.trim().toLowerCase();
    const found = this.#zones.filter(({ label, address }) => `${label}\n${address}`.toLowerCase().includes(wanted));
    this.#find("ul").replaceChildren(...found.slice(0, MOST_SHOWN).map((zone) => this.#rowOf(zone)));
    const more = found.length - MOST_SHOWN;
    const text = this.#zones.length === 0 ? "No zones yet. Draw the first." : found.length === 0 ? "None is called so." : "";
    this.#find(".more").textContent = more > 0 ? `${more} more: search for them.` : text;
  }

  #rowOf(zone) {
    const [item, button, dot, name, kind] = ["li", "button", "i", "b", "span"].map((tag) => document.createElement(tag));
    button.type = "button";
    dot.style.setProperty("--color", `#${zone.color}`);
    name.textContent = isolate(zone.label);
    kind.textContent = describe(zone);
    button.append(dot, name, kind);
    button.dataset.zone = String(zone.id);
    button.addEventListener("click", () => this.#change(zone.id));
    item.append(button);
    return item;
  }

  #change(id) {
    const zone = this.#zones.find((one) => one.id === id);
    if (!zone || this.#draft !== null) return;
    this.#editor?.lookAt(zone);
    this.#begin(new Draft(zone));
  }

  #begin(draft) {
    this.#draft = draft;
    this.#find(".zones-list").hidden = true;
    this.#form.open(draft);
    this.#editor?.edit(draft);
    this.#form.focus();
  }

  #end({ focusing = false } = {}) {
    const id = this.#draft?.id;
    this.#draft = null;
    this.#form.open(null);
    this.#editor?.edit(null);
    this.#find(".zones-list").hidden = false;
    if (focusing) (this.#find(`[data-zone="${id}"]`) ?? this.#find("h2")).focus();
  }

  #save() {
    const { isNew, document } = this.#draft;
    return this.#ask(isNew ? "zone/create" : "zone/update", { zone: document });
  }

  #remove() {
    return this.#ask("zone/delete", { zone_id: this.#draft.id });
  }

  /** Makes a call about the draft, and is done with it unless the server refuses. */
  async #ask(path, parameters) {
    if (this.#isBusy) return;
    this.#isBusy = true;
    const { hash } = this.#session;
    const { label } = this.#draft;
    try {
      await call(path, { hash, ...parameters });
      await this.load();
      this.#end({ focusing: true });
    } catch (error) {
      this.#form.refuse(await refusalOf(error, label, hash));
    } finally {
      this.#isBusy = false;
    }
  }
}
