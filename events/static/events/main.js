/**
 * The monitoring page: puts its parts together.
 *
 * `window.fleetsphere` is for tests and the developer console, and can only be read: `link` is the state of the live
 * link ("off", "connecting", "live", "silent", "reconnecting", "offline"), `transport` what carries it while it is live,
 * `states()` lists what the page knows of each vehicle.
 */

import { Address } from "./address.js";
import { AlertPanel } from "./alerts/panel.js";
import { DetailCard } from "./detail.js";
import { detailOf, find as findIn, messageOf } from "./dom.js";
import { FilterBar } from "./filter/bar.js";
import { Filter } from "./filter/filter.js";
import { Fleet } from "./fleet.js";
import { History } from "./history/history.js";
import { LinkView } from "./link/view.js";
import { VehicleList } from "./list.js";
import { LoginForm } from "./login.js";
import { PlaceTools } from "./map/place.js";
import { Notices } from "./notices.js";
import { Assignment } from "./records/assign.js";
import { Notebook } from "./records/notebook.js";
import { ReportPanel } from "./reports/panel.js";
import { RulePanel } from "./rules/panel.js";
import { Session } from "./session.js";
import { Sharing } from "./share/sharing.js";
import { Summary } from "./summary.js";
import { isolate } from "./texts.js";
import { Theme } from "./theme.js";
import { ServerClock } from "./time.js";
import { Watch } from "./watch.js";
import { ZonePanel } from "./zones/panel.js";

/** @typedef {import("./fleet.js").Vehicle} Vehicle */

/** @template {HTMLElement} [T=HTMLElement] @param {string} id @param {{new (): T}} [kind] */
const find = (id, kind) => findIn(document, `#${id}`, kind);
const settings = JSON.parse(find("page-settings").textContent ?? "");
const searchField = find("search", HTMLInputElement);
const orderField = find("order", HTMLSelectElement);
const loginBox = find("login", HTMLDialogElement);

const address = new Address();
const fleet = new Fleet();
const clock = new ServerClock();
const session = new Session();
const theme = new Theme();
const notices = new Notices(find("notices"));
const login = new LoginForm(loginBox);
const filter = new Filter();
const notebook = new Notebook({ session });
const filterBar = new FilterBar(find("finder"), { filter, notebook });
const list = new VehicleList(find("list"), find("list-empty"), { fleet, clock, filter });
const summary = new Summary(find("summary"));
const detail = new DetailCard(find("detail"), clock);
const history = new History(find("history", HTMLDetailsElement), { clock, session });
const assignment = new Assignment(find("assign"), { notebook, session, fleet });
const place = new PlaceTools(find("place"));
const sharing = new Sharing(find("sharing"), { clock, session });
const watch = new Watch({ fleet, clock, session });
const linkView = new LinkView(watch.link, {
  badge: find("link"),
  banner: find("banner"),
  live: find("link-spoken"),
  page: document.body,
});
const zones = new ZonePanel(find("zones"), find("zones-open"), { session });
const rules = new RulePanel(find("rules"), find("rules-open"), { session, fleet });
const alerts = new AlertPanel(find("alerts"), find("alerts-open"), { session, clock, maxAgeS: settings.alert_max_age_s });
const reports = new ReportPanel(find("reports"), find("reports-open"), { session, clock, fleet, filter, notebook, settings });
const panels = [zones, rules, reports, alerts];
/** What only somebody who is logged in finds at the top of the page. */
const LOGGED_IN = ["zones-open", "rules-open", "alerts-open", "logout"];
/** @type {?import("./map.js").FleetMap} */
let map = null;
/** @type {?number} */
let selected = null;
let frameIsDue = false;
let orderIsOld = false;
/** @type {?number} whom the address asks for, until that one is there */
let awaited = address.first.vehicle;

async function openMap() {
  try {
    const [{ FleetMap }, { ZoneEditor }] = await Promise.all([import("./map.js"), import("./zones/editor.js")]);
    const editor = new ZoneEditor();
    const labelOf = (/** @type {number} */ trackerId) => fleet.get(trackerId)?.label ?? "";
    map = new FleetMap(find("map"), settings, theme.shown, { view: address.first.view, labelOf, cover: find("detail") });
    map.attach(editor);
    zones.drawOn(editor);
  } catch (error) {
    find("map-missing").hidden = false;
    find("map-missing").textContent = `The map cannot be shown: ${messageOf(error)}. The list works without it.`;
    return;
  }
  map.addEventListener("select", (event) => select(detailOf(event)));
  map.addEventListener("view", (event) => address.note({ view: detailOf(event) }));
  map.addEventListener("follow", showPlace);
  map.addEventListener("ground", (event) => history.attach(detailOf(event), theme.shown));
  map.addEventListener("problem", (event) => notices.show(detailOf(event)));
  draw(fleet.trackerIds());
}

/** Everything that arrived since the last frame is shown at once, in the next one. */
function scheduleFrame() {
  if (frameIsDue) return;
  frameIsDue = true;
  requestAnimationFrame(showFrame);
}

/**
 * Shows vehicles on the map as they are now; those that the filter leaves out are not there, unless one is selected.
 * @param {Iterable<number>} trackerIds
 */
function draw(trackerIds, now = performance.now()) {
  const shownOf = (/** @type {?Vehicle} */ vehicle) => (vehicle && (vehicle.trackerId === selected || filter.accepts(vehicle)) ? vehicle : null);
  map?.draw(new Map([...trackerIds].map((trackerId) => [trackerId, shownOf(fleet.get(trackerId))])), now);
}

function showFiltered() {
  draw(filter.sift(fleet.all()));
  list.restart();
}

/** @param {number} now */
function showFrame(now) {
  frameIsDue = false;
  const dirty = fleet.takeDirty();
  filter.sift([...dirty].map((trackerId) => fleet.get(trackerId)).filter((vehicle) => vehicle !== null));
  draw(dirty, now);
  if (dirty.size === 0) return;
  alerts.setVehicles(fleet);
  rules.show();
  orderIsOld = true;
  list.show();
  summary.show(fleet.counts());
  if (awaited !== null && fleet.get(awaited)) select(awaited);
  const vehicle = fleet.get(selected);
  if (selected !== null && vehicle === null) select(null);
  else if (vehicle !== null && dirty.has(vehicle.trackerId)) showSelected(vehicle);
}

function showPlace() {
  if (selected !== null) place.show(fleet.get(selected)?.state?.position ?? null, map?.isFollowing(selected) ?? false);
}

/** @param {Vehicle} vehicle */
function showSelected(vehicle) {
  detail.show(vehicle);
  showPlace();
  history.follow(vehicle);
}

/** Once a second ages tick, and who changed finds its place in the list: oftener would make the list restless. */
function tick() {
  fleet.age(clock.now());
  if (orderIsOld && !list.isBusy) {
    list.arrange();
    orderIsOld = false;
  } else list.show();
  linkView.show();
  scheduleFrame();
  if (selected !== null) detail.show(fleet.get(selected));
  history.tick();
  notebook.tick();
}

/** @param {?number} trackerId */
function select(trackerId, { isSought = false } = {}) {
  const before = selected;
  selected = trackerId;
  draw([before, trackerId].filter((one) => one !== null));
  awaited = null;
  address.note({ vehicle: trackerId });
  const vehicle = fleet.get(trackerId);
  list.select(trackerId);
  watch.readSensorsOf(trackerId);
  detail.show(vehicle);
  history.select(vehicle);
  sharing.select(trackerId);
  assignment.select(trackerId);
  reports.select(trackerId);
  map?.select(trackerId, isSought ? (vehicle?.state?.position ?? null) : null);
  map?.show(null);
  showPlace();
}

/** The vehicle that an alert is of, and where it was then. @param {import("./alerts/feed.js").Entry} entry */
function showAlert({ tracker_id: trackerId, location }) {
  if (fleet.get(trackerId)) select(trackerId);
  map?.show(location);
}

function begin() {
  find("user").textContent = session.login;
  for (const id of LOGGED_IN) find(id).hidden = false;
  watch.start().then(() => notebook.load());
  alerts.begin();
  zones.load();
}

/** @param {string} text why */
function leave(text) {
  for (const id of LOGGED_IN) find(id).hidden = true;
  for (const panel of panels) panel.clear();
  notebook.clear();
  login.open(text, session.login);
}

function showTheme() {
  map?.paint(theme.shown);
  history.paint(theme.shown);
  find("theme").title = `Colours: ${theme.name}`;
  find("theme").setAttribute("aria-label", `Colours: ${theme.name}. Switch.`);
}

/** @param {KeyboardEvent} event */
function pressKey(event) {
  const target = /** @type {Element} */ (event.target);
  const isTyping = target.matches("input, select, textarea");
  if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    searchField.focus();
  } else if (event.key === "f" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
    map?.toggleFollow();
  } else if (event.key === "Escape" && !loginBox.open) {
    if (searchField.value && target === searchField) search("");
    else if (openPanel() && !target.closest("#detail")) openPanel()?.leave();
    else if (detail.isOpen) select(null);
  }
}

function openPanel() {
  return panels.find((panel) => panel.isOpen);
}

/** They lie over the same corner of the map. @param {(typeof panels)[number]} opened */
function closeAllBut(opened) {
  for (const panel of panels) if (panel !== opened && panel.isOpen) panel.close();
}

/** @param {string} text */
function search(text) {
  searchField.value = text;
  filter.search(text);
  draw(filter.sift(fleet.all()));
  list.restart({ isTyped: true });
  address.note({ search: text });
}

function connectParts() {
  for (const panel of panels) panel.opener.addEventListener("click", () => panel.isOpen && closeAllBut(panel));
  list.addEventListener("select", (event) => select(detailOf(event), { isSought: true }));
  detail.addEventListener("close", () => select(null));
  place.addEventListener("follow", () => map?.toggleFollow());
  detail.addEventListener("locate", () => select(selected, { isSought: true }));
  summary.addEventListener("filter", (event) => {
    /** @type {?Set<string>} */
    const statuses = detailOf(event);
    filter.statuses = statuses;
    showFiltered();
    address.note({ statuses: [...(statuses ?? [])] });
  });
  filterBar.addEventListener("change", showFiltered);
  notebook.addEventListener("change", () => {
    fleet.setNotes((vehicle) => notebook.of(vehicle));
    scheduleFrame();
  });
  assignment.addEventListener("change", () => notebook.load());
  assignment.addEventListener("tagged", (event) => {
    /** @type {{trackerId: number, tagIds: number[]}} */
    const { trackerId, tagIds } = detailOf(event);
    fleet.setTags(trackerId, tagIds);
    scheduleFrame();
  });
  watch.addEventListener("change", scheduleFrame);
  for (const part of [watch, history, notebook, ...panels]) part.addEventListener("problem", (event) => notices.show(detailOf(event)));
  watch.addEventListener("alert", (event) => alerts.take(detailOf(event)));
  watch.link.addEventListener("confirmed", () => alerts.load());
  alerts.addEventListener("choose", (event) => showAlert(detailOf(event)));
  alerts.addEventListener("popup", (event) => {
    /** @type {import("./alerts/feed.js").Entry} */
    const entry = detailOf(event);
    notices.show(isolate(entry.message), { name: "Show", act: () => alerts.choose(entry) });
  });
  watch.addEventListener("ended", (event) => leave(detailOf(event)));
  login.addEventListener("login", (event) => {
    /** @type {{hash: string, login: string}} */
    const { hash, login: name } = detailOf(event);
    session.begin(hash, name);
    begin();
  });
  theme.addEventListener("change", showTheme);
}

function listenToPage() {
  document.addEventListener("keydown", pressKey);
  searchField.addEventListener("input", () => search(searchField.value));
  searchField.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "Enter") return;
    event.preventDefault();
    list.focus();
  });
  orderField.addEventListener("change", () => (list.order = orderField.value));
  find("theme").addEventListener("click", () => theme.next());
  find("logout").addEventListener("click", () => {
    select(null);
    watch.logOut();
    map?.forgetView();
    leave("");
  });
  addEventListener("online", () => watch.link.retry());
  addEventListener("offline", () => watch.link.retry());
  document.addEventListener("visibilitychange", () => document.hidden || watch.link.retry());
  addEventListener("pagehide", () => watch.stop());
  addEventListener("pageshow", ({ persisted }) => persisted && session.hash && begin());
}

Object.defineProperty(window, "fleetsphere", {
  value: Object.freeze({
    get link() {
      return watch.link.state;
    },
    get transport() {
      return watch.link.transport;
    },
    states: () =>
      [...fleet.all()].map(({ trackerId, sourceId, status, state }) => ({
        tracker_id: trackerId,
        source_id: sourceId,
        status,
        lat: state?.position?.lat ?? null,
        lng: state?.position?.lng ?? null,
        speed: state?.speed ?? null,
        last_update: state?.updatedAt ? new Date(state.updatedAt).toISOString() : null,
      })),
  }),
});

connectParts();
listenToPage();
showTheme();
summary.show(fleet.counts());
summary.choose(/** @type {import("./statuses.js").StatusKey[]} */ (address.first.statuses));
search(address.first.search);
setInterval(tick, 1000);
openMap();
if (session.hash) begin();
else leave("");
