/** The HTTP calls of the page. */

const TIMEOUT_MS = 15_000;
/** Both mean: log in again. */
const NO_SESSION_CODES = new Set([3, 4]);

/** The server refused a call, or could not be reached (`code` null). */
export class ApiFailure extends Error {
  /** @param {string} message @param {?number} code */
  constructor(message, code = null) {
    super(message);
    this.code = code;
  }
}

/** @param {?number} code of a refused call or an error frame */
export function isSessionEnd(code) {
  return NO_SESSION_CODES.has(code);
}

/** @returns {Promise<string>} the hash of a new session */
export async function logIn(login, password) {
  const answer = await call("user/auth", { login, password });
  if (answer.type === "second_factor_required") {
    throw new ApiFailure("This login needs a second factor, which this page cannot ask for yet.");
  }
  return answer.hash;
}

export async function logOut(hash) {
  await call("user/logout", { hash });
}

/** @returns {Promise<object[]>} tracker objects, blocked ones too */
export async function listTrackers(hash) {
  return (await call("tracker/list", { hash })).list;
}

async function call(path, parameters) {
  const document = await post(path, parameters);
  if (document.success) return document;
  throw new ApiFailure(document.status?.description ?? "The server refused.", document.status?.code ?? null);
}

async function post(path, parameters) {
  try {
    const response = await fetch(new URL(path, document.baseURI), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(parameters),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return await response.json();
  } catch {
    throw new ApiFailure("The server cannot be reached.", null);
  }
}
