/** What is written down of a vehicle. Pure. */

/**
 * @typedef {{id: number, name: string, phone: string, trackerId: ?number}} Driver
 * @typedef {{trackerId: ?number, plate: string, model: string}} Papers
 * @typedef {{plate: string, model: string, driver: ?Driver, group: string, tags: string[]}} Notes
 */

/** @type {Notes} of whom nothing is known */
export const NO_NOTES = Object.freeze({ plate: "", model: "", driver: null, group: "", tags: [] });

/** What is kept of an item of `vehicle/list`. @param {{tracker_id: ?number, reg_number: string, model: string}} item @returns {Papers} */
export function vehicleOf({ tracker_id: trackerId, reg_number: plate, model }) {
  return { trackerId, plate, model };
}

/**
 * What is kept of an item of `employee/list`.
 * @param {{id: number, tracker_id: ?number, first_name: string, middle_name: string, last_name: string, phone: string}} item
 * @returns {Driver}
 */
export function driverOf({ id, tracker_id: trackerId, first_name: first, middle_name: middle, last_name: last, phone }) {
  return { id, trackerId, phone, name: [first, middle, last].filter(Boolean).join(" ") };
}

/** What a search looks through. @param {Notes} notes */
export function wordsOf({ plate, model, driver, group, tags }) {
  return [plate, model, driver?.name, driver?.phone, group, ...tags].filter(Boolean).join("\n");
}
