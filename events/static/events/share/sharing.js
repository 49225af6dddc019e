/** Links that show the selected vehicle to others: made, copied and ended in its card. */

import { call } from "../api.js";
import { find, messageOf } from "../dom.js";

const HOUR_MS = 3_600_000;
/** As long as the trail of this page. */
const TRACE_S = 600;

export class Sharing {
  #part;
  #form;
  #made;
  #session;
  #clock;
  /** @type {?number} */
  #trackerId = null;
  /** @type {?number} of the link that was made last */
  #linkId = null;

  /** @param {HTMLDetailsElement} part @param {{session: import("../session.js").Session, clock: import("../time.js").ServerClock}} parts */
  constructor(part, { session, clock }) {
    this.#part = part;
    this.#form = find(part, "form", HTMLFormElement);
    this.#made = find(part, "[data-part=made]");
    this.#session = session;
    this.#clock = clock;
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

  async #make() {
    const isTicked = (/** @type {string} */ name) => find(this.#form, `[name=${name}]`, HTMLInputElement).checked;
    const shown = [isTicked("speed") && "speed", isTicked("movement") && "movement_status"].filter(Boolean);
    const hours = Number(find(this.#form, "[name=hours]", HTMLSelectElement).value);
    const to = new Date(this.#clock.now() + hours * HOUR_MS).toISOString();
    const trackerId = this.#trackerId;
    const { value, hash } = await call("tracker/location/link/create", {
      hash: this.#session.hash,
      lifetime: { to },
      trackers: [{ tracker_id: trackerId, params: { object_data: shown } }],
      params: { display_options: { trace_duration: TRACE_S } },
    });
    if (trackerId !== this.#trackerId) return;
    this.#linkId = value;
    this.#made.hidden = false;
    this.#address.value = new URL(`/share/${hash}`, document.baseURI).href;
    this.#say("The link is shown only now: copy it.");
  }

  async #copy() {
    this.#address.select();
    // Only pages of https: may write to the clipboard; the address is selected for those that may not.
    if (!navigator.clipboard) return this.#say("Press Ctrl+C to copy it.");
    await navigator.clipboard.writeText(this.#address.value);
    this.#say("Copied.");
  }

  async #end() {
    await call("tracker/location/link/delete", { hash: this.#session.hash, id: this.#linkId });
    this.#forget("The link shows nothing any more.");
  }

  get #address() {
    return find(this.#made, "input", HTMLInputElement);
  }

  /** @param {() => Promise<void>} action */
  async #try(action) {
    try {
      await action();
    } catch (error) {
      this.#say(`It did not work: ${messageOf(error)}`);
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
