/** The bell and its panel: alerts as they come, and those of the last days. */

import { ApiFailure, call } from "../api.js";
import { find } from "../dom.js";
import { CountedSelect } from "../filter/select.js";
import { BY_LABEL } from "../order.js";
import { Panel } from "../panel.js";
import { isolate } from "../texts.js";
import { formatAge, formatMoment, readDate } from "../time.js";
import { Feed } from "./feed.js";
import { Push, isExpected } from "./push.js";
import { readAlerts } from "./reading.js";
import { Sound } from "./sound.js";
import { SoundForm } from "./soundform.js";
import { told } from "../words/told.js";
import { t } from "../words/words.js";

const DAY_MS = 86_400_000;
const SHOWN_DAYS = 30;
const MOST_SHOWN = 200;
/** So often it is read for one load, if each time something is heard meanwhile. */
const MOST_READINGS = 5;
const NARROW = matchMedia("(max-width: 699px)");

/** @typedef {import("./feed.js").Entry} Entry */

/** Events (CustomEvent): `choose` with an entry, `popup` with an entry, `problem` with a text. */
export class AlertPanel extends Panel {
  /** @type {?number} the alert that the page was opened for; later its address says what is looked at */
  #linked = linkedAlert();
  #session;
  #clock;
  #fleet;
  #maxAgeMs;
  #feed = new Feed();
  #sound = new Sound();
  #soundForm;
  #push;
  #vehicles;
  /** How vehicles were called when they were offered, by the fleet's own count. */
  #labellings = -1;
  /** Kinds of events in words, by name. @type {Record<string, string>} */
  #words = {};
  /** The number of the newest load: what an older one has read counts no more. */
  #reading = 0;
  /** How often the feed changed by what was heard or read here. */
  #heard = 0;

  /**
   * @param {HTMLElement} panel @param {HTMLElement} opener
   * @param {{session: import("../session.js").Session, clock: import("../time.js").ServerClock,
   *   fleet: import("../fleet.js").Fleet, maxAgeS: number}} options
   */
  constructor(panel, opener, { session, clock, fleet, maxAgeS }) {
    super(panel, opener);
    this.#session = session;
    this.#clock = clock;
    this.#fleet = fleet;
    this.#maxAgeMs = maxAgeS * 1000;
    this.#push = new Push(session);
    this.#vehicles = new CountedSelect(this.#select("tracker"));
    this.#soundForm = new SoundForm(this.find(".alerts-sound"), this.#sound);
    this.#listen();
    this.show();
  }

  /** Reads what the server has: at the start, and whenever the link was away; anew while more is heard meanwhile. */
  async load() {
    const reading = ++this.#reading;
    try {
      for (let left = MOST_READINGS; left > 0; left -= 1) {
        const heard = this.#heard;
        const { words, entries, unread, isWhole } = await this.#read();
        if (reading !== this.#reading) return;
        if ((heard !== this.#heard || !isWhole) && left > 1) continue;
        this.#words = words;
        this.#soundForm.offer(Object.entries(words).map(([event, text]) => ({ event, text: told(text) })));
        this.#feed.replace(entries, unread);
        this.#chooseLinked();
        return this.show();
      }
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      if (reading === this.#reading) this.#tell("problem", t("The alerts cannot be read: {reason}", { reason: error.message }));
    }
  }

  #read() {
    const period = { from: new Date(this.#clock.now() - SHOWN_DAYS * DAY_MS), to: new Date(this.#clock.now() + DAY_MS) };
    return readAlerts(call, this.#session.hash, period);
  }

  clear() {
    this.#reading += 1;
    this.#feed.clear();
    this.#select("tracker").value = "";
    this.leave();
    this.show();
  }

  /** Takes what the live link tells. @param {Entry|{missed: number}} entry */
  take(entry) {
    if ("missed" in entry) return void this.load();
    if (entry.rule_id === null || !this.#feed.add(entry)) return;
    this.#heard += 1;
    this.show();
    if (!entry.extra.push || !this.#isFresh(entry)) return;
    this.#tell("popup", entry);
    this.#soundFor(entry);
  }

  /** @param {Entry} entry */
  async #soundFor({ id, event, extra }) {
    const name = this.#sound.choose({ event, isEmergency: Boolean(extra.emergency) }, new Date());
    if (name !== null && !(await this.#sound.playOnce(name, id))) this.#tell("problem", t("An alert could not sound: the browser allows it once you have clicked on the page."));
  }

  /** @param {number} count @returns {Entry[]} of the last day, the newest first */
  latest(count) {
    const since = this.#clock.now() - DAY_MS;
    const all = this.#feed.chosen({ event: "", trackerId: null, onlyEmergency: false, onlyUnread: false });
    return all.slice(0, count).filter(({ time }) => (readDate(time) ?? 0) > since);
  }

  /** Opens or closes it, as the bell does. */
  toggle() {
    if (this.isOpen) return this.leave();
    this.open();
    this.show();
  }

  /** Closes it, and the bell has the focus that was within. */
  leave() {
    const hadFocus = this.box.contains(document.activeElement);
    this.close();
    if (hadFocus) this.returnFocus();
  }

  /** An entry is seen: it is read, and shown on the map. @param {Entry} entry */
  choose(entry) {
    // On a small screen it lies over the map.
    if (this.isOpen && NARROW.matches) this.leave();
    this.#tell("choose", entry);
    if (!this.#feed.markRead(entry.id)) return;
    this.#heard += 1;
    this.show();
    this.#say("history/mark_read", { id: entry.id });
  }

  /** Shows in the panel whether this device is told, and has the server know it in this session, too. */
  begin() {
    const box = this.#input("push");
    box.checked = this.#push.isWanted;
    box.disabled = !this.#push.isPossible;
    this.find(".alerts-push small").hidden = this.#push.isPossible;
    this.#renewPush();
  }

  /** Who came by a notification wants to see its alert. */
  #chooseLinked() {
    const id = this.#linked;
    this.#linked = null;
    if (id !== null) this.#chooseById(id);
  }

  /** @param {number} id */
  #chooseById(id) {
    const entry = this.#feed.get(id);
    if (entry) this.choose(entry);
    else if (!this.isOpen) this.toggle();
  }

  async #renewPush() {
    await this.#tryPush(() => this.#push.renew(this.#sound));
  }

  /** @param {HTMLInputElement} box */
  async #switchPush(box) {
    box.disabled = true;
    const isDone = await this.#tryPush(() => (box.checked ? this.#push.begin(this.#sound) : this.#push.end()));
    box.disabled = false;
    if (!isDone) box.checked = this.#push.isWanted;
  }

  /** @param {() => Promise<void>} work @returns {Promise<boolean>} whether it went well */
  async #tryPush(work) {
    try {
      await work();
      return true;
    } catch (error) {
      if (!isExpected(error)) throw error;
      this.#tell("problem", error.message);
      return false;
    }
  }

  /** Calls vehicles as they are called now. */
  showVehicles() {
    if (this.isOpen && this.#fleet.labellings !== this.#labellings) this.#offerVehicles();
  }

  /** Offers those that there is an alert of, and not all of a large fleet; not while somebody is choosing. */
  #offerVehicles() {
    if (this.#vehicles.isOpen) return;
    this.#labellings = this.#fleet.labellings;
    const [select, known] = [this.#select("tracker"), this.#feed.vehicles];
    const choices = [...known].map(([id, label]) => ({ id, text: this.#fleet.get(id)?.label ?? label }));
    choices.sort((one, other) => BY_LABEL.compare(one.text, other.text));
    const chosen = known.has(Number(select.value)) ? select.value : "";
    this.#vehicles.fill([{ id: "", text: t("All vehicles") }, ...choices], chosen);
  }

  show() {
    const { unread } = this.#feed;
    find(this.opener, "b").textContent = unread > 99 ? "99+" : String(unread || "");
    this.opener.setAttribute("aria-label", unread ? t("Alerts, {n} unread", { n: unread }) : t("Alerts"));
    if (!this.isOpen) return;
    this.#showEvents();
    this.#offerVehicles();
    find(this.box, "[data-does=read-all]", HTMLButtonElement).disabled = unread === 0;
    const entries = this.#feed.chosen(this.#filter);
    this.find("ul").replaceChildren(...entries.slice(0, MOST_SHOWN).map((entry) => this.#item(entry)));
    this.find(".more").textContent = moreThan(entries.length);
  }

  /** @param {Entry} entry */
  #isFresh(entry) {
    const age = this.#clock.now() - (readDate(entry.time) ?? 0);
    return age < (isEmergency(entry) ? DAY_MS : this.#maxAgeMs);
  }

  get #filter() {
    const trackerId = this.#select("tracker").value;
    return {
      event: this.#select("event").value,
      trackerId: trackerId ? Number(trackerId) : null,
      onlyEmergency: this.#input("emergency").checked,
      onlyUnread: this.#input("unread").checked,
    };
  }

  #showEvents() {
    const select = this.#select("event");
    const { events } = this.#feed;
    if (events.length === select.options.length - 1) return;
    const chosen = select.value;
    const options = events.map((event) => new Option(told(this.#words[event] ?? event), event));
    select.replaceChildren(new Option(t("All kinds"), ""), ...options);
    select.value = chosen;
  }

  /** @param {Entry} entry */
  #item(entry) {
    const item = document.createElement("li");
    const button = document.createElement("button");
    const [text, about] = [document.createElement("b"), document.createElement("span")];
    const moment = readDate(entry.time);
    text.textContent = isolate(entry.message);
    about.textContent = [told(this.#words[entry.event] ?? entry.event), formatAge(moment, this.#clock.now())].join(" · ");
    about.title = formatMoment(moment);
    button.type = "button";
    button.classList.toggle("unread", !entry.is_read);
    button.classList.toggle("emergency", isEmergency(entry));
    button.append(text, about, this.#state(entry));
    button.addEventListener("click", () => this.choose(entry));
    item.append(button);
    return item;
  }

  /** @param {Entry} entry */
  #state({ is_read: isRead, extra }) {
    const state = document.createElement("i");
    state.textContent = [extra.emergency ? t("Emergency") : "", isRead ? "" : t("unread")].filter(Boolean).join(", ");
    return state;
  }

  #listen() {
    // By what was asked for: the page may have written into its address since.
    addEventListener("hashchange", ({ newURL }) => {
      this.#linked = linkedAlert(new URL(newURL).hash);
      if (this.#linked !== null && this.#session.hash !== null) this.load();
    });
    this.opener.addEventListener("click", () => this.toggle());
    this.find(".close").addEventListener("click", () => this.leave());
    this.find(".alerts-filter").addEventListener("change", () => this.show());
    this.#soundForm.addEventListener("quiet", () => this.#renewPush());
    const push = this.#input("push");
    push.addEventListener("change", () => this.#switchPush(push));
    navigator.serviceWorker?.addEventListener("message", ({ data }) => this.#chooseById(data.alert));
    navigator.serviceWorker?.startMessages();
    this.find("[data-does=read-all]").addEventListener("click", () => {
      this.#feed.markAllRead();
      this.#heard += 1;
      this.show();
      this.find("h2").focus();
      this.#say("history/mark_read_all", {});
    });
  }

  /** Tells the server; when that cannot be, the next reading shows what it knows. @param {string} path @param {object} parameters */
  async #say(path, parameters) {
    try {
      await call(path, { hash: this.#session.hash, ...parameters });
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      // Another page of the same login was first.
      if (error.code !== 201) this.#tell("problem", t("That it was read cannot be kept: {reason}", { reason: error.message }));
    }
  }

  /** @param {string} name */
  #input(name) {
    return find(this.box, `[name=${name}]`, HTMLInputElement);
  }

  /** @param {string} name */
  #select(name) {
    return find(this.box, `[name=${name}]`, HTMLSelectElement);
  }

  /** @param {string} name @param {unknown} detail */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** @param {Entry} entry */
function isEmergency({ extra }) {
  return Boolean(extra.emergency);
}

/** @param {number} count */
function moreThan(count) {
  if (count === 0) return t("No alerts.");
  return count > MOST_SHOWN ? t("{n} more are not shown.", { n: count - MOST_SHOWN }) : "";
}

/** @param {string} [hash] of an address @returns {?number} the alert that it names */
function linkedAlert(hash = location.hash) {
  return Number(/^#alert-(\d+)$/.exec(hash)?.[1] ?? 0) || null;
}
