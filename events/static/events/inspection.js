/** What tests and the developer console may look at. */

/**
 * Makes `window.fleetsphere`, which can only be read: `link` is the state of the live link ("off", "connecting", "live",
 * "silent", "reconnecting", "offline"), `transport` what carries it while it is live, `states()` lists what the page
 * knows of each vehicle.
 * @param {{fleet: import("./fleet.js").Fleet, link: import("./link/link.js").Link}} parts
 */
export function allowInspection({ fleet, link }) {
  const value = Object.freeze({
    get link() {
      return link.state;
    },
    get transport() {
      return link.transport;
    },
    states: () => [...fleet.all()].map(stateOf),
  });
  Object.defineProperty(window, "fleetsphere", { value });
}

/** @param {import("./fleet.js").Vehicle} vehicle */
function stateOf({ trackerId, sourceId, status, state }) {
  return {
    tracker_id: trackerId,
    source_id: sourceId,
    status,
    lat: state?.position?.lat ?? null,
    lng: state?.position?.lng ?? null,
    speed: state?.speed ?? null,
    last_update: state?.updatedAt ? new Date(state.updatedAt).toISOString() : null,
  };
}
