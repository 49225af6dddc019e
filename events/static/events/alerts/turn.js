/** Which of the browser's tabs does what is to be done once, as to sound for an alert that all of them hear of. */

import { recall, remember } from "../memory.js";

const KEY = "fleetsphere.turn.";
/** So many turns are remembered, each in its place. */
const PLACES = 64;
/** What one tab stores all others see by then, however busy the computer is. */
const SETTLE_MS = 2_000;
/** Without locks, who takes a turn at the same moment sees by then who was the last to; later would be late for a sound. */
const GUESS_MS = 300;
const pause = (/** @type {number} */ milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const ME = Array.from(crypto.getRandomValues(new Uint32Array(2)), (number) => number.toString(36)).join("");

/**
 * Takes the turn for something that has a number; without a storage each tab has it.
 * @param {number} id @returns {Promise<boolean>} whether it is this tab's
 */
export async function takeTurn(id, me = ME) {
  const [place, mine] = [`${KEY}${id % PLACES}`, `${id}/${me}`];
  if (recall(place)?.startsWith(`${id}/`)) return false;
  remember(place, mine);
  // Browsers have locks with HTTPS only.
  if (navigator.locks) return lock(`${KEY}${id}`);
  await pause(GUESS_MS);
  return (recall(place) ?? mine) === mine;
}

/** Holds a lock for a while. @param {string} name @returns {Promise<boolean>} whether it was free */
function lock(name) {
  return new Promise((resolve) => {
    navigator.locks.request(name, { ifAvailable: true }, async (held) => {
      resolve(held !== null);
      if (held !== null) await pause(SETTLE_MS);
    });
  });
}
