/** Why the server refused to store or remove a zone, in words. */

import { call } from "../api.js";

const SENTENCES = {
  13: "You may look at zones, but not change them. Ask the owner of the account.",
  201: "The zone is gone: somebody else has removed it.",
  202: "It has too many points.",
  268: "The account has as many zones as it may. Remove some first.",
  284: "It has too few points, or all are the same.",
};
const MOST_NAMED = 5;

/** @returns {Promise<string>} */
export async function refusalOf(error, label, hash) {
  if (error.code === 203) return neededBy(label, error.answer?.entities?.[0]?.ids ?? [], hash);
  return error.wrongParameters || (SENTENCES[error.code] ?? error.message);
}

async function neededBy(label, ids, hash) {
  const names = await namesOf(ids, hash);
  const more = ids.length - names.length;
  const listed = [...names, ...(more > 0 ? [`${more} more`] : [])].join(", ");
  const rules = ids.length === 1 ? "an alert rule needs it" : `${ids.length} alert rules need it`;
  return `“${label}” stays: ${rules} (${listed}). Change or remove ${ids.length === 1 ? "the rule" : "the rules"} first.`;
}

/** The names of the first of these rules; numbers where they cannot be told. */
async function namesOf(ids, hash) {
  const wanted = ids.slice(0, MOST_NAMED);
  try {
    const { list } = await call("tracker/rule/list", { hash });
    const names = new Map(list.map(({ id, name }) => [id, name]));
    return wanted.map((id) => names.get(id) ?? `rule ${id}`);
  } catch {
    return wanted.map((id) => `rule ${id}`);
  }
}
