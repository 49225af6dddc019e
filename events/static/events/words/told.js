/**
 * What the server says in English, as it says it to every client: the page has its own words for it. Pure.
 *
 * A test holds these lists against the server's own.
 */

import { keys, t } from "./words.js";

/** Codes of errors (api §1.7), and what is said where there is none. */
keys(
  "The server refused.",
  "Database error",
  "Wrong hash",
  "User or API key not found or session ended",
  "Wrong request format",
  "Unexpected error",
  "Invalid parameters",
  "Too large request",
  "Access denied",
  "Operation not permitted",
  "Database unavailable",
  "Too many requests (rate limit exceeded)",
  "Wrong login or password",
  "User not activated",
  "Logins limit exceeded",
  "Login attempts limit exceeded",
  "Wrong handler",
  "Wrong method",
  "Not found in database",
  "Too many points in a zone",
  "Delete entity associated with",
  "Entity not found",
  "Login already in use",
  "Device blocked",
  "Geocoding failed",
  "Requested time span is too big",
  "Requested limit is too big",
  "Cannot perform action: the device is offline",
  "Requested operation or parameters are not supported by the device",
  "External service error",
  "List contains nonexistent entities",
  "Not allowed for clones of the device",
  "Unknown device model",
  "Device limit exceeded",
  "Plugin not found",
  "Phone number already in use",
  "Device ID already in use",
  "Requested data is not ready yet",
  "Not supported for this entity type",
  "Entity type mismatch",
  "Input already in use",
  "No data file",
  "Invalid data format",
  "New password must be different",
  "Entity already exists",
  "Wrong password",
  "Operation available for clones only",
  "Device already corrupted",
  "Device has clones",
  "Entity has external links",
  "Entries list is missing some entries or contains nonexistent entries",
  "No change needed, old and new values are the same",
  "Too many entities",
  "Over quota",
  "Too many sensors of same type already exist",
  "Trackers must have same models",
  "User is blocked",
  "Wrong authentication code",
  "Not enough points in a zone",
);

/** Events of alerts. */
keys(
  "Entered a zone",
  "Left a zone",
  "Drives too fast",
  "Connection lost",
  "Connection restored",
  "Began a trip",
  "Parked",
  "An input was switched",
  "SOS",
  "Parks for too long",
  "Parks no longer",
  "Stands with the ignition on",
  "No longer stands with the ignition on",
  "A sensor left its range",
  "A sensor is within its range again",
  "External power lost",
  "External power restored",
  "Battery low",
  "Backup battery low",
  "Left the route",
  "Back on the route",
  "The device reports speeding",
  "A state has the watched value",
  "Harsh driving",
  "Crash",
  "The call button was pressed",
  "Satellites lost",
  "Satellites found",
  "The device was taken off",
  "The case of the device was opened",
  "Door alarm",
);

/** Kinds of reports. */
keys(
  "Trip report",
  "Stops report",
  "Engine hours report",
  "Fuel volume report",
  "Speed violation",
  "Eco-driving report",
  "Geofence visits report",
  "Report on all events",
);

/** Names of tables and columns in reports, without units that are of a vehicle. */
keys(
  "Trips",
  "Total trips length, km",
  "Travel time",
  "Average speed, km/h",
  "Max. speed, km/h",
  "Movement start",
  "Movement end",
  "Stops",
  "Stops duration",
  "Start",
  "End",
  "Duration",
  "Engine hours",
  "In movement",
  "Idling",
  "Ignition on",
  "Ignition off",
  "Date",
  "Ignition",
  "Violations",
  "Total duration",
  "Start time",
  "Where it was fastest",
  "Without a report for twenty minutes the engine counts as off.",
  "Penalty points",
  "Penalty points per 100 km",
  "Mileage, km",
  "Speed limit, km/h",
  "Where it was",
  "Time",
  "Event",
  "Events",
  "Message",
  "Where",
  "Fuel by day",
  "Refills",
  "Drains",
  "There is no fuel level sensor.",
  "Geofence",
  "Entered",
  "Left",
  "Time in geofence",
  "Time in geofences",
  "Visits",
  "Visited geofences",
  "Geofence visits",
  "Not visited",
  "In total:",
  "Summary",
  "Tracker",
  "Speeding",
  "Speeding, penalty points",
  "Idling, penalty points",
  "Harsh driving, penalty points",
  "Harsh driving is what the device tells of it.",
  "Refills and drains",
  "Not all of the period is there.",
);

/** What only files say. */
keys("The rest is in the report as a spreadsheet.");

/** Texts of reports with a value in them; `units` are those of a sensor. */
const PATTERNS = keys(
  "Speeding (of {n} min. or more)",
  "Idling (of {n} min. or more)",
  "Level before, {units}",
  "Level after, {units}",
  "Volume, {units}",
  "At the beginning, {units}",
  "At the end, {units}",
  "Refilled, {units}",
  "Drained, {units}",
  "Consumed, {units}",
  "Level at the beginning, {units}",
  "Level at the end, {units}",
  "Consumption, {units}/100 km",
).map((pattern) => ({ pattern, parts: pattern.split(/\{\w+\}/), name: /** @type {RegExpExecArray} */ (/\{(\w+)\}/.exec(pattern))[1] }));
/** What users call something stands behind, in parentheses. */
const NAMED = /^(.+?)( \(.*\))?$/s;
/** Units that the page tells in the place of the server's, with which the catalogue has the names of what is measured. */
const METRIC = /** @type {Record<string, string>} */ ({ mi: "km", nmi: "km", mph: "km/h", kn: "km/h" });

/** What happened, in cells of reports. */
keys("Refill", "Drain", "Acceleration", "Braking", "Turn", "Acceleration and turn", "Braking and turn", "Quick lane change", "Harsh driving");

/** Grounds of the map. */
keys("Streets", "Land");

/** The text of the server in the language of the page, if it is one of these. @param {string} text */
export function told(text) {
  return t(text);
}

/** A name in a report: with a value or another unit in it, or of something that is named behind. @param {string} text @returns {string} */
export function toldInReport(text) {
  const plain = text.replaceAll("\n", " ");
  const [main, named] = partsOf(plain);
  return filled(plain) ?? `${filled(main) ?? toldWithUnit(main)}${named}`;
}

/** @param {string} text @returns {?string} null: it is none with a value in it */
function filled(text) {
  for (const { pattern, parts, name } of PATTERNS) {
    const value = between(text, parts);
    if (value !== null) return t(pattern, { [name]: value });
  }
  return null;
}

/** @param {string} text as "Mileage, mi" @returns {string} */
function toldWithUnit(text) {
  const unit = text.split(", ").at(-1) ?? "";
  const metric = METRIC[unit];
  if (metric === undefined) return t(text);
  const name = t(`${text.slice(0, -unit.length)}${metric}`);
  return `${name.slice(0, -signOf(metric).length)}${signOf(unit)}`;
}

/** A unit as it is written behind a number. @param {string} unit @returns {string} */
function signOf(unit) {
  return t(`{n} ${unit}`).replace("{n}", "").trim();
}

/** A name in a report, and in parentheses what of. @param {string} text @returns {[string, string]} */
export function partsOf(text) {
  const found = NAMED.exec(text);
  return found === null ? [text, ""] : [found[1], found[2] ?? ""];
}

/** What stands between a beginning and an end; null if they are others. @param {string} text @param {string[]} parts @returns {?string} */
function between(text, [begin, end]) {
  const isIt = text.startsWith(begin) && text.endsWith(end) && text.length > begin.length + end.length;
  return isIt ? text.slice(begin.length, text.length - end.length) : null;
}
