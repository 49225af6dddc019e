/** The rules that the server has, with what they name, and the calls about them. */

import { ApiFailure, call } from "../api.js";
import { isolate } from "../texts.js";
import { told } from "../words/told.js";
import { t } from "../words/words.js";

const RIGHT = "tracker_rule_update";
const FORBIDDEN = 13;
/** @typedef {import("./draft.js").Rule} Rule */

/** So many vehicles one call takes. */
const MOST_ASKED = 500;
const CHANGED = t("Somebody else has changed the rule meanwhile, and nothing was stored. Close the form and open it anew.");

/** @type {Record<number, string>} */
const SENTENCES = {
  13: t("You may look at rules, but not change them. Ask the owner of the account."),
  201: t("The rule is gone: somebody else has removed it."),
  204: t("A zone or webhook of the rule, or the vehicle, is gone or not yours to see."),
  268: t("The account has as many rules as it may. Remove some first."),
};

/** Why the server refused; what is no refusal is raised again. @param {unknown} error */
export function refusalOf(error) {
  if (!(error instanceof ApiFailure)) throw error;
  return error.wrongParameters || (SENTENCES[error.code ?? 0] ?? error.message);
}

export class RuleBook {
  /** @type {Rule[]} */
  rules = [];
  /** @type {import("../zones/shapes.js").Zone[]} */
  zones = [];
  /** @type {{id: number, title: string}[]} those that this login may name */
  webhooks = [];
  mayChange = false;
  /** Events in words, by name. @type {Record<string, string>} */
  events = {};
  /** @type {Map<number, string>} */
  #sensors = new Map();
  #session;
  #fleet;

  /** @param {{session: import("../session.js").Session, fleet: import("../fleet.js").Fleet}} parts */
  constructor({ session, fleet }) {
    this.#session = session;
    this.#fleet = fleet;
  }

  /** Reads all anew. Raises ApiFailure. */
  async load() {
    const [zones, webhooks, info, types] = await Promise.all([
      this.#call("zone/list"),
      this.#call("webhook/list").catch(noneIfForbidden),
      this.#call("user/get_info"),
      this.#call("history/type/list", { locale: "en" }),
      this.#readRules(),
    ]);
    [this.zones, this.webhooks] = [zones.list, webhooks.list];
    this.mayChange = info.privileges === undefined || info.privileges.rights.includes(RIGHT);
    this.events = Object.fromEntries(types.list.map((/** @type {{type: string, description: string}} */ { type, description }) => [type, told(description)]));
    await this.readSensors(this.rules.filter(({ type }) => type === "sensor_range").flatMap(({ trackers }) => trackers));
  }

  clear() {
    [this.rules, this.zones, this.webhooks, this.mayChange] = [[], [], [], false];
    this.#sensors.clear();
  }

  /** @param {number[]} trackerIds @returns {Promise<{id: number, name: string, trackerId: number}[]>} what these vehicles measure */
  async readSensors(trackerIds) {
    const asked = [...new Set(trackerIds)].filter((id) => this.#fleet.get(id)?.isBlocked === false).slice(0, MOST_ASKED);
    if (asked.length === 0) return [];
    // Without them, as when a vehicle was blocked in this moment, sensors have numbers.
    /** @type {Promise<{result: Record<string, {id: number, name: string, type: string}[]>}>} */
    const asking = call("tracker/sensor/batch_list", { hash: this.#session.hash, trackers: asked });
    const { result } = await asking.catch((error) => {
      refusalOf(error);
      return { result: {} };
    });
    const measuring = Object.entries(result).flatMap(([trackerId, sensors]) =>
      sensors.filter(({ type }) => type === "metering").map(({ id, name }) => ({ id, name, trackerId: Number(trackerId) })),
    );
    for (const { id, name } of measuring) this.#sensors.set(id, name);
    return measuring;
  }

  /** @returns {import("./sentences.js").Names} as they are now */
  get names() {
    const zones = new Map(this.zones.map(({ id, label }) => [id, label]));
    const hooks = new Map(this.webhooks.map(({ id, title }) => [id, title]));
    return {
      vehicle: (id) => isolate(this.#fleet.get(id)?.label ?? t("vehicle {id}", { id })),
      zone: (id) => isolate(zones.get(id) ?? t("zone {id}", { id })),
      webhook: (id) => isolate(hooks.get(id) ?? t("webhook {id}", { id })),
      sensor: (id) => isolate(this.#sensors.get(id) ?? t("sensor {id}", { id })),
      me: this.#session.login,
    };
  }

  get vehicles() {
    return [...this.#fleet.all()].map(({ trackerId, label }) => ({ id: trackerId, label }));
  }

  /**
   * Stores what was drafted, unless somebody else has changed the rule since it was read: theirs would be undone.
   * @param {import("./draft.js").Draft} draft
   * @returns {Promise<number>} the rule's id
   */
  async save(draft) {
    if (!draft.isNew) await this.#readRules();
    const stored = this.rules.find(({ id }) => id === draft.rule.id);
    if (stored && !draft.isOf(stored)) throw new ApiFailure(CHANGED);
    const rule = draft.documentBy(this.names);
    const { id = rule.id } = await this.#call(draft.isNew ? "tracker/rule/create" : "tracker/rule/update", { rule });
    return id;
  }

  /** @param {?number} ruleId */
  async remove(ruleId) {
    await this.#call("tracker/rule/delete", { rule_id: ruleId });
  }

  /** Has an alert raised that is marked as a test. @param {?number} ruleId @param {number} trackerId */
  test(ruleId, trackerId) {
    return this.#call("tracker/rule/test", { rule_id: ruleId, tracker_id: trackerId });
  }

  /** @param {?number} ruleId @param {number} trackerId @returns {Promise<{reason: string, detail: ?string}[]>} why it would not fire now */
  async explain(ruleId, trackerId) {
    const asked = { rule_id: ruleId, tracker_id: trackerId, iso_datetime: true };
    return (await this.#call("tracker/rule/explain", asked)).list;
  }

  /** With dates that mean the same in every zone, as they go back. */
  async #readRules() {
    this.rules = (await this.#call("tracker/rule/list", { iso_datetime: true })).list;
  }

  /** @param {string} path @param {object} parameters */
  #call(path, parameters = {}) {
    return call(path, { hash: this.#session.hash, ...parameters });
  }
}

/** @param {unknown} error */
function noneIfForbidden(error) {
  if (error instanceof ApiFailure && error.code === FORBIDDEN) return { list: [] };
  throw error;
}
