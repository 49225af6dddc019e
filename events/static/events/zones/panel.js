/** The panel of zones: their list, and the form of the one that is drawn or changed. */

import { call } from "../api.js";
import { detailOf, find, messageOf } from "../dom.js";
import { recall, remember } from "../memory.js";
import { Panel } from "../panel.js";
import { isolate } from "../texts.js";
import { Draft } from "./draft.js";
import { ZoneForm } from "./form.js";
import { KINDS, describe } from "./shapes.js";
import { refusalOf } from "./words.js";
import { t } from "../words/words.js";

const MOST_SHOWN = 200;
const HIDDEN_KEY = "fleetsphere.zones-hidden";

/** @typedef {import("./shapes.js").Zone} Zone */

/** Events: `change` when zones were read; (CustomEvent) `problem` with a text. */
export class ZonePanel extends Panel {
  #session;
  #form;
  /** @type {?import("./editor.js").ZoneEditor} null until there is a map */
  #editor = null;
  /** @type {Zone[]} */
  #zones = [];
  /** @type {?Draft} */
  #draft = null;
  #isBusy = false;
  /** Whether the server has said which zones there are. */
  isRead = false;

  /** @param {HTMLElement} panel @param {HTMLElement} opener @param {{session: import("../session.js").Session}} parts */
  constructor(panel, opener, { session }) {
    super(panel, opener);
    this.#session = session;
    this.#form = new ZoneForm(find(panel, "form", HTMLFormElement));
    this.#input("zones-shown").checked = recall(HIDDEN_KEY) === null;
    this.#listen();
  }

  /** @param {import("./editor.js").ZoneEditor} editor */
  drawOn(editor) {
    this.#editor = editor;
    editor.addEventListener("change", () => this.#form.refresh());
    editor.addEventListener("choose", (event) => this.isOpen && this.#change(detailOf(event)));
    this.#show();
  }

  get zones() {
    return this.#zones;
  }

  /** Reads all zones of the login. */
  async load() {
    try {
      /** @type {{list: Zone[]}} */
      const { list } = await call("zone/list", { hash: this.#session.hash, with_points: true });
      this.#zones = list.sort((a, b) => a.label.localeCompare(b.label));
    } catch (error) {
      this.dispatchEvent(new CustomEvent("problem", { detail: t("The zones cannot be shown: {reason}", { reason: messageOf(error) }) }));
      return;
    }
    this.#take(true);
  }

  /** Nobody is logged in any more. */
  clear() {
    this.#zones = [];
    this.#end();
    this.close();
    this.#take(false);
  }

  /** @param {boolean} isRead */
  #take(isRead) {
    this.isRead = isRead;
    this.#show();
    this.dispatchEvent(new Event("change"));
  }

  close() {
    this.#end();
    super.close();
  }

  /** What Escape leaves: the form, then the panel. */
  leave() {
    if (this.#draft !== null) this.#end({ focusing: true });
    else {
      this.close();
      this.returnFocus();
    }
  }

  /** @param {string} id */
  #input(id) {
    return find(this.box, `#${id}`, HTMLInputElement);
  }

  #listen() {
    this.opener.addEventListener("click", () => (this.isOpen ? this.close() : this.open()));
    this.find("#zones-close").addEventListener("click", () => this.close());
    this.find("#zones-search").addEventListener("input", () => this.#list());
    this.#input("zones-shown").addEventListener("change", () => {
      remember(HIDDEN_KEY, this.#input("zones-shown").checked ? null : "1");
      this.#show();
    });
    for (const type of /** @type {import("./shapes.js").ZoneType[]} */ (Object.keys(KINDS))) {
      this.find(`[data-draws=${type}]`).addEventListener("click", () => this.#begin(new Draft({ type })));
    }
    this.#listenToForm();
  }

  #listenToForm() {
    const form = this.#form;
    form.addEventListener("change", () => this.#editor?.refresh());
    form.addEventListener("cancel", () => this.#end({ focusing: true }));
    form.addEventListener("point", () => this.#editor?.addAtMiddle());
    form.addEventListener("back", () => {
      this.#draft?.takeBack();
      this.#editor?.refresh();
      form.refresh();
    });
    form.addEventListener("save", () => this.#save());
    form.addEventListener("remove", () => this.#remove());
  }

  #show() {
    this.#editor?.show(this.#input("zones-shown").checked ? this.#zones : []);
    this.#list();
  }

  #list() {
    const wanted = this.#input("zones-search").value.trim().toLowerCase();
    const found = this.#zones.filter(({ label, address }) => `${label}\n${address}`.toLowerCase().includes(wanted));
    this.find("ul").replaceChildren(...found.slice(0, MOST_SHOWN).map((zone) => this.#rowOf(zone)));
    const more = found.length - MOST_SHOWN;
    const text = this.#zones.length === 0 ? t("No zones yet. Draw the first.") : found.length === 0 ? t("None is called so.") : "";
    this.find(".more").textContent = more > 0 ? t("{n} more: search for them.", { n: more }) : text;
  }

  /** @param {Zone} zone */
  #rowOf(zone) {
    const [item, dot, name, kind] = ["li", "i", "b", "span"].map((tag) => document.createElement(tag));
    const button = document.createElement("button");
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

  /** @param {number} id */
  #change(id) {
    const zone = this.#zones.find((one) => one.id === id);
    if (!zone || this.#draft !== null) return;
    this.#editor?.lookAt(zone);
    this.#begin(new Draft(zone));
  }

  /** @param {Draft} draft */
  #begin(draft) {
    this.#draft = draft;
    this.find(".zones-list").hidden = true;
    this.#form.open(draft);
    this.#editor?.edit(draft);
    this.#form.focus();
  }

  #end({ focusing = false } = {}) {
    const id = this.#draft?.id;
    this.#draft = null;
    this.#form.open(null);
    this.#editor?.edit(null);
    this.find(".zones-list").hidden = false;
    const row = /** @type {?HTMLElement} */ (this.box.querySelector(`[data-zone="${id}"]`));
    if (focusing) (row ?? this.find("h2")).focus();
  }

  #save() {
    if (this.#draft === null) return;
    const { isNew, document } = this.#draft;
    this.#ask(isNew ? "zone/create" : "zone/update", { zone: document });
  }

  #remove() {
    this.#ask("zone/delete", { zone_id: this.#draft?.id });
  }

  /** Makes a call about the draft, and is done with it unless the server refuses. @param {string} path @param {object} parameters */
  async #ask(path, parameters) {
    if (this.#isBusy || this.#draft === null) return;
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
