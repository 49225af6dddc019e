/** The monitoring page: puts its parts together. */

import "./words/messages.js";
import { Address } from "./address.js";
import { AlertPanel } from "./alerts/panel.js";
import { Board } from "./board/board.js";
import { DetailCard } from "./detail.js";
import { detailOf, find as findIn, messageOf } from "./dom.js";
import { Door } from "./door.js";
import { Fleet } from "./fleet.js";
import { Keys } from "./help/keys.js";
import { HelpSheet } from "./help/sheet.js";
import { SHORTCUTS } from "./help/shortcuts.js";
import { History } from "./history/history.js";
import { allowInspection } from "./inspection.js";
import { LinkView } from "./link/view.js";
import { Side } from "./list/side.js";
import { LoginForm } from "./login.js";
import { PlaceTools } from "./map/place.js";
import { Ruler } from "./map/ruler.js";
import { MapTools } from "./map/tools.js";
import { Menu } from "./menu.js";
import { Notices } from "./notices.js";
import { Panels } from "./panel.js";
import { watcher } from "./preferences.js";
import { Assignment } from "./records/assign.js";
import { Notebook } from "./records/notebook.js";
import { ReplayBar } from "./replay/bar.js";
import { ShownClock } from "./replay/clock.js";
import { Replay } from "./replay/replay.js";
import { ReportPanel } from "./reports/panel.js";
import { RulePanel } from "./rules/panel.js";
import { Session } from "./session.js";
import { SetupPanel } from "./setup/panel.js";
import { Sharing } from "./share/sharing.js";
import { isolate } from "./texts.js";
import { listenToSkips } from "./skips.js";
import { Theme } from "./theme.js";
import { ServerClock } from "./time.js";
import { Watch } from "./watch.js";
import { listenToPickers } from "./words/choice.js";
import { ZonePanel } from "./zones/panel.js";
import { t } from "./words/words.js";

/** @typedef {import("./fleet.js").Vehicle} Vehicle */

/** @template {HTMLElement} [T=HTMLElement] @param {string} id @param {{new (): T}} [kind] */
const find = (id, kind) => findIn(document, `#${id}`, kind);
const settings = JSON.parse(find("page-settings").textContent ?? "");

const address = new Address();
const fleet = new Fleet({ hear: (vehicle) => replay.hear(vehicle) });
const clock = new ServerClock();
const replay = new Replay(fleet, clock);
const shownClock = new ShownClock(clock, replay);
const session = new Session();
const theme = new Theme(find("theme"));
const notices = new Notices(find("notices"));
const notebook = new Notebook({ session });
const zones = new ZonePanel(find("zones"), find("zones-open"), { session });
const side = new Side(find("side"), { fleet, clock: shownClock, session, notebook, zones, address });
const { filter, list } = side;
const history = new History(find("history", HTMLDetailsElement), { clock, session });
const assignment = new Assignment(find("assign"), { notebook, session, fleet });
const place = new PlaceTools(find("place"));
const ruler = new Ruler(find("ruler"));
const sharing = new Sharing(find("sharing"), { clock, session, wanted });
const watch = new Watch({ fleet, clock, session, areaFrom: settings.area_from_trackers });
const detail = new DetailCard(find("detail"), { clock: shownClock, session, link: watch.link });
const door = new Door({ session, watch, login: new LoginForm(find("login", HTMLDialogElement)) });
const linkView = new LinkView(watch.link, {
  badge: find("link"),
  banner: find("banner"),
  live: find("link-spoken"),
  page: document.body,
}, () => watch.interval);
const rules = new RulePanel(find("rules"), find("rules-open"), { session, fleet });
const alerts = new AlertPanel(find("alerts"), find("alerts-open"), { session, clock, fleet, maxAgeS: settings.alert_max_age_s });
const reports = new ReportPanel(find("reports"), find("reports-open"), { session, clock, fleet, filter, notebook, settings });
const setup = new SetupPanel(find("setup"), find("setup-open"), { session, fleet });
const panels = new Panels([zones, rules, reports, alerts, setup]);
const board = new Board(find("board"), find("board-open"), { clock, latest: (count) => alerts.latest(count), vehicles: wanted, groups: () => side.groups });
const keys = new Keys(SHORTCUTS, {
  search: () => side.searchField.focus(),
  follow: () => map?.toggleFollow(),
  inspect: () => detail.inspect(),
  replay: toggleReplay,
  ruler: () => ruler.toggle(),
  board: () => board.toggle(),
  leave: leaveOpened,
  help: () => help.open(),
});
new ReplayBar(find("replay"), replay);
new Menu(find("more-open"), find("more"));
const help = new HelpSheet(find("help", HTMLDialogElement), keys, SHORTCUTS);
/** What only somebody who is logged in finds at the top of the page. */
const LOGGED_IN = ["zones-open", "rules-open", "alerts-open", "setup-open", "logout"];
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
    const labelOf = (/** @type {?number} */ trackerId) => (trackerId === null ? side.groupTitle : (fleet.get(trackerId)?.label ?? ""));
    map = new FleetMap(find("map"), settings, theme.shown, { view: address.first.view, labelOf, cover: find("detail") });
    map.attach(side.window);
    map.attach(ruler);
    map.attach(editor);
    map.attach(new MapTools([
      { className: "replay-open", title: t("The last minutes (r)"), act: toggleReplay },
      { className: "ruler-open", title: t("Ruler (m)"), act: () => ruler.toggle() },
    ]));
    zones.drawOn(editor);
  } catch (error) {
    find("map-missing").hidden = false;
    find("map-missing").textContent = t("The map cannot be shown: {reason}. The list works without it.", { reason: messageOf(error) });
    return;
  }
  map.addEventListener("select", (event) => select(detailOf(event)));
  map.addEventListener("view", (event) => address.note({ view: detailOf(event) }));
  map.addEventListener("seen", (event) => watch.look(detailOf(event)));
  map.addEventListener("follow", showPlace);
  map.addEventListener("ground", (event) => history.attach(detailOf(event), theme.shown));
  map.addEventListener("problem", (event) => notices.show(detailOf(event)));
  if (board.isOn) map.watchAll(true);
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
function draw(trackerIds, now = performance.now(), isGliding = true) {
  const shownOf = (/** @type {?Vehicle} */ vehicle) => (vehicle && (vehicle.trackerId === selected || filter.acceptsOnMap(vehicle)) ? vehicle : null);
  map?.draw(new Map([...trackerIds].map((trackerId) => [trackerId, shownOf(fleet.get(trackerId))])), now, { isGliding });
}

/** Those that the filter lets through. */
function wanted() {
  return [...fleet.all()].filter((vehicle) => filter.acceptsOnMap(vehicle));
}

/** @param {number} now */
function showFrame(now) {
  frameIsDue = false;
  const dirty = fleet.takeDirty();
  filter.sift([...dirty].map((trackerId) => fleet.get(trackerId)).filter((vehicle) => vehicle !== null));
  draw(dirty, now, !replay.takeJump());
  side.showStatuses();
  if (dirty.size === 0) return;
  side.spoilCounts();
  if (!replay.isOn) side.note(dirty);
  alerts.showVehicles();
  rules.show();
  setup.show();
  orderIsOld = true;
  list.show();
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
  if (!replay.isOn) history.follow(vehicle);
}

/** Once a second ages tick, and who changed finds its place in the list: oftener would make the list restless. */
function tick() {
  fleet.age(clock.now());
  replay.tick(watch.link.state === "live");
  if (orderIsOld && !list.isBusy) {
    list.arrange();
    orderIsOld = false;
  } else list.show();
  linkView.show();
  board.tick();
  side.tick();
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

/** Somebody is logged in. @param {{isNew: boolean}} how */
function begin({ isNew }) {
  find("user").textContent = session.login;
  for (const id of LOGGED_IN) find(id).hidden = false;
  watch.start().then(() => notebook.load());
  alerts.begin();
  setup.begin({ isNew });
  zones.load();
}

function forget() {
  select(null);
  map?.forgetView();
}

/** Nobody is logged in any more. */
function leave() {
  replay.clear();
  side.forget();
  for (const id of LOGGED_IN) find(id).hidden = true;
  panels.clear();
  notebook.clear();
}

/** Times and figures are read in another way from now on. */
function retell() {
  list.show();
  if (selected === null) return;
  watch.readSensorsOf(null);
  watch.readSensorsOf(selected);
  detail.show(fleet.get(selected));
  history.retell();
}

function showTheme() {
  map?.paint(theme.shown);
  history.paint(theme.shown);
}

function toggleReplay() {
  if (replay.isOn) replay.end();
  else if (!replay.begin()) notices.show(t("There is nothing to look back at yet."));
}

/** What lies over the page is left one thing at a time. @param {KeyboardEvent} event */
function leaveOpened(event) {
  const target = /** @type {Element} */ (event.target);
  if (side.searchField.value && target === side.searchField) side.search("");
  else if (replay.isOn) replay.end();
  else if (ruler.isOn) ruler.toggle();
  else if (panels.open && !target.closest("#detail")) panels.open.leave();
  else if (detail.isOpen) select(null);
  else if (board.isOn) board.toggle();
}

function connectParts() {
  side.addEventListener("select", (event) => select(detailOf(event), { isSought: true }));
  side.addEventListener("change", () => {
    draw(filter.sift(fleet.all()));
    map?.retell();
  });
  side.addEventListener("fit", () => map?.fitAll());
  side.addEventListener("follow", () => map?.toggleFollow(null));
  detail.addEventListener("close", () => select(null));
  place.addEventListener("follow", () => map?.toggleFollow());
  detail.addEventListener("locate", () => select(selected, { isSought: true }));
  replay.addEventListener("change", scheduleFrame);
  board.addEventListener("change", () => {
    replay.end();
    select(null);
    session.stay(board.isOn);
    map?.watchAll(board.isOn);
  });
  board.addEventListener("fit", () => map?.fitAll());
  board.addEventListener("group", (event) => side.showGroup(detailOf(event)));
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
  watcher.addEventListener("change", retell);
  setup.addEventListener("change", () => {
    watch.refresh();
    notebook.load();
  });
  for (const part of [watch, history, notebook, zones, rules, reports, alerts, setup]) part.addEventListener("problem", (event) => notices.show(detailOf(event)));
  watch.addEventListener("alert", (event) => alerts.take(detailOf(event)));
  watch.addEventListener("hearing", () => alerts.load());
  alerts.addEventListener("choose", (event) => showAlert(detailOf(event)));
  alerts.addEventListener("popup", (event) => {
    /** @type {import("./alerts/feed.js").Entry} */
    const entry = detailOf(event);
    notices.show(isolate(entry.message), { name: t("Show"), act: () => alerts.choose(entry) });
  });
  door.addEventListener("enter", (event) => begin(detailOf(event)));
  door.addEventListener("forget", forget);
  door.addEventListener("leave", leave);
  theme.addEventListener("change", showTheme);
}

function listenToPage() {
  find("help-open").addEventListener("click", () => help.open());
  find("logout").addEventListener("click", () => door.logOut());
  addEventListener("online", () => watch.link.retry());
  addEventListener("offline", () => watch.link.retry());
  document.addEventListener("visibilitychange", () => document.hidden || watch.link.retry());
  addEventListener("pagehide", () => watch.stop());
  addEventListener("pageshow", ({ persisted }) => persisted && door.open());
}

allowInspection({ fleet, link: watch.link });
connectParts();
listenToPickers();
listenToSkips();
listenToPage();
showTheme();
side.showStatuses();
side.begin();
tick();
setInterval(tick, 1000);
openMap();
if (board.isOn) session.stay(true);
door.open();
