/** Whom a rule tells: open pages, addresses, webhooks. */

import { find } from "../dom.js";
import { NOUNS } from "./nouns.js";
import { Picker } from "./picker.js";

const BETWEEN_ADDRESSES = /[\s,;]+/;

/** Events: `change` when webhooks were chosen. */
export class ReceiverFields extends EventTarget {
  #form;
  #hooks;
  #me = "";

  /** @param {HTMLFormElement} form */
  constructor(form) {
    super();
    this.#form = form;
    this.#hooks = new Picker(find(form, "[data-picks=webhooks]", HTMLDetailsElement), NOUNS.webhook);
    this.#hooks.addEventListener("change", () => this.dispatchEvent(new Event("change")));
  }

  /**
   * @param {import("./draft.js").Alerts} alerts of a rule
   * @param {string} me the login of who makes it, which need not be an address
   * @param {{id: number, title: string}[]} webhooks that it may name
   */
  fill(alerts, me, webhooks) {
    this.#me = me;
    this.#field("push").checked = alerts.push_enabled;
    this.#field("me").checked = alerts.emails.includes(me);
    find(this.#form, "label:has([name=me])").hidden = !me.includes("@");
    this.#field("emails").value = alerts.emails.filter((address) => address !== me).join(", ");
    this.#field("emergency").checked = alerts.emergency;
    find(this.#form, "[data-part=hooks]").hidden = webhooks.length === 0 && alerts.webhook_ids.length === 0;
    this.#hooks.close();
    this.#hooks.show(webhooks.map(({ id, title }) => ({ id, label: title })), alerts.webhook_ids);
  }

  /** Takes what was entered. @param {import("./draft.js").Draft} draft */
  read(draft) {
    const { alerts } = draft.rule;
    const others = this.#field("emails").value.split(BETWEEN_ADDRESSES).filter(Boolean);
    const wanted = [...(this.#field("me").checked ? [this.#me] : []), ...others];
    alerts.push_enabled = this.#field("push").checked;
    // Those of before stay in their order.
    alerts.emails = [...new Set([...alerts.emails.filter((address) => wanted.includes(address)), ...wanted])];
    alerts.webhook_ids = this.#hooks.chosen;
    draft.isEmergency = this.#field("emergency").checked;
  }

  /** @param {string} name */
  #field(name) {
    return find(this.#form, `[name=${name}]`, HTMLInputElement);
  }
}
