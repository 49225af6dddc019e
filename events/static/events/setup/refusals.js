/** Why the server refused to set something up, in words. Pure. */

import { ApiFailure } from "../api.js";
import { t } from "../words/words.js";

/** @returns {Record<number, string>} */
const sentences = () => ({
  13: t("You may not do that. Ask the owner of the account."),
  15: t("Too many letters were sent within an hour. Try again later."),
  105: t("There were too many wrong passwords. Try again later."),
  201: t("It is gone: somebody else has removed it."),
  204: t("The group is gone: somebody else has removed it."),
  206: t("Somebody with this e-mail address is there already, here or in another account."),
  208: t("The device is blocked. Unblock it first."),
  217: t("One of these vehicles is blocked or gone."),
  219: t("The device is another account's: only its owner may do that."),
  221: t("The account has as many vehicles as it may."),
  223: t("Another device has this phone number."),
  224: t("Another device has this id, here or in another account. Look at the number on the device, or make another one."),
  245: t("The new password is the one of now."),
  248: t("The password of now is another one."),
  252: t("It is gone: somebody else has removed it."),
  253: t("Other accounts follow this device, too. Have the administrator remove it."),
  262: t("One of these vehicles is gone: somebody else has removed it."),
  267: t("The account has as many groups as it may."),
  268: t("The account has as many people or roles as it may. Remove some first."),
  275: t("This person may not log in. Allow that first."),
});

/** @param {unknown} error @param {Record<number, string>} [special] other words for some codes @returns {string} */
export function refusalOf(error, special = {}) {
  if (!(error instanceof ApiFailure)) throw error;
  const code = error.code ?? 0;
  return special[code] ?? (error.wrongParameters || (sentences()[code] ?? error.message));
}
