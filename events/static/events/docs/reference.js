/** The reference: every call, message and schema of the two documents, as the server gives them. */

import { codeBlock, element, withCode } from "./elements.js";
import { fieldTable, typeOf } from "./schemaview.js";

/** @typedef {import("./elements.js").Json} Json */

const FORM = "application/x-www-form-urlencoded";

/**
 * @param {{calls: HTMLElement, messages: HTMLElement, schemas: HTMLElement, contents: HTMLElement, codes: HTMLElement,
 *   endings: HTMLElement, failure: HTMLElement}} places
 * @param {Json} openapi @param {Json} asyncapi
 */
export function showReference(places, openapi, asyncapi) {
  const groups = groupCalls(openapi);
  places.contents.replaceChildren(...[...groups.keys()].map((name) => linkTo(`group-${anchor(name)}`, name)));
  places.calls.replaceChildren(...[...groups].map(([name, calls]) => renderGroup(name, calls, openapi.components.schemas)));
  places.codes.replaceChildren(...openapi["x-codes"].map(renderCode));
  places.endings.replaceChildren(.../** @type {[string, string][]} */ (Object.entries(asyncapi["x-close-codes"])).map(renderEnding));
  places.failure.textContent = JSON.stringify(exampleOfFailure(openapi), null, 2);
  places.messages.replaceChildren(...renderMessages(asyncapi));
  const schemas = { ...openapi.components.schemas, ...asyncapi.components.schemas };
  const named = Object.entries(schemas).sort(([a], [b]) => a.localeCompare(b));
  places.schemas.replaceChildren(...named.map(([name, schema]) => renderSchema(name, schema)));
}

/** Shows only those calls, codes, messages and schemas whose text contains all words. @param {HTMLElement} root @param {string} text @returns {boolean} whether any does */
export function filterReference(root, text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const entries = /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-text]"));
  for (const entry of entries) entry.hidden = !words.every((word) => entry.dataset.text?.includes(word));
  const groups = /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("section.group"));
  for (const group of groups) group.hidden = !hasEntry(group);
  return hasEntry(root);
}

/** @param {HTMLElement} root */
function hasEntry(root) {
  return root.querySelector("[data-text]:not([hidden])") !== null;
}

/** @param {Json} code */
function renderCode({ code, description, http_status: status, advice }) {
  const cells = [description, String(status)].map((textContent) => element("td", { textContent }));
  const row = element("tr", { id: `code-${code}` }, [
    element("th", { scope: "row" }, [element("code", { textContent: String(code) })]),
    ...cells,
    element("td", {}, withCode(advice)),
  ]);
  row.dataset.text = `${code} ${description} ${advice}`.toLowerCase();
  return row;
}

/** @param {[string, string]} ending */
function renderEnding([code, meaning]) {
  const row = element("tr", {}, [
    element("th", { scope: "row" }, [element("code", { textContent: code })]),
    element("td", { textContent: meaning }),
  ]);
  row.dataset.text = `${code} close ${meaning}`.toLowerCase();
  return row;
}

/** The envelope with the most in it: of wrong parameters. @param {Json} document */
function exampleOfFailure({ components }) {
  const contents = Object.values(components.responses).map(({ content }) => content["application/json"]);
  return contents.find(({ examples }) => examples?.["7"]).examples["7"].value;
}

/** @typedef {{path: string, methods: string[], operation: Json}} Call */

/** @param {Json} document @returns {Map<string, Call[]>} */
function groupCalls({ paths, components }) {
  const groups = new Map();
  for (const [path, operations] of Object.entries(paths)) {
    const operation = withResponses(operations.post ?? operations.get, components.responses);
    const name = operation.tags[0];
    groups.set(name, [...(groups.get(name) ?? []), { path, methods: Object.keys(operations), operation }]);
  }
  return groups;
}

/** The operation with the responses that it refers to. @param {Json} operation @param {Json} shared @returns {Json} */
function withResponses(operation, shared) {
  const resolved = Object.entries(operation.responses).map(([status, response]) => [
    status,
    response.$ref ? shared[response.$ref.split("/").at(-1)] : response,
  ]);
  return { ...operation, responses: Object.fromEntries(resolved) };
}

/** @param {string} name @param {Call[]} calls @param {Json} schemas */
function renderGroup(name, calls, schemas) {
  const section = element("section", { className: "group", id: `group-${anchor(name)}` }, [
    element("h3", { textContent: name }),
    ...calls.map((call) => renderCall(call, schemas)),
  ]);
  return section;
}

/** @param {Call} call @param {Json} schemas */
function renderCall({ path, methods, operation }, schemas) {
  const answers = Object.values(operation.responses["200"].content ?? {});
  const sent = operation.requestBody?.content?.["application/json"]?.example;
  const received = answers[0]?.example;
  const result = answers.at(-1)?.schema ?? {};
  const entry = renderEntry(`call-${anchor(path)}`, [
    element("code", { textContent: path.slice(1) }),
    element("span", {}, withCode(operation.summary)),
  ]);
  const codes = operation["x-codes"] ? [renderCodes(operation.responses)] : [renderStatuses(operation.responses)];
  entry.append(
    element("p", {}, withCode(`${methods.join(", ").toUpperCase()} · ${operation.description ?? "Needs nothing."}`)),
    ...renderParameters(operation),
    ...renderAllInner(operation.requestBody ?? {}, schemas),
    ...(sent ? [element("h4", { textContent: "Example" }), codeBlock(sent)] : []),
    fieldTable(result, "Result"),
    ...renderAllInner(result, schemas),
    ...(received ? [element("h4", { textContent: "Example" }), codeBlock(received)] : []),
    ...codes,
  );
  entry.dataset.text = `${path} ${operation.summary}`.toLowerCase();
  return entry;
}

/** A table per form in which parameters may come; JSON and form fields of a call are the same. @param {Json} operation */
function renderParameters({ parameters, requestBody, "x-codes": isCall }) {
  const bodies = Object.entries(requestBody?.content ?? {});
  if (isCall) return bodies.slice(0, 1).map(([, { schema }]) => fieldTable(schema, "Parameters"));
  const tables = bodies.map(([type, { schema }]) => fieldTable(schema, type === FORM ? "Query or form" : type));
  return bodies.some(([type]) => type === FORM) || !parameters ? tables : [queryTable(parameters), ...tables];
}

/** @param {Json[]} parameters */
function queryTable(parameters) {
  const properties = Object.fromEntries(parameters.map(({ name, schema }) => [name, schema]));
  const required = parameters.filter((one) => one.required).map(({ name }) => name);
  return fieldTable({ properties, required }, "Query");
}

/** The codes that may be answered, under the HTTP status that comes with them. @param {Json} responses */
function renderCodes(responses) {
  const items = Object.entries(responses)
    .filter(([status]) => status !== "200")
    .flatMap(([status, { description }]) => description.split("; ").map((/** @type {string} */ code) => `${code} (HTTP ${status})`))
    .sort((a, b) => parseInt(a, 10) - parseInt(b, 10));
  return element("details", { className: "codes" }, [
    element("summary", { textContent: `Codes: ${items.map((item) => item.split(" ")[0]).join(", ")}` }),
    element("ul", {}, items.map((textContent) => element("li", { textContent }))),
  ]);
}

/** @param {Json} responses */
function renderStatuses(responses) {
  const items = Object.entries(responses).map(([status, { description }]) => `${status}: ${description}`);
  return element("ul", {}, items.map((item) => element("li", {}, withCode(item))));
}

/** @param {Json} document */
function renderMessages({ components, operations }) {
  const { schemas } = components;
  const heard = new Set(
    Object.values(operations)
      .filter(({ action }) => action === "receive")
      .flatMap(({ messages }) => messages.map((/** @type {Json} */ { $ref }) => $ref.split("/").at(-1))),
  );
  return Object.values(components.messages).map((message) => renderMessage(message, heard.has(message.name), schemas));
}

/** @param {Json} message @param {boolean} isHeard @param {Json} schemas */
function renderMessage({ name, summary, payload, examples }, isHeard, schemas) {
  const way = isHeard ? "client \u2192 server" : "server \u2192 client";
  const entry = renderEntry(`message-${name}`, [
    element("code", { textContent: name }),
    element("small", { textContent: name === "heartbeat" ? "both ways" : way }),
    element("span", {}, withCode(summary)),
  ]);
  const whole = schemas[nameOf(payload) ?? ""] ?? payload;
  entry.append(
    ...(examples ?? []).flatMap((/** @type {Json} */ one) => [element("h4", { textContent: "Example" }), codeBlock(one.payload)]),
    ...renderForms(whole),
    ...renderAllInner(whole, schemas),
  );
  entry.dataset.text = `${name} ${summary}`.toLowerCase();
  return entry;
}

/** @param {string} name @param {Json} schema */
function renderSchema(name, schema) {
  const entry = renderEntry(`schema-${name}`, [element("code", { textContent: name })]);
  if (schema.description) entry.append(element("p", {}, withCode(schema.description)));
  entry.append(...renderForms(schema));
  entry.dataset.text = name.toLowerCase();
  return entry;
}

/** A table of the fields, or one per form where there are several. @param {Json} schema @returns {HTMLElement[]} */
function renderForms(schema) {
  const forms = schema.anyOf?.every((/** @type {Json} */ one) => one.properties) ? schema.anyOf : [schema];
  return forms.map((/** @type {Json} */ form, /** @type {number} */ index) => {
    const caption = forms.length > 1 ? (form.description ?? `Form ${index + 1}`) : "Fields";
    return form.properties ? fieldTable(form, caption) : element("p", {}, typeOf(form));
  });
}

/** What is referred to, in its place: nobody should have to look for the fields of a command. @param {Json} schema @param {Json} schemas */
function renderAllInner(schema, schemas) {
  return namesIn(schema).flatMap((name) => renderInner(name, schemas[name]));
}

/** @param {string} name @param {Json} schema */
function renderInner(name, schema) {
  const forms = schema.anyOf ?? [schema];
  if (!forms.every((/** @type {Json} */ one) => one.properties)) return [];
  return [element("h4", { textContent: name }), ...renderForms(schema)];
}

/** The names that a schema refers to, each once. @param {Json} schema @returns {string[]} */
function namesIn(schema) {
  return [...new Set(JSON.stringify(schema).match(/(?<=#\/components\/schemas\/)\w+/g) ?? [])];
}

/** @param {Json} schema @returns {string|undefined} */
function nameOf({ $ref }) {
  return $ref?.split("/").at(-1);
}

/** @param {string} id @param {(Node|string)[]} summary */
function renderEntry(id, summary) {
  return element("details", { id, className: "entry" }, [element("summary", {}, summary)]);
}

/** @param {string} id @param {string} text */
function linkTo(id, text) {
  // A long name may break after a slash, and nowhere else.
  const parts = text.split(/(?<=\/)/).flatMap((part) => [part, element("wbr")]);
  return element("li", {}, [element("a", { href: `#${id}` }, parts)]);
}

/** @param {string} name */
function anchor(name) {
  return name.replaceAll("/", "-").replace(/^-/, "");
}
