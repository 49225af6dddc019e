/** What is looked at, in the address of the page: a bookmark shows it again, and a reload, too. */

const WRITE_MS = 400;
const DIGITS = 5;
/** The order that is not written down. */
const USUAL_ORDER = "label";
const NAMES = ["map", "order", "near", "fields", "status", "group", "tags", "area", "search", "vehicle"];

/**
 * @typedef {object} Looked
 * @property {?{center: [number, number], zoom: number}} view
 * @property {string} order of the list
 * @property {?{lat: number, lng: number}} near from where distances are measured
 * @property {?string[]} fields that rows tell; null: those that the browser is used to
 * @property {string[]} statuses that are shown; none: all
 * @property {?number} group that is shown, 0: of those in none; null: all
 * @property {number[]} tags that a vehicle must have
 * @property {string} area where it must be: "map" or the id of a zone; empty: anywhere
 * @property {string} search
 * @property {?number} vehicle that is selected
 */

/** @type {Looked} */
const NOTHING = { view: null, order: USUAL_ORDER, near: null, fields: null, statuses: [], group: null, tags: [], area: "", search: "", vehicle: null };

/** @param {string} hash of an address @returns {Looked} what of it can be understood */
export function readLooked(hash) {
  const parts = new URLSearchParams(hash.replace(/^#/, ""));
  const list = (/** @type {string} */ name) => (parts.get(name) ?? "").split(",").filter(Boolean);
  const id = (/** @type {string} */ text, least = 1) => (/^\d{1,15}$/.test(text) && Number(text) >= least ? Number(text) : null);
  const [lat, lng] = (parts.get("near") ?? "").split(",").map(Number);
  return {
    view: readView(parts.get("map") ?? ""),
    order: parts.get("order") ?? USUAL_ORDER,
    near: parts.has("near") && isPlace(lat, lng) ? { lat, lng } : null,
    fields: parts.has("fields") ? list("fields") : null,
    statuses: list("status"),
    group: id(parts.get("group") ?? "", 0),
    tags: list("tags").map((text) => id(text)).filter((one) => one !== null),
    area: parts.get("area") ?? "",
    search: parts.get("search") ?? "",
    vehicle: id(parts.get("vehicle") ?? ""),
  };
}

/** @param {Partial<Looked>} looked @returns {string} for the end of an address; empty where nothing is looked at */
export function writeLooked(looked) {
  const { view, order, near, fields, statuses, group, tags, area, search, vehicle } = { ...NOTHING, ...looked };
  const parts = [
    view && `map=${[view.zoom, view.center[1], view.center[0]].map(rounded).join("/")}`,
    order !== USUAL_ORDER && `order=${encodeURIComponent(order)}`,
    near && `near=${rounded(near.lat)},${rounded(near.lng)}`,
    fields && `fields=${fields.map(encodeURIComponent).join(",")}`,
    statuses.length > 0 && `status=${statuses.map(encodeURIComponent).join(",")}`,
    group !== null && `group=${group}`,
    tags.length > 0 && `tags=${tags.join(",")}`,
    area && `area=${encodeURIComponent(area)}`,
    search && `search=${encodeURIComponent(search)}`,
    vehicle !== null && `vehicle=${vehicle}`,
  ].filter(Boolean);
  return parts.length > 0 ? `#${parts.join("&")}` : "";
}

/** @param {string} text @returns {Looked["view"]} */
function readView(text) {
  const [zoom, lat, lng] = text.split("/").map(Number);
  const isView = Number.isFinite(zoom) && isPlace(lat, lng);
  return isView ? { center: [lng, lat], zoom: Math.min(22, Math.max(0, zoom)) } : null;
}

/** @param {number} lat @param {number} lng */
function isPlace(lat, lng) {
  return Math.abs(lat) <= 90 && Math.abs(lng) <= 180;
}

/** @param {number} number */
function rounded(number) {
  return Number(number.toFixed(DIGITS));
}

export class Address {
  /** As it was when the page was opened. */
  first = readLooked(location.hash);
  /** Whether it asked for something then. */
  isAsked = isAsking(location.hash);
  #looked = this.first;
  #isLeft = false;
  /** @type {?ReturnType<typeof setTimeout>} */
  #timer = null;

  constructor() {
    addEventListener("hashchange", ({ newURL }) => isAsking(new URL(newURL).hash) && this.#open(newURL));
  }

  /** Whoever puts another address in has it shown as the page shows it when it is opened. @param {string} url */
  #open(url) {
    // The page may have written its own over it before it was told, and must not again before it is gone.
    this.#isLeft = true;
    history.replaceState(history.state, "", url);
    location.reload();
  }

  /** @param {Partial<Looked>} news */
  note(news) {
    this.#looked = { ...this.#looked, ...news };
    this.#timer ??= setTimeout(() => this.#write(), WRITE_MS);
  }

  #write() {
    this.#timer = null;
    if (this.#isLeft) return;
    const hash = writeLooked(this.#looked);
    if (hash !== location.hash) history.replaceState(history.state, "", hash || location.pathname + location.search);
  }
}

/** Links within the page ask for nothing, and those of alerts are for others. @param {string} hash */
function isAsking(hash) {
  const parts = new URLSearchParams(hash.slice(1));
  return NAMES.some((name) => parts.has(name));
}
