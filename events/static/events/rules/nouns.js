/** What can be picked for a rule or a vehicle, in the sentences that name it. Pure. */

import { t } from "../words/words.js";

/**
 * @typedef {object} Noun
 * @property {(n: number) => string} anyOf
 * @property {string} choose
 * @property {string} none there are none at all
 * @property {string} unknown none is called so
 * @property {(id: number) => string} nameless one whose name is not known
 * @property {string} called before what is chosen
 */

/** @type {Record<"vehicle"|"zone"|"webhook"|"driver"|"tag", Noun>} */
export const NOUNS = {
  vehicle: {
    anyOf: (n) => t("any of {n} vehicles", { n }),
    choose: t("choose vehicles"),
    none: t("There are no vehicles."),
    unknown: t("No vehicle is called so."),
    nameless: (id) => t("vehicle {id}", { id }),
    called: t("vehicles", undefined, "before those that are chosen"),
  },
  zone: {
    anyOf: (n) => t("any of {n} zones", { n }),
    choose: t("choose zones"),
    none: t("There are no zones."),
    unknown: t("No zone is called so."),
    nameless: (id) => t("zone {id}", { id }),
    called: t("zones", undefined, "before those that are chosen"),
  },
  webhook: {
    anyOf: (n) => t("any of {n} webhooks", { n }),
    choose: t("choose webhooks"),
    none: t("There are no webhooks."),
    unknown: t("No webhook is called so."),
    nameless: (id) => t("webhook {id}", { id }),
    called: t("webhooks", undefined, "before those that are chosen"),
  },
  driver: {
    anyOf: (n) => t("any of {n} drivers", { n }),
    choose: t("choose drivers"),
    none: t("There are no drivers."),
    unknown: t("No driver is called so."),
    nameless: (id) => t("driver {id}", { id }),
    called: t("drivers", undefined, "before those that are chosen"),
  },
  tag: {
    anyOf: (n) => t("any of {n} tags", { n }),
    choose: t("choose tags"),
    none: t("There are no tags."),
    unknown: t("No tag is called so."),
    nameless: (id) => t("tag {id}", { id }),
    called: t("tags", undefined, "before those that are chosen"),
  },
};
