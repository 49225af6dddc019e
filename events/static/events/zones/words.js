/** Why the server refused to store or remove a zone, in words. */

import { ApiFailure, call } from "../api.js";
import { messageOf } from "../dom.js";
import { t } from "../words/words.js";

/** @type {Record<number, string>} */
const SENTENCES = {
  13: t("You may look at zones, but not change them. Ask the owner of the account."),
  201: t("The zone is gone: somebody else has removed it."),
  202: t("It has too many points."),
  268: t("The account has as many zones as it may. Remove some first."),
  284: t("It has too few points, or all are the same."),
};
const MOST_NAMED = 5;

/** @param {unknown} error @param {string} label @param {?string} hash @returns {Promise<string>} */
export async function refusalOf(error, label, hash) {
  if (!(error instanceof ApiFailure)) return messageOf(error);
  if (error.code === 203) return neededBy(label, error.answer?.entities?.[0]?.ids ?? [], hash);
  return error.wrongParameters || (SENTENCES[error.code ?? 0] ?? error.message);
}

/** @param {string} label @param {number[]} ids of rules @param {?string} hash */
async function neededBy(label, ids, hash) {
  const names = await namesOf(ids, hash);
  const more = ids.length - names.length;
  const listed = [...names, ...(more > 0 ? [t("{n} more", { n: more })] : [])].join(", ");
  return t(
    "“{label}” stays: {n, plural, =1 {an alert rule needs it} other {# alert rules need it}} ({rules}). Change or remove {n, plural, =1 {the rule} other {the rules}} first.",
    { label, n: ids.length, rules: listed },
  );
}

/** The names of the first of these rules; numbers where they cannot be told. @param {number[]} ids @param {?string} hash @returns {Promise<string[]>} */
async function namesOf(ids, hash) {
  const wanted = ids.slice(0, MOST_NAMED);
  try {
    /** @type {{list: {id: number, name: string}[]}} */
    const { list } = await call("tracker/rule/list", { hash });
    const names = new Map(list.map(({ id, name }) => [id, name]));
    return wanted.map((id) => names.get(id) ?? t("rule {id}", { id }));
  } catch {
    return wanted.map((id) => t("rule {id}", { id }));
  }
}
