/** How the user reads times and figures: what the account has, and what the browser keeps beside it. */

import { call } from "../api.js";
import { recall, remember } from "../memory.js";
import { adopt, readKept } from "../preferences.js";

const KEY = "fleetsphere.reading";

/** @typedef {import("../preferences.js").Settings & {locale: string}} Account settings of `user/settings/read` */

/** @param {?string} hash @returns {Promise<Account>} */
export async function readAccount(hash) {
  return (await call("user/settings/read", { hash })).settings;
}

/** @param {?string} hash @param {Account} settings all of them, as what is left out goes back to its default */
export async function storeAccount(hash, settings) {
  const said = Object.entries(settings).filter(([, value]) => value !== null && value !== "");
  await call("user/settings/update", { hash, ...Object.fromEntries(said) });
}

/** What this browser keeps. */
export function kept() {
  return readKept(recall(KEY));
}

/** @param {import("../preferences.js").Kept} wanted */
export function keep(wanted) {
  remember(KEY, JSON.stringify(wanted));
}

/** Has the page show all as the account wants it; null: nobody is logged in. @param {?Account} settings */
export function follow(settings) {
  adopt(settings, kept());
}
