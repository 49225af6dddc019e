/** Why a login ended, in words (api §4.8). */

import { t } from "./words/words.js";

const PASSWORD = t("The password was changed. Log in with the new one.");
/** @type {Record<string, string>} */
const ENDINGS = {
  password_changed: PASSWORD,
  password_restored: PASSWORD,
  expired: t("Your session has ended. Please log in again."),
  session_closed: t("An administrator ended this login."),
  user_blocked: t("This user was blocked."),
  user_removed: t("This user was removed."),
};
const OTHER = t("You were logged out by the server. The map is frozen at its last state.");

/** @param {string} [cause] of the event `logout` */
export function endingOf(cause = "") {
  return ENDINGS[cause] ?? OTHER;
}
