/** Links that show the selected vehicle, or those that are looked at, to others: made, copied and ended in its card. */

import { call } from "../api.js";
import { find, messageOf } from "../dom.js";
import { t } from "../words/words.js";

const HOUR_MS = 3_600_000;
/** As long as the trail of this page. */
const TRACE_S = 600;
/** So many a link may show (api §3). */
const MOST = 100;

export class Sharing {
  #part;
  #form;
  #made;
  #session;
  #clock;
  #wanted;
  /** @type {?number} */
  #trackerId = null;
  /** @type {?number} of the link that was made last */
  #linkId = null;

  /**
   * @param {HTMLDetailsElement} part
   * @param {{session: import("../session.js").Session, clock: import("../time.js").ServerClock, wanted: () => {trackerId: number}[]}} parts
   *   `wanted`: those that the filter shows
   */
  constructor(part, { session, clock, wanted }) {
    this.#part = part;
    this.#form = find(part, "form", HTMLFormElement);
    this.#made = find(part, "[data-part=made]");
    this.#session = session;
    this.#clock = clock;
    this.#wanted = wanted;
    part.addEventListener("toggle", () => this.#countWanted());
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#try(() => this.#make());
    });
    find(part, "[data-does=copy]").addEventListener("click", () => this.#try(() => this.#copy()));
    find(part, "[data-does=end]").addEventListener("click", () => this.#try(() => this.#end()));
  }

  /** @param {?number} trackerId whose links are made from now on */
  select(trackerId) {
    if (trackerId === this.#trackerId) return;
    this.#trackerId = trackerId;
    this.#part.open = false;
    this.#forget("");
  }

  #countWanted() {
    const n = this.#wanted().length;
    const option = /** @type {HTMLOptionElement} */ (this.#whom.options[1]);
    option.textContent = t("those that the filter shows: {n}, at most {most}", { n, most: MOST });
    option.disabled = n === 0 || n > MOST;
    this.#whom.value = "one";
  }

  get #whom() {
    return find(this.#form, "[name=whom]", HTMLSelectElement);
  }

  async #make() {
    const isTicked = (/** @type {string} */ name) => find(this.#form, `[name=${name}]`, HTMLInputElement).checked;
    const shown = [isTicked("speed") && "speed", isTicked("movement") && "movement_status"].filter(Boolean);
    const hours = Number(find(this.#form, "[name=hours]", HTMLSelectElement).value);
    const to = new Date(this.#clock.now() + hours * HOUR_MS).toISOString();
    const trackerId = this.#trackerId;
    const whom = this.#whom.value === "one" ? [trackerId] : this.#wanted().map((vehicle) => vehicle.trackerId);
    const { value, hash } = await call("tracker/location/link/create", {
      hash: this.#session.hash,
      lifetime: { to },
      trackers: whom.map((id) => ({ tracker_id: id, params: { object_data: shown } })),
      params: { display_options: { trace_duration: TRACE_S } },
    });
    if (trackerId !== this.#trackerId) return;
    this.#linkId = value;
    this.#made.hidden = false;
    this.#address.value = new URL(`/share/${hash}`, document.baseURI).href;
    this.#say(t("The link is shown only now: copy it."));
  }

  async #copy() {
    this.#address.select();
    // Only pages of https: may write to the clipboard; the address is selected for those that may not.
    if (!navigator.clipboard) return this.#say(t("Press Ctrl+C to copy it."));
    await navigator.clipboard.writeText(this.#address.value);
    this.#say(t("Copied."));
  }

  async #end() {
    await call("tracker/location/link/delete", { hash: this.#session.hash, id: this.#linkId });
    this.#forget(t("The link shows nothing any more."));
  }

  get #address() {
    return find(this.#made, "input", HTMLInputElement);
  }

  /** @param {() => Promise<void>} action */
  async #try(action) {
    try {
      await action();
    } catch (error) {
      this.#say(t("It did not work: {reason}", { reason: messageOf(error) }));
    }
  }

  /** @param {string} text */
  #forget(text) {
    this.#linkId = null;
    this.#made.hidden = true;
    this.#address.value = "";
    this.#say(text);
  }

  /** @param {string} text */
  #say(text) {
    find(this.#part, "[data-part=said]").textContent = text;
  }
}
