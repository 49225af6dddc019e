/** The HTTP calls of the pages. */

import { told } from "./words/told.js";
import { t } from "./words/words.js";

const TIMEOUT_MS = 15_000;
/** That of a large fleet is tens of megabytes. */
const LIST_TIMEOUT_MS = 60_000;
/** Both mean: log in again. */
const NO_SESSION_CODES = new Set([3, 4]);
const WRONG_PARAMETERS = 7;

/**
 * What the server answers to a call; what else is in it is up to the call.
 *
 * @typedef {object} Refusal
 * @property {false} success
 * @property {{code: number, description: string}} [status]
 * @property {Array<{parameter: string, error: string}>} [errors]
 * @property {Array<{ids: number[]}>} [entities] what stands in the way
 */

/** The server refused a call, or could not be reached (`code` null). */
export class ApiFailure extends Error {
  /** @param {string} message @param {?number} code @param {?Refusal} answer all that the server said */
  constructor(message, code = null, answer = null) {
    super(message);
    this.code = code;
    this.answer = answer;
  }

  /** Which parameters were wrong in what way, as a sentence; empty: none was. */
  get wrongParameters() {
    const wrong = this.code === WRONG_PARAMETERS ? (this.answer?.errors ?? []) : [];
    return wrong.length > 0 ? t("Not stored: {faults}.", { faults: wrong.map(({ parameter, error: text }) => `${parameter} ${text}`).join("; ") }) : "";
  }
}

/** @param {?number} code of a refused call or an error frame */
export function isSessionEnd(code) {
  return code !== null && NO_SESSION_CODES.has(code);
}

/**
 * @param {string} login @param {string} password
 * @returns {Promise<{hash: string, needsCode: boolean}>} a session, or what a mailed code makes one of
 */
export async function logIn(login, password) {
  const { hash, type } = await call("user/auth", { login, password });
  return { hash, needsCode: type === "second_factor_required" };
}

/** @param {string} hash @param {string} code @returns {Promise<string>} the hash of a new session */
export async function verifyCode(hash, code) {
  return (await call("user/auth/code/verify", { hash, code })).hash;
}

/** Has a link mailed by which the password can be set anew, if there is such a login. @param {string} login */
export async function restorePassword(login) {
  await call("user/restore_password", { login });
}

/** Gives a session its full time from now on. @param {string} hash */
export async function renewSession(hash) {
  await call("user/session/renew", { hash });
}

/** @param {string} hash */
export async function logOut(hash) {
  await call("user/logout", { hash });
}

/** @param {string} hash @returns {Promise<import("./fleet.js").WireTracker[]>} blocked ones, too */
export async function listTrackers(hash) {
  return (await call("tracker/list", { hash })).list;
}

/**
 * @param {string} hash @param {?string} tag of the list that is here already
 * @param {(count: number) => void} expect is told how many there are as soon as that is known: the list of a large fleet takes a while
 * @returns {Promise<?{list: import("./fleet.js").WireTracker[], tag: ?string}>} as `listTrackers`; null: as it was
 */
export async function listTrackersAnew(hash, tag, expect) {
  const headers = { Authorization: `NVX ${hash}`, ...(tag === null ? {} : { "If-None-Match": tag }) };
  // By GET, as only such an answer may be as it was; what keeps it is the page.
  const response = await reach("tracker/list_compact", { headers, cache: "no-store" }, LIST_TIMEOUT_MS);
  expect(Number(response.headers.get("X-Total-Count") ?? 0));
  return response.status === 304 ? null : { list: (await read(response)).list, tag: response.headers.get("ETag") };
}

/**
 * @template {object} [Answer=Record<string, any>]
 * @param {string} path @param {object} parameters
 * @param {{timeoutMs?: number}} options of answers that may be long
 * @returns {Promise<Answer>} to a call that succeeded
 */
export async function call(path, parameters, { timeoutMs = TIMEOUT_MS } = {}) {
  const body = JSON.stringify(parameters);
  return read(await reach(path, { method: "POST", headers: { "Content-Type": "application/json" }, body }, timeoutMs));
}

/** @param {string} path @param {RequestInit} request @param {number} timeoutMs */
async function reach(path, request, timeoutMs) {
  return fetch(new URL(`/${path}`, document.baseURI), { ...request, signal: AbortSignal.timeout(timeoutMs) }).catch(() => {
    throw new ApiFailure(t("The server cannot be reached."), null);
  });
}

/** What a call succeeded with. @param {Response} response @returns {Promise<any>} */
async function read(response) {
  const answer = await response.json().catch(() => {
    throw new ApiFailure(t("The server cannot be reached."), null);
  });
  if (answer.success) return answer;
  throw new ApiFailure(told(answer.status?.description ?? "The server refused."), answer.status?.code ?? null, answer);
}
