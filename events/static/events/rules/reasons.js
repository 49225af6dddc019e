/** Why a rule would not fire now, in words. Pure. */

import { formatMoment, readDate } from "../time.js";
import { t } from "../words/words.js";

/** By the server's name; each takes what there is to say of it. @type {Record<string, (detail: string, words: Record<string, string>) => string>} */
const SENTENCES = {
  suspended: () => t("The rule rests."),
  not_bound: () => t("The rule does not watch this vehicle."),
  blocked: () => t("The vehicle is blocked."),
  outside_schedule: () => t("It is outside the hours of the rule."),
  never_reported: () => t("The vehicle has never reported."),
  never_located: () => t("Nobody knows yet where the vehicle is."),
  outside_zones: () => t("The vehicle is where the rule does not hold."),
  silent_event: (event, words) => t("Nothing is told of “{event}”: its text is empty.", { event: words[event] ?? event }),
  reset_timer: (until) => t("It has told the same a moment ago, and is deaf to it until {moment}.", { moment: moment(until) }),
  waiting: (until) => t("It waits: what it looks for must last until {moment}.", { moment: moment(until) }),
  told_already: (since) => (since ? t("It has told already what is so since {moment}.", { moment: moment(since) }) : t("It has told already what is so now.")),
};

/** @param {{reason: string, detail: ?string}[]} reasons @param {Record<string, string>} words of events, by name */
export function reasonWords(reasons, words) {
  const said = reasons.map(({ reason, detail }) => SENTENCES[reason]?.(detail ?? "", words) ?? `${reason} ${detail ?? ""}`.trim());
  return said.length > 0 ? [...new Set(said)] : [t("Nothing keeps it from telling: what it looks for has not happened.")];
}

/** @param {string} text */
function moment(text) {
  return formatMoment(readDate(text));
}
