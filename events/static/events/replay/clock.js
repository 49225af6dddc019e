/** The time of what is shown: of the server now, or of the moment that is replayed. */

import { ServerClock } from "../time.js";

export class ShownClock extends ServerClock {
  #clock;
  #replay;

  /** @param {ServerClock} clock @param {{shownAt: ?number}} replay */
  constructor(clock, replay) {
    super();
    this.#clock = clock;
    this.#replay = replay;
  }

  now() {
    return this.#replay.shownAt ?? this.#clock.now();
  }
}
