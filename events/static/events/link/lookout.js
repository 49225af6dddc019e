/**
 * Which part of the map a page asks for when the fleet is too large to be followed as a whole. Pure.
 *
 * A margin around what is seen saves a request for each small move, and has vehicles there before they are seen.
 */

/** Of what is seen, to each side. */
const MARGIN = 0.25;
/** A window that is so many times as wide as what is seen is too large. */
const TOO_WIDE = 4;
/** Of so many of a large fleet the first view is made, before there is a window. */
const SAMPLE = 200;

/**
 * @typedef {{north: number, west: number, south: number, east: number}} Box degrees; longitudes of any turn, as a map has them
 * @typedef {{nw: {lat: number, lng: number}, se: {lat: number, lng: number}}} Bounds
 */

export class Lookout {
  /** @type {?Box} what is asked for; null: nothing was seen yet */
  #window = null;
  isOn = false;

  /** Whether an area is asked for, whoever is there; no tracker needs to be known for that. */
  get isOfArea() {
    return this.isOn && this.#window !== null;
  }

  /** Whether the part of the map to be asked for is another, now that this is seen. @param {Box} seen */
  see(seen) {
    if (this.#window !== null && covers(this.#window, seen) && !isTooWide(this.#window, seen)) return false;
    this.#window = grown(seen);
    return true;
  }

  /** The target of a request for states. @param {number[]} trackerIds of the whole fleet @returns {object} */
  target(trackerIds) {
    if (!this.isOn) return { type: "selected", tracker_ids: trackerIds };
    if (this.#window === null) return { type: "selected", tracker_ids: sampleOf(trackerIds) };
    return { type: "area", bounds: boundsOf(this.#window) };
  }
}

/** @param {Box} outer @param {Box} inner */
function covers(outer, inner) {
  return outer.north >= inner.north && outer.south <= inner.south && outer.west <= inner.west && outer.east >= inner.east;
}

/** @param {Box} window @param {Box} seen */
function isTooWide(window, seen) {
  return window.east - window.west > TOO_WIDE * (seen.east - seen.west);
}

/** @param {Box} box @returns {Box} */
function grown({ north, west, south, east }) {
  const [tall, wide] = [(north - south) * MARGIN, (east - west) * MARGIN];
  return { north: Math.min(90, north + tall), west: west - wide, south: Math.max(-90, south - tall), east: east + wide };
}

/** A box of a whole turn is the whole earth, whatever its corners would be by themselves. @param {Box} box @returns {Bounds} */
export function boundsOf({ north, west, south, east }) {
  const isAround = east - west >= 360;
  return { nw: { lat: north, lng: isAround ? -180 : turned(west) }, se: { lat: south, lng: isAround ? 180 : turned(east) } };
}

/** @param {number} longitude @returns {number} from -180 up to 180 */
function turned(longitude) {
  return ((((longitude + 180) % 360) + 360) % 360) - 180;
}

/** @param {number[]} ids @returns {number[]} some of them, spread over all */
function sampleOf(ids) {
  const step = Math.max(1, Math.floor(ids.length / SAMPLE));
  return ids.filter((_, index) => index % step === 0);
}

/** The statuses of the page by which the server counts otherwise. @type {Record<string, string>} */
const OTHER_WORDS = { just_registered: "new" };

/**
 * @param {{inside: Record<string, number>, outside: Record<string, number>}} counts as the server tells them
 * @returns {Record<string, number>} of all trackers, by the page's statuses
 */
export function addCounts({ inside, outside }) {
  /** @type {Record<string, number>} */
  const sum = {};
  for (const counts of [inside, outside]) {
    for (const [word, count] of Object.entries(counts)) {
      const key = OTHER_WORDS[word] ?? word;
      sum[key] = (sum[key] ?? 0) + count;
    }
  }
  return sum;
}
