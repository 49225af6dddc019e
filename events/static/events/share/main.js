/** The page of a share link: a map and a list of what the link shows, and nothing to log in to. */

import "../words/messages.js";
import { detailOf } from "../dom.js";
import { Fleet } from "../fleet.js";
import { LinkView } from "../link/view.js";
import { VehicleList } from "../list.js";
import { FleetMap } from "../map.js";
import { Theme } from "../theme.js";
import { ServerClock, formatMoment } from "../time.js";
import { Trails } from "./trails.js";
import { t } from "../words/words.js";
import { SharedWatch } from "./watch.js";

const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const settings = JSON.parse(find("page-settings").textContent ?? "");
/** What the page shows next is either what the link shows now, or that it shows nothing any more. */
const RELOAD_AFTER_MS = 300;

const fleet = new Fleet();
const clock = new ServerClock();
const theme = new Theme();
const trails = new Trails(settings.trace_s * 1000);
const list = new VehicleList(find("list"), find("list-empty"), { fleet, clock });
const watch = new SharedWatch({ fleet, clock, token: location.pathname.split("/")[2], trackers: settings.trackers });
const linkView = new LinkView(watch.link, {
  badge: find("link"),
  banner: find("banner"),
  live: find("link-spoken"),
  page: document.body,
});
const map = new FleetMap(find("map"), settings, theme.shown);
let frameIsDue = false;
let wasMoved = false;

function scheduleFrame() {
  if (frameIsDue) return;
  frameIsDue = true;
  requestAnimationFrame(showFrame);
}

/** @param {number} now */
function showFrame(now) {
  frameIsDue = false;
  const changed = new Map([...fleet.takeDirty()].map((trackerId) => [trackerId, fleet.get(trackerId)]));
  for (const [trackerId, vehicle] of changed) trails.take(trackerId, vehicle?.state ?? null);
  map.draw(changed, now);
  if (changed.size === 0) return;
  list.arrange();
  if (settings.autoscale && !wasMoved) map.forgetView();
}

function tick() {
  fleet.age(clock.now());
  scheduleFrame();
  linkView.show();
  list.show();
  trails.show(clock.now());
}

/** @param {number} trackerId */
function select(trackerId) {
  list.select(trackerId);
  map.select(trackerId, fleet.get(trackerId)?.state?.position ?? null);
}

for (const sign of ["pointerdown", "wheel", "keydown"]) {
  find("map").addEventListener(sign, () => (wasMoved = true), { passive: true });
}
find("until").textContent = t("until {moment}", { moment: formatMoment(Date.parse(settings.ends_at)) });
list.addEventListener("select", (event) => select(detailOf(event)));
map.addEventListener("select", (event) => list.select(detailOf(event)));
map.addEventListener("ground", (event) => trails.addTo(detailOf(event)));
watch.addEventListener("change", scheduleFrame);
watch.addEventListener("ended", () => setTimeout(() => location.reload(), RELOAD_AFTER_MS));
theme.addEventListener("change", () => map.paint(theme.shown));
addEventListener("online", () => watch.link.retry());
document.addEventListener("visibilitychange", () => document.hidden || watch.link.retry());
addEventListener("pagehide", () => watch.link.stop());
addEventListener("pageshow", ({ persisted }) => persisted && watch.link.start());
map.forgetView();
setInterval(tick, 1000);
watch.start();
