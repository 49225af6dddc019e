/** The pairing sheet of a vehicle: what to enter in an app, or a code that says it, and whether it reports. */

import { ApiFailure } from "../api.js";
import { find } from "../dom.js";
import { isolate } from "../texts.js";
import { readDate } from "../time.js";
import { told } from "../words/told.js";
import { t } from "../words/words.js";
import { Desk } from "./desk.js";
import { tellHeard } from "./devices.js";
import { refusalOf } from "./refusals.js";

const ASK_EVERY_MS = 3_000;
/** Whoever has not paired a phone by then is no longer there. */
const LONGEST_MS = 30 * 60_000;

/**
 * @typedef {{code: string, name: string, model: string, has_code: boolean}} App
 * @typedef {{time: string, advice: string, entries: {field: string, value: string}[], svg: ?string, ingest_key?: string,
 *   hides_key: boolean, is_only_here: boolean}} Sheet
 */

/** Events: `back`. */
export class PairingSheet extends Desk {
  /** @type {?number} */
  #trackerId = null;
  /** When the vehicle was last heard of as the sheet was made. @type {?number} */
  #heardBefore = null;
  #since = 0;
  #madeAt = 0;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #timer;

  /** @param {HTMLElement} box @param {import("./desk.js").Parts} parts */
  constructor(box, parts) {
    super(box, parts);
    this.form.addEventListener("save", () => this.#make());
    this.find("[data-does=back]").addEventListener("click", () => this.dispatchEvent(new Event("back")));
  }

  get isOpen() {
    return !this.box.hidden;
  }

  /** @param {{id: number, label: string, model: string}} vehicle @param {App[]} apps @param {{isNew: boolean}} how */
  open({ id, label, model }, apps, { isNew }) {
    this.#trackerId = id;
    this.box.hidden = false;
    this.find("h3").textContent = t("Pair {name}", { name: isolate(label) });
    const fitting = apps.filter((app) => app.model === model);
    this.form.offer("app", (fitting.length > 0 ? fitting : apps).map(({ code, name }) => ({ value: code, label: told(name) })));
    this.form.input("key").checked = isNew;
    this.form.refuse("");
    this.find("[data-part=entries]").hidden = true;
    this.#say("none", "");
    this.find("h3").focus();
  }

  close() {
    clearTimeout(this.#timer);
    this.box.hidden = true;
    this.#trackerId = null;
    // The key, which is shown this once.
    this.find("dl").replaceChildren();
    this.find("figure").replaceChildren();
  }

  #make() {
    this.form.act(async () => {
      const asked = { tracker_id: this.#trackerId, app: this.form.select("app").value, new_key: this.form.input("key").checked };
      /** @type {Sheet} */
      const sheet = await this.call("tracker/pairing/create", { ...asked, iso_datetime: true });
      if (asked.tracker_id !== this.#trackerId) return;
      // Another press of the button must not make the key that was just entered worthless.
      this.form.input("key").checked = false;
      this.#show(sheet);
    }, refusalOf);
  }

  /** @param {Sheet} sheet */
  #show({ time, advice, entries, svg, ingest_key: key, hides_key: hidesKey, is_only_here: isOnlyHere }) {
    this.find("[data-part=entries]").hidden = false;
    this.find("[data-part=advice]").textContent = told(advice);
    const warnings = [
      isOnlyHere ? t("No phone reaches this address. The administrator has to set PUBLIC_URL to the one under which phones find the server.") : "",
      hidesKey ? t("Its reports must bring a key that was made before and cannot be shown again: ask for a new one above.") : "",
    ].filter(Boolean);
    this.find("[data-part=warning]").hidden = warnings.length === 0;
    this.find("[data-part=warning]").textContent = warnings.join(" ");
    this.#showCode(svg);
    const shown = [...entries, ...(key ? [{ field: t("Key, shown only now"), value: key }] : [])];
    this.find("dl").replaceChildren(...shown.flatMap(entryOf));
    [this.#since, this.#madeAt] = [readDate(time) ?? 0, performance.now()];
    this.#heardBefore = this.#heardAt;
    this.#ask();
  }

  /** @param {?string} svg */
  #showCode(svg) {
    const figure = this.find("figure");
    figure.hidden = svg === null;
    if (svg === null) return;
    const drawing = find(new DOMParser().parseFromString(svg, "text/html"), "svg", SVGElement);
    // So that it fits wherever it is put.
    drawing.setAttribute("viewBox", `0 0 ${drawing.getAttribute("width")} ${drawing.getAttribute("height")}`);
    figure.setAttribute("aria-label", t("Code for the app"));
    figure.replaceChildren(drawing);
  }

  get #heardAt() {
    return this.fleet.get(this.#trackerId)?.state?.updatedAt ?? null;
  }

  /** Looks whether a report has come, and goes on looking until one has. */
  async #ask() {
    clearTimeout(this.#timer);
    const trackerId = this.#trackerId;
    if (trackerId === null) return;
    if (performance.now() - this.#madeAt > LONGEST_MS) return this.#say("over", t("Nobody waits here any longer. Show it again."));
    const isHeard = this.#heardAt !== this.#heardBefore;
    const refusal = isHeard ? null : await this.#refusal(trackerId);
    if (trackerId !== this.#trackerId) return;
    const { state, text } = tellHeard({ isHeard, refusal });
    this.#say(state, text);
    if (!isHeard) this.#timer = setTimeout(() => this.#ask(), ASK_EVERY_MS);
  }

  /** Why the last report was refused since the sheet was made. @param {number} trackerId @returns {Promise<?string>} */
  async #refusal(trackerId) {
    try {
      /** @type {{list: {time: string, reason: string}[]}} */
      const { list } = await this.call("tracker/refusals/list", { trackers: [trackerId], limit: 1, iso_datetime: true });
      const last = list.find(({ time }) => (readDate(time) ?? 0) >= this.#since);
      return last ? isolate(last.reason) : null;
    } catch (error) {
      // It is asked again; that the server is away is told by others.
      if (error instanceof ApiFailure) return null;
      throw error;
    }
  }

  /** @param {string} state @param {string} text */
  #say(state, text) {
    const said = this.find(".setup-heard");
    said.dataset.state = state;
    if (said.textContent !== text) said.textContent = text;
  }
}

/** @param {{field: string, value: string}} entry @returns {HTMLElement[]} with a button that copies it */
function entryOf({ field, value }) {
  const [term, told, text, button] = ["dt", "dd", "code", "button"].map((tag) => document.createElement(tag));
  [term.textContent, text.textContent, button.textContent] = [field, value, t("Copy")];
  button.setAttribute("type", "button");
  button.setAttribute("aria-label", t("Copy: {field}", { field }));
  button.addEventListener("click", async () => {
    await navigator.clipboard?.writeText(value);
    button.textContent = t("Copied");
  });
  told.append(text, ...(navigator.clipboard ? [button] : []));
  return [term, told];
}
