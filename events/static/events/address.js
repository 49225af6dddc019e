/** What is looked at, in the address of the page: a bookmark shows it again, and a reload, too. */

const WRITE_MS = 400;
const DIGITS = 5;

/**
 * @typedef {object} Looked
 * @property {?{center: [number, number], zoom: number}} view
 * @property {string[]} statuses that are shown; none: all
 * @property {string} search
 * @property {?number} vehicle that is selected
 */

/** @param {string} hash of an address @returns {Looked} what of it can be understood */
export function readLooked(hash) {
  const parts = new URLSearchParams(hash.replace(/^#/, ""));
  const [zoom, lat, lng] = (parts.get("map") ?? "").split("/").map(Number);
  const isView = parts.has("map") && [zoom, lat, lng].every(Number.isFinite) && Math.abs(lat) <= 90 && Math.abs(lng) <= 180;
  const vehicle = Number(parts.get("vehicle") ?? NaN);
  return {
    view: isView ? { center: [lng, lat], zoom: Math.min(22, Math.max(0, zoom)) } : null,
    statuses: (parts.get("status") ?? "").split(",").filter(Boolean),
    search: parts.get("search") ?? "",
    vehicle: Number.isInteger(vehicle) && vehicle > 0 ? vehicle : null,
  };
}

/** @param {Looked} looked @returns {string} for the end of an address; empty where nothing is looked at */
export function writeLooked({ view, statuses, search, vehicle }) {
  const parts = [];
  if (view) parts.push(`map=${[view.zoom, view.center[1], view.center[0]].map((number) => Number(number.toFixed(DIGITS))).join("/")}`);
  if (statuses.length > 0) parts.push(`status=${statuses.map(encodeURIComponent).join(",")}`);
  if (search) parts.push(`search=${encodeURIComponent(search)}`);
  if (vehicle !== null) parts.push(`vehicle=${vehicle}`);
  return parts.length > 0 ? `#${parts.join("&")}` : "";
}

export class Address {
  /** As it was when the page was opened. */
  first = readLooked(location.hash);
  #looked = this.first;
  /** @type {?ReturnType<typeof setTimeout>} */
  #timer = null;

  /** @param {Partial<Looked>} news */
  note(news) {
    this.#looked = { ...this.#looked, ...news };
    this.#timer ??= setTimeout(() => this.#write(), WRITE_MS);
  }

  #write() {
    this.#timer = null;
    const hash = writeLooked(this.#looked);
    if (hash !== location.hash) history.replaceState(history.state, "", hash || location.pathname + location.search);
  }
}
