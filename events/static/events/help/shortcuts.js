/** The keys of the page, in the order in which they are told. */

import { t } from "../words/words.js";

/**
 * @typedef {"search"|"follow"|"inspect"|"replay"|"ruler"|"board"|"leave"|"help"} Action
 *
 * A key of the page; without `does` it belongs to a part that hears of it itself, and is only told of.
 *
 * @typedef {object} Shortcut
 * @property {string} key as an event has it; several, divided by spaces, where they are only told of
 * @property {string} text what it does
 * @property {Action} [does]
 */

/** @type {Shortcut[]} */
export const SHORTCUTS = [
  { key: "/", text: t("Search vehicles"), does: "search" },
  { key: "ArrowDown ArrowUp", text: t("Walk through the list, once it has the focus") },
  { key: "Enter", text: t("Open the vehicle on which you are") },
  { key: "f", text: t("Keep the selected vehicle in view, or all; or no longer"), does: "follow" },
  { key: "+ -", text: t("Come nearer or go away, once the map has the focus") },
  { key: "d", text: t("For developers: the messages of the selected vehicle"), does: "inspect" },
  { key: "r", text: t("Look at the last minutes again, or go back to now"), does: "replay" },
  { key: "m", text: t("Ruler: measure a way on the map"), does: "ruler" },
  { key: "b", text: t("Wall board: for a screen that many look at"), does: "board" },
  { key: "Escape", text: t("Close what is open, or take the search back"), does: "leave" },
  { key: "?", text: t("Show these keys"), does: "help" },
];
