/** The bell and its panel: alerts as they come, and those of the last days. */

import { ApiFailure, call } from "../api.js";
import { find } from "../dom.js";
import { isolate } from "../texts.js";
import { formatAge, formatMoment, readDate } from "../time.js";
import { Feed } from "./feed.js";
import { Push, isExpected } from "./push.js";
import { Sound } from "./sound.js";

const DAY_MS = 86_400_000;
const SHOWN_DAYS = 30;
const MOST_READ = 1_000;
const MOST_SHOWN = 200;
/** So often it is read for one load, if each time something is heard meanwhile. */
const MOST_READINGS = 5;
const NARROW = matchMedia("(max-width: 699px)");

/** @typedef {import("./feed.js").Entry} Entry */

/** Events (CustomEvent): `choose` with an entry, `popup` with an entry, `problem` with a text. */
export class AlertPanel extends EventTarget {
  /** @type {?number} the alert that the page was opened for; later its address says what is looked at */
  #linked = linkedAlert();
  #panel;
  #opener;
  #session;
  #clock;
  #maxAgeMs;
  #feed = new Feed();
  #sound = new Sound();
  #push;
  /** Kinds of events in words, by name. @type {Record<string, string>} */
  #words = {};
  /** The number of the newest load: what an older one has read counts no more. */
  #reading = 0;
  /** How often the feed changed by what was heard or read here. */
  #heard = 0;

  /**
   * @param {HTMLElement} panel @param {HTMLElement} opener
   * @param {{session: import("../session.js").Session, clock: import("../time.js").ServerClock, maxAgeS: number}} options
   */
  constructor(panel, opener, { session, clock, maxAgeS }) {
    super();
    this.#panel = panel;
    this.#opener = opener;
    this.#session = session;
    this.#clock = clock;
    this.#maxAgeMs = maxAgeS * 1000;
    this.#push = new Push(session);
    this.#showSound();
    this.#listen();
    this.show();
  }

  /** The button that opens and closes it. */
  get opener() {
    return this.#opener;
  }

  get isOpen() {
    return !this.#panel.hidden;
  }

  /** Reads what the server has: at the start, and whenever the link was away; anew while more is heard meanwhile. */
  async load() {
    const reading = ++this.#reading;
    try {
      for (let left = MOST_READINGS; left > 0; left -= 1) {
        const heard = this.#heard;
        const { words, entries, unread } = await this.#read();
        if (reading !== this.#reading) return;
        if (heard !== this.#heard && left > 1) continue;
        this.#words = words;
        this.#feed.replace(entries, unread);
        this.#chooseLinked();
        return this.show();
      }
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      if (reading === this.#reading) this.#tell("problem", `The alerts cannot be read: ${error.message}`);
    }
  }

  async #read() {
    const { hash } = this.#session;
    const period = { from: new Date(this.#clock.now() - SHOWN_DAYS * DAY_MS), to: new Date(this.#clock.now() + DAY_MS) };
    const [types, page, { count }] = await Promise.all([
      /** @type {Promise<{list: {type: string, description: string}[]}>} */ (call("history/type/list", { hash, locale: "en" })),
      /** @type {Promise<{list: Entry[]}>} */ (
        call("history/user/list", { hash, ...period, iso_datetime: true, ascending: false, limit: MOST_READ })
      ),
      call("history/unread/count", { hash }),
    ]);
    return {
      words: Object.fromEntries(types.list.map(({ type, description }) => [type, description])),
      // What no rule made, as the begin of a trip, is no alert.
      entries: page.list.filter((entry) => entry.rule_id !== null).reverse(),
      unread: count,
    };
  }

  clear() {
    this.#reading += 1;
    this.#feed.clear();
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
    if (this.#sound.isDue(isEmergency(entry), new Date())) this.#sound.play(isEmergency(entry));
  }

  /** Opens or closes it, as the bell does. */
  toggle() {
    if (this.isOpen) return this.leave();
    this.#panel.hidden = false;
    this.#opener.setAttribute("aria-expanded", "true");
    this.show();
    this.#find("h2").focus();
  }

  close() {
    this.#panel.hidden = true;
    this.#opener.setAttribute("aria-expanded", "false");
  }

  /** Closes it, and the bell has the focus that was within. */
  leave() {
    const hadFocus = this.#panel.contains(document.activeElement);
    this.close();
    if (hadFocus) this.#opener.focus();
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
    this.#find(".alerts-push small").hidden = this.#push.isPossible;
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

  /** @param {import("../fleet.js").Fleet} fleet */
  setVehicles(fleet) {
    const select = this.#select("tracker");
    if (fleet.size === select.options.length - 1) return;
    const chosen = select.value;
    const options = [...fleet.all()].map(({ trackerId, label }) => new Option(isolate(label), String(trackerId)));
    select.replaceChildren(new Option("All vehicles", ""), ...options);
    select.value = chosen;
  }

  show() {
    const { unread } = this.#feed;
    find(this.#opener, "b").textContent = unread > 99 ? "99+" : String(unread || "");
    this.#opener.setAttribute("aria-label", unread ? `Alerts, ${unread} unread` : "Alerts");
    if (!this.isOpen) return;
    this.#showEvents();
    find(this.#panel, "[data-does=read-all]", HTMLButtonElement).disabled = unread === 0;
    const entries = this.#feed.chosen(this.#filter);
    this.#find("ul").replaceChildren(...entries.slice(0, MOST_SHOWN).map((entry) => this.#item(entry)));
    this.#find(".more").textContent = moreThan(entries.length);
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
    const options = events.map((event) => new Option(this.#words[event] ?? event, event));
    select.replaceChildren(new Option("All kinds", ""), ...options);
    select.value = chosen;
  }

  /** @param {Entry} entry */
  #item(entry) {
    const item = document.createElement("li");
    const button = document.createElement("button");
    const [text, about] = [document.createElement("b"), document.createElement("span")];
    const moment = readDate(entry.time);
    text.textContent = isolate(entry.message);
    about.textContent = [this.#words[entry.event] ?? entry.event, formatAge(moment, this.#clock.now())].join(" · ");
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
    state.textContent = [extra.emergency ? "Emergency" : "", isRead ? "" : "unread"].filter(Boolean).join(", ");
    return state;
  }

  #showSound() {
    this.#select("sound").value = this.#sound.choice;
    this.#input("quiet-from").value = this.#sound.quietFrom;
    this.#input("quiet-to").value = this.#sound.quietTo;
  }

  #keepSound() {
    this.#sound.choice = this.#select("sound").value;
    this.#sound.quietFrom = this.#input("quiet-from").value;
    this.#sound.quietTo = this.#input("quiet-to").value;
    this.#sound.keep();
    this.#renewPush();
  }

  #listen() {
    addEventListener("hashchange", () => {
      this.#linked = linkedAlert();
      if (this.#linked !== null && this.#session.hash !== null) this.load();
    });
    this.#opener.addEventListener("click", () => this.toggle());
    this.#find(".close").addEventListener("click", () => this.leave());
    this.#find(".alerts-filter").addEventListener("change", () => this.show());
    this.#find(".alerts-sound").addEventListener("change", () => this.#keepSound());
    const push = this.#input("push");
    push.addEventListener("change", () => this.#switchPush(push));
    navigator.serviceWorker?.addEventListener("message", ({ data }) => this.#chooseById(data.alert));
    navigator.serviceWorker?.startMessages();
    this.#find("[data-does=try]").addEventListener("click", () => this.#sound.play(false));
    this.#find("[data-does=read-all]").addEventListener("click", () => {
      this.#feed.markAllRead();
      this.#heard += 1;
      this.show();
      this.#find("h2").focus();
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
      if (error.code !== 201) this.#tell("problem", `That it was read cannot be kept: ${error.message}`);
    }
  }

  /** @param {string} selector */
  #find(selector) {
    return find(this.#panel, selector);
  }

  /** @param {string} name */
  #input(name) {
    return find(this.#panel, `[name=${name}]`, HTMLInputElement);
  }

  /** @param {string} name */
  #select(name) {
    return find(this.#panel, `[name=${name}]`, HTMLSelectElement);
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
  if (count === 0) return "No alerts.";
  return count > MOST_SHOWN ? `${count - MOST_SHOWN} more are not shown.` : "";
}

/** @returns {?number} the alert that the address names */
function linkedAlert() {
  return Number(/^#alert-(\d+)$/.exec(location.hash)?.[1] ?? 0) || null;
}
