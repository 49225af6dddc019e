/** The console: logs in, subscribes, and shows what passes and why a tracker is silent. */

import { ApiFailure, call, listTrackers, logIn } from "../api.js";
import { detailOf, find } from "../dom.js";
import { isolate } from "../texts.js";
import { buildCommand, chosenTypes, isTicked, textIn } from "./command.js";
import { FrameList } from "./framelist.js";
import { RefusalsView } from "./refusals.js";
import { Silence } from "./silence.js";
import { SilenceView } from "./silenceview.js";
import { readFrame } from "./frames.js";
import { EventSocket } from "./socket.js";

/** As many as one call answers. */
const MAX_STATES = 2000;
/** Many frames may come in a second; the table follows at this pace. */
const EXPLAIN_MS = 200;
/** Refusals are written a little later than they happen. */
const REFUSALS_MS = 10_000;
/** As many as `tracker/refusals/list` takes. */
const MAX_DETAILED = 500;
const STATES = { closed: "Not connected.", connecting: "Connecting…", open: "Connected." };

/** @typedef {import("./elements.js").Json} Json */

export class Console {
  #root;
  #silence = new Silence();
  #view;
  #frames;
  #socket = new EventSocket(new URL("/event/subscription", document.baseURI.replace(/^http/, "ws")));
  /** What to send once the connection is there. @type {object[]} */
  #waiting = [];
  #isReading = false;
  #refusals;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #explaining;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root;
    this.#view = new SilenceView(find(root, "#silence tbody", HTMLTableSectionElement), find(root, "#silence-rest"));
    const parts = {
      list: find(root, "#frames-list"),
      count: find(root, "#frames-count"),
      pause: find(root, "#frames-pause", HTMLButtonElement),
      clear: find(root, "#frames-clear", HTMLButtonElement),
      kind: find(root, "#frames-kind", HTMLSelectElement),
      filter: find(root, "#frames-filter", HTMLInputElement),
    };
    this.#frames = new FrameList(parts, (...ids) => this.#silence.nameOf(...ids));
    this.#refusals = new RefusalsView(find(root, "#refusals", HTMLTableElement), find(root, "#refusals-message"));
    this.#listen();
    setInterval(() => this.#explain(), 1000);
    setInterval(() => this.#readRefusals(), REFUSALS_MS);
  }

  get #hash() {
    return textIn(this.#form("credential"), "hash");
  }

  /** @param {string} name */
  #form(name) {
    return find(this.#root, `form[name=${name}]`, HTMLFormElement);
  }

  #listen() {
    this.#on("form[name=credential]", "submit", (event) => this.#logIn(event));
    this.#on("form[name=subscription]", "submit", (event) => this.#command(event));
    this.#on("form[name=refusals]", "submit", (event) => this.#showRefusals(event));
    this.#on("#disconnect", "click", () => this.#disconnect());
    this.#on("form[name=subscription]", "change", () => this.#showOptions());
    this.#socket.addEventListener("change", () => this.#showState());
    this.#socket.addEventListener("frame", (event) => this.#take(detailOf(event)));
    this.#showOptions();
    this.#showState();
  }

  /** @param {string} selector @param {string} event @param {(event: Event) => void} action */
  #on(selector, event, action) {
    find(this.#root, selector).addEventListener(event, action);
  }

  /** @param {Event} event */
  async #logIn(event) {
    event.preventDefault();
    const form = this.#form("credential");
    const [login, password, hash] = ["login", "password", "hash"].map((name) => find(form, `[name=${name}]`, HTMLInputElement));
    await this.#attempt("#credential-message", async () => {
      if (login.value.trim()) hash.value = (await logIn(login.value.trim(), password.value)).hash;
      password.value = "";
      const trackers = await this.#readTrackers();
      this.#showRefusals();
      return `Logged in: ${trackers.length} trackers.`;
    });
  }

  /** Does something that may be refused, and says how it went. @param {string} selector @param {() => Promise<string>} action */
  async #attempt(selector, action) {
    const message = find(this.#root, selector);
    message.dataset.failed = "false";
    message.textContent = "…";
    try {
      message.textContent = await action();
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      message.dataset.failed = "true";
      message.textContent = error.message;
    }
  }

  async #readTrackers() {
    const trackers = await listTrackers(this.#hash);
    this.#silence.setTrackers(trackers);
    const options = trackers.map(({ id, label }) => new Option(`${id} ${isolate(label)}`, String(id)));
    find(this.#root, "#tracker-ids").replaceChildren(...options);
    return trackers;
  }

  /** @param {Event} event */
  async #command(event) {
    event.preventDefault();
    const submitter = event instanceof SubmitEvent ? event.submitter : null;
    const isLeaving = submitter instanceof HTMLButtonElement && submitter.value === "unsubscribe";
    await this.#attempt("#subscription-message", async () => {
      if (this.#hash === "") throw new ApiFailure("Log in first, or enter a hash.");
      const trackers = await this.#readTrackers();
      const form = this.#form("subscription");
      const action = isLeaving ? "unsubscribe" : "subscribe";
      const command = buildCommand(action, this.#hash, form, trackers.map(({ id }) => id));
      this.#send(command, isTicked(form, "protocol"));
      return "";
    });
  }

  /** @param {object} command @param {boolean} withProtocol */
  #send(command, withProtocol) {
    if (this.#socket.state === "open") this.#socket.send(command);
    else {
      this.#waiting.push(command);
      if (this.#socket.state === "closed") this.#socket.open(withProtocol);
    }
  }

  #disconnect() {
    this.#waiting = [];
    this.#socket.close();
    this.#silence.clear();
    this.#explain();
  }

  /** @param {{direction: "in"|"out", text: string}} frame */
  #take(frame) {
    this.#frames.add(frame, new Date());
    if (frame.direction === "out") return;
    const document = readDocument(frame.text);
    if (document?.type === "response" || document?.type === "error") this.#showRefusal(document, frame.text);
    if (document?.type === "response") this.#takeResponse(document);
    else if (document) this.#silence.hear(document, Date.now());
    if (document?.event === "lifecycle" || isAboutReports(document)) this.#readStates();
    this.#explainSoon();
  }

  /** A refusal stands beside the form, too: the frames may be paused, filtered or far down. @param {Json} document @param {string} text */
  #showRefusal(document, text) {
    const message = find(this.#root, "#subscription-message");
    const isRefused = document.type === "error" || Object.values(document.data).some(({ success }) => success === false);
    message.dataset.failed = String(isRefused);
    message.textContent = isRefused ? readFrame(text, (...ids) => this.#silence.nameOf(...ids)).words : "";
  }

  #explainSoon() {
    this.#explaining ??= setTimeout(() => this.#explain(), EXPLAIN_MS);
  }

  /** @param {Json} response */
  #takeResponse({ action, data }) {
    const statuses = Object.values(data).map((result) => result.value ?? {});
    if (action === "subscription/subscribe") for (const one of statuses) this.#silence.setStatuses(one);
    else this.#silence.forget(statuses.flatMap((one) => Object.keys(one).map(Number)));
    this.#readStates();
    this.#readRefusals();
  }

  /** The states of all that were asked for: readings and queues do not say when the last report was. */
  async #readStates() {
    const trackers = this.#silence.ids().slice(0, MAX_STATES);
    if (trackers.length === 0 || this.#isReading) return;
    this.#isReading = true;
    try {
      const flags = { list_blocked: true, allow_not_exist: true, iso_datetime: true };
      const { states, user_time: userTime } = await call("tracker/get_states", { hash: this.#hash, trackers, ...flags });
      const now = Date.now();
      for (const [id, state] of Object.entries(states)) this.#silence.setState(Number(id), state, userTime, now);
      this.#explain();
    } catch {
      // The frames tell by themselves what is wrong, and the next one asks again.
    } finally {
      this.#isReading = false;
    }
  }

  /** @param {Event} [event] */
  async #showRefusals(event) {
    event?.preventDefault();
    try {
      const all = isTicked(this.#form("refusals"), "all");
      this.#refusals.show((await call("tracker/refusals/list", { hash: this.#hash, all })).list);
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      this.#refusals.fail(error.message);
    }
  }

  /** What was refused, and left out, of those that were asked for. */
  async #readRefusals() {
    const trackers = this.#silence.known().slice(0, MAX_DETAILED);
    if (trackers.length === 0 || this.#socket.state !== "open") return;
    try {
      this.#silence.setRefusals(await call("tracker/refusals/list", { hash: this.#hash, trackers }));
      this.#explain();
    } catch {
      // The frames tell by themselves what is wrong, and it is asked again.
    }
  }

  #explain() {
    clearTimeout(this.#explaining);
    this.#explaining = undefined;
    this.#view.show(this.#silence.explain(Date.now()));
  }

  /** Only what the chosen types know can be chosen. */
  #showOptions() {
    const form = this.#form("subscription");
    const chosen = chosenTypes(form);
    const fields = /** @type {NodeListOf<HTMLElement>} */ (this.#root.querySelectorAll("[data-for]"));
    for (const field of fields) field.hidden = !field.dataset.for?.split(" ").some((type) => chosen.includes(type));
    find(this.#root, "#tracker-field").hidden = textIn(form, "target") !== "selected";
  }

  #showState() {
    const { state, ending } = this.#socket;
    const told = find(this.#root, "#socket-state");
    told.textContent = state === "closed" && ending ? ending : STATES[state];
    told.dataset.state = state;
    find(this.#root, "#disconnect", HTMLButtonElement).disabled = state === "closed";
    if (state === "open") for (const command of this.#waiting.splice(0)) this.#socket.send(command);
    if (state === "closed") this.#silence.clear();
  }
}

/** @param {?Json} document */
function isAboutReports(document) {
  return document?.event === "readings_batch" || document?.event === "iot_monitor";
}

/** @param {string} text @returns {?Json} */
function readDocument(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
