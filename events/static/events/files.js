/** Files that calls of the API answer with, kept by the browser. */

import { ApiFailure } from "./api.js";
import { told } from "./words/told.js";
import { t } from "./words/words.js";

/** Downloads may be long. */
const TIMEOUT_MS = 300_000;

/**
 * Has the browser keep the file that a call answers with. Raises ApiFailure.
 *
 * @param {string} path @param {object} parameters
 */
export async function download(path, parameters) {
  const response = await fetch(new URL(`/${path}`, document.baseURI), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(parameters),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch(() => {
    throw new ApiFailure(t("The server cannot be reached."));
  });
  const name = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "")?.[1];
  if (!response.ok || !name) throw await failureOf(response);
  keep(await response.blob(), name);
}

/** @param {Response} response @returns {Promise<ApiFailure>} */
async function failureOf(response) {
  const answer = await response.json().catch(() => null);
  return new ApiFailure(answer ? told(answer.status?.description ?? "The server refused.") : t("There is nothing to download."), answer?.status?.code ?? null, answer);
}

/** @param {Blob} blob @param {string} name */
function keep(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
