/** Why a rule would not fire now, in words. Pure. */

import { formatMoment, readDate } from "../time.js";

/** By the server's name; each takes what there is to say of it. @type {Record<string, (detail: string, words: Record<string, string>) => string>} */
const SENTENCES = {
  suspended: () => "The rule rests.",
  not_bound: () => "The rule does not watch this vehicle.",
  blocked: () => "The vehicle is blocked.",
  outside_schedule: () => "It is outside the hours of the rule.",
  never_reported: () => "The vehicle has never reported.",
  never_located: () => "Nobody knows yet where the vehicle is.",
  outside_zones: () => "The vehicle is where the rule does not hold.",
  silent_event: (event, words) => `Nothing is told of “${words[event] ?? event}”: its text is empty.`,
  reset_timer: (until) => `It has told the same a moment ago, and is deaf to it until ${moment(until)}.`,
  waiting: (until) => `It waits: what it looks for must last until ${moment(until)}.`,
  told_already: (since) => (since ? `It has told already what is so since ${moment(since)}.` : "It has told already what is so now."),
};

/** @param {{reason: string, detail: ?string}[]} reasons @param {Record<string, string>} words of events, by name */
export function reasonWords(reasons, words) {
  const said = reasons.map(({ reason, detail }) => SENTENCES[reason]?.(detail ?? "", words) ?? `${reason} ${detail ?? ""}`.trim());
  return said.length > 0 ? [...new Set(said)] : ["Nothing keeps it from telling: what it looks for has not happened."];
}

/** @param {string} text */
function moment(text) {
  return formatMoment(readDate(text));
}
