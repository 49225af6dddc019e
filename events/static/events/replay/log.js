/**
 * What the page saw of the fleet in the last minutes: a row for each change of a place, speed, heading or status.
 *
 * Rows lie in a ring of whole numbers, in the order in which they came; their time is that of the second to which they
 * belong. A vehicle whose rows are all older keeps the last of them. Pure.
 */

import { STATUS_KEYS } from "../statuses.js";

/** Half an hour is kept, in seconds. */
export const SPAN_S = 1_800;
/** Rows of four numbers: whose it is, latitude, longitude, and the rest; 30 MB of them at most, the oldest go first. */
const ROW = 4;
const MOST_ROWS = 1_900_000;
const FIRST_ROOM = 1_024;
/** Who says again that all is as it was is noted once in so many seconds. */
const AGAIN_S = 60;
const DEGREE = 1e7;
/** The rest is in one number: 4 bits of status, 9 of heading, 16 of speed in tenths of km/h; 0 for none. */
const [HEADING_BIT, SPEED_BIT, NO_STATUS] = [4, 13, 0xf];
const [MOST_HEADING, MOST_SPEED] = [0x1ff, 0xffff];
/** No row, or no second yet. */
const NONE = -1;

/**
 * @typedef {import("../fleet.js").Vehicle} Vehicle
 * @typedef {import("../statuses.js").StatusKey} StatusKey
 * @typedef {{place: {lat: number, lng: number}, speed: ?number, heading: ?number, status: StatusKey, at: number}} Sight
 *   how a vehicle was seen; `at` in milliseconds since 1970, cut to seconds
 */

export class Log {
  #rows = new Int32Array(FIRST_ROOM * ROW);
  /** Rows are counted from the first of all; those between `#oldest` and `next` are there. */
  #oldest = 0;
  next = 0;
  /** @type {Map<number, number>} tracker id to slot */
  #slots = new Map();
  /** @type {number[]} the last row of each slot */
  #last = [];
  /** Of each slot the last row that is no longer in the ring, and its second; 0: there is none. */
  #gone = new Int32Array(FIRST_ROOM * ROW);
  #goneAt = new Float64Array(FIRST_ROOM);
  /** The first row of each second, and whether the page was live in it. */
  #starts = new Float64Array(SPAN_S);
  #lives = new Uint8Array(SPAN_S);
  /** Since 1970. */
  #firstSecond = NONE;
  #second = 0;
  #mostRows;

  /** @param {number} [mostRows] */
  constructor(mostRows = MOST_ROWS) {
    this.#mostRows = mostRows;
  }

  /** Bytes that its rows take now. */
  get bytes() {
    return this.#rows.byteLength + this.#gone.byteLength + this.#goneAt.byteLength;
  }

  /** The oldest moment that is known as a whole, in milliseconds since 1970; null: there is none. */
  get start() {
    return this.#firstSecond === NONE ? null : this.#firstSecond * 1000;
  }

  /** The second of now. */
  get end() {
    return this.#second * 1000;
  }

  get trackerIds() {
    return this.#slots.keys();
  }

  get size() {
    return this.#last.length;
  }

  clear() {
    this.#oldest = this.next = 0;
    this.#slots.clear();
    this.#last = [];
    this.#firstSecond = NONE;
  }

  /** Another second may have begun; also to be called while nothing happens. @param {number} now @param {boolean} isLive */
  tick(now, isLive) {
    const second = Math.floor(now / 1000);
    if (this.#firstSecond === NONE || second - this.#second >= SPAN_S) this.#begin(second);
    // A clock that is set back makes no time twice.
    while (this.#second < second) this.#turnTo(this.#second + 1, isLive);
  }

  /** Notes how a vehicle is seen now. @param {Vehicle} vehicle */
  note(vehicle) {
    const place = vehicle.state?.position;
    if (!place || this.#firstSecond === NONE) return;
    const slot = this.#slots.get(vehicle.trackerId) ?? this.#addSlot(vehicle.trackerId);
    const row = [slot, Math.round(place.lat * DEGREE), Math.round(place.lng * DEGREE), lookOf(vehicle)];
    if (this.#isKnown(slot, row)) return;
    if (this.next - this.#oldest === this.#room) this.#makeRoom();
    this.#rows.set(row, this.#offset(this.next));
    this.#last[slot] = this.next;
    this.next += 1;
  }

  /** @param {number} moment @returns {number} the row that came first after its second */
  rowAfter(moment) {
    const second = Math.floor(moment / 1000);
    return second >= this.#second ? this.next : this.#starts[(second + 1) % SPAN_S];
  }

  /** @param {number} moment whether the page was live then */
  wasLive(moment) {
    return this.#lives[Math.floor(moment / 1000) % SPAN_S] === 1;
  }

  /** The first row that is there. */
  get oldest() {
    return this.#oldest;
  }

  /**
   * Puts the last row of each slot among some rows in its place, and marks those slots.
   * @param {number} start @param {number} end the row after the last @param {Float64Array} lasts @param {Uint8Array} marks
   */
  collect(start, end, lasts, marks) {
    const rows = this.#rows;
    for (let row = start, offset = this.#offset(start); row < end; row += 1, offset += ROW) {
      if (offset === rows.length) offset = 0;
      const slot = rows[offset];
      lasts[slot] = row;
      marks[slot] = 1;
    }
  }

  /** @param {number} trackerId @returns {number} -1: it was never seen */
  slotOfTracker(trackerId) {
    return this.#slots.get(trackerId) ?? NONE;
  }

  /** What a row says, or for one that has gone, or for none (-1), what was seen of its slot before all that is there. @param {number} slot @param {number} row @returns {?Sight} */
  read(slot, row) {
    if (row >= this.#oldest) return sightOf(this.#rows, this.#offset(row), this.#secondOf(row) * 1000);
    return this.#goneAt[slot] ? sightOf(this.#gone, slot * ROW, this.#goneAt[slot] * 1000) : null;
  }

  get #room() {
    return this.#rows.length / ROW;
  }

  /** @param {number} row */
  #offset(row) {
    return (row % this.#room) * ROW;
  }

  /** Nothing of what was noted is near enough. @param {number} second */
  #begin(second) {
    while (this.#oldest < this.next) this.#drop();
    this.#firstSecond = this.#second = second;
    this.#starts[second % SPAN_S] = this.next;
  }

  /** @param {number} second @param {boolean} isLive */
  #turnTo(second, isLive) {
    this.#lives[this.#second % SPAN_S] = isLive ? 1 : 0;
    if (second - this.#firstSecond >= SPAN_S) this.#forgetSecond();
    this.#second = second;
    this.#starts[second % SPAN_S] = this.next;
  }

  #forgetSecond() {
    const end = this.#starts[(this.#firstSecond + 1) % SPAN_S];
    while (this.#oldest < end) this.#drop();
    this.#firstSecond += 1;
  }

  /** The oldest row goes; what it said is kept as the last that is known from before. */
  #drop() {
    const offset = this.#offset(this.#oldest);
    const slot = this.#rows[offset];
    this.#gone.set(this.#rows.subarray(offset, offset + ROW), slot * ROW);
    this.#goneAt[slot] = this.#secondOf(this.#oldest);
    this.#oldest += 1;
  }

  /** Where no more rows may be had, the oldest seconds go before their time. */
  #makeRoom() {
    if (this.#room < this.#mostRows) return this.#grow();
    this.#drop();
    while (this.#firstSecond < this.#second && this.#starts[this.#firstSecond % SPAN_S] < this.#oldest) this.#firstSecond += 1;
  }

  #grow() {
    const room = Math.min(2 * this.#room, this.#mostRows);
    const rows = new Int32Array(room * ROW);
    // Piece by piece, each as long as both rings go on.
    for (let row = this.#oldest; row < this.next; ) {
      const count = Math.min(this.next - row, this.#room - (row % this.#room), room - (row % room));
      const from = this.#offset(row);
      rows.set(this.#rows.subarray(from, from + count * ROW), (row % room) * ROW);
      row += count;
    }
    this.#rows = rows;
  }

  /** @param {number} trackerId */
  #addSlot(trackerId) {
    const slot = this.#last.length;
    if (slot === this.#goneAt.length) {
      const [gone, goneAt] = [new Int32Array(2 * this.#gone.length), new Float64Array(2 * slot)];
      gone.set(this.#gone);
      goneAt.set(this.#goneAt);
      [this.#gone, this.#goneAt] = [gone, goneAt];
    }
    this.#goneAt[slot] = 0;
    this.#slots.set(trackerId, slot);
    this.#last.push(NONE);
    return slot;
  }

  /** Whether the last row of a slot says the same, and not long ago. @param {number} slot @param {number[]} row */
  #isKnown(slot, row) {
    const last = this.#last[slot];
    if (last < this.#oldest) return false;
    const offset = this.#offset(last);
    return row.every((number, index) => this.#rows[offset + index] === number) && this.#second - this.#secondOf(last) < AGAIN_S;
  }

  /** The second in which a row came. @param {number} row */
  #secondOf(row) {
    let [low, high] = [this.#firstSecond, this.#second];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.#starts[middle % SPAN_S] <= row) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** @param {Vehicle} vehicle */
function lookOf({ status, state }) {
  const heading = state?.heading == null ? 0 : Math.round(((state.heading % 360) + 360) % 360) + 1;
  const speed = state?.speed == null ? 0 : Math.min(MOST_SPEED, Math.round(Math.max(0, state.speed) * 10) + 1);
  return STATUS_KEYS.indexOf(status) | (heading << HEADING_BIT) | (speed << SPEED_BIT);
}

/** @param {Int32Array} rows @param {number} offset @param {number} at @returns {Sight} */
function sightOf(rows, offset, at) {
  const look = rows[offset + 3];
  const [heading, speed] = [(look >> HEADING_BIT) & MOST_HEADING, (look >> SPEED_BIT) & MOST_SPEED];
  return {
    place: { lat: rows[offset + 1] / DEGREE, lng: rows[offset + 2] / DEGREE },
    heading: heading === 0 ? null : heading - 1,
    speed: speed === 0 ? null : (speed - 1) / 10,
    status: STATUS_KEYS[look & NO_STATUS],
    at,
  };
}
