/** The reference: every call, message and schema of the two documents, as the server gives them. */

import { element, withCode } from "./elements.js";
import { fieldTable, typeOf } from "./schemaview.js";

/**
 * @param {{calls: HTMLElement, messages: HTMLElement, schemas: HTMLElement, contents: HTMLElement}} places
 * @param {object} openapi @param {object} asyncapi
 */
export function showReference(places, openapi, asyncapi) {
  const groups = groupCalls(openapi);
  places.contents.replaceChildren(...[...groups.keys()].map((name) => linkTo(`group-${anchor(name)}`, name)));
  places.calls.replaceChildren(...[...groups].map(([name, calls]) => renderGroup(name, calls)));
  places.messages.replaceChildren(...renderMessages(asyncapi));
  const schemas = { ...openapi.components.schemas, ...asyncapi.components.schemas };
  const named = Object.entries(schemas).sort(([a], [b]) => a.localeCompare(b));
  places.schemas.replaceChildren(...named.map(([name, schema]) => renderSchema(name, schema)));
}

/** Shows only those calls and messages whose text contains all words. */
export function filterReference(root, text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  for (const entry of root.querySelectorAll("details[data-text]")) {
    entry.hidden = !words.every((word) => entry.dataset.text.includes(word));
  }
  for (const group of root.querySelectorAll("section.group")) {
    group.hidden = group.querySelector("details[data-text]:not([hidden])") === null;
  }
}

/** @returns {Map<string, {path: string, methods: string[], operation: object}[]>} */
function groupCalls({ paths, components }) {
  const groups = new Map();
  for (const [path, operations] of Object.entries(paths)) {
    const operation = withResponses(operations.post ?? operations.get, components.responses);
    const name = operation.tags[0];
    groups.set(name, [...(groups.get(name) ?? []), { path, methods: Object.keys(operations), operation }]);
  }
  return groups;
}

/** The operation with the responses that it refers to. */
function withResponses(operation, shared) {
  const resolved = Object.entries(operation.responses).map(([status, response]) => [
    status,
    response.$ref ? shared[response.$ref.split("/").at(-1)] : response,
  ]);
  return { ...operation, responses: Object.fromEntries(resolved) };
}

function renderGroup(name, calls) {
  const section = element("section", { className: "group", id: `group-${anchor(name)}` }, [
    element("h3", { textContent: name }),
    ...calls.map(renderCall),
  ]);
  return section;
}

function renderCall({ path, methods, operation }) {
  const success = Object.values(operation.responses["200"].content ?? {})[0]?.schema ?? {};
  const body = Object.values(operation.requestBody?.content ?? {})[0]?.schema;
  const entry = renderEntry(`call-${anchor(path)}`, [
    element("code", { textContent: path.slice(1) }),
    element("span", {}, withCode(operation.summary)),
  ]);
  const codes = operation["x-codes"] ? [renderCodes(operation.responses)] : [renderStatuses(operation.responses)];
  entry.append(
    element("p", {}, withCode(`${methods.join(", ").toUpperCase()} · ${operation.description ?? "Needs nothing."}`)),
    ...(body ? [fieldTable(body, "Parameters")] : []),
    fieldTable(success, "Result"),
    ...codes,
  );
  entry.dataset.text = `${path} ${operation.summary}`.toLowerCase();
  return entry;
}

/** The codes that may be answered, under the HTTP status that comes with them. */
function renderCodes(responses) {
  const items = Object.entries(responses)
    .filter(([status]) => status !== "200")
    .flatMap(([status, { description }]) => description.split("; ").map((code) => `${code} (HTTP ${status})`))
    .sort((a, b) => parseInt(a, 10) - parseInt(b, 10));
  return element("details", { className: "codes" }, [
    element("summary", { textContent: `Codes: ${items.map((item) => item.split(" ")[0]).join(", ")}` }),
    element("ul", {}, items.map((textContent) => element("li", { textContent }))),
  ]);
}

function renderStatuses(responses) {
  const items = Object.entries(responses).map(([status, { description }]) => `${status}: ${description}`);
  return element("ul", {}, items.map((textContent) => element("li", { textContent })));
}

function renderMessages({ components, operations }) {
  const heard = new Set(
    Object.values(operations)
      .filter(({ action }) => action === "receive")
      .flatMap(({ messages }) => messages.map(({ $ref }) => $ref.split("/").at(-1))),
  );
  return Object.values(components.messages).map((message) => renderMessage(message, heard.has(message.name)));
}

function renderMessage({ name, summary, payload, examples }, isHeard) {
  const way = isHeard ? "client \u2192 server" : "server \u2192 client";
  const entry = renderEntry(`message-${name}`, [
    element("code", { textContent: name }),
    element("small", { textContent: name === "heartbeat" ? "both ways" : way }),
    element("span", {}, withCode(summary)),
  ]);
  entry.append(fieldTable(payload, "Fields"));
  for (const { payload: example } of examples ?? []) {
    entry.append(element("pre", { tabIndex: 0, textContent: JSON.stringify(example, null, 2) }));
  }
  entry.dataset.text = `${name} ${summary}`.toLowerCase();
  return entry;
}

function renderSchema(name, schema) {
  const entry = renderEntry(`schema-${name}`, [element("code", { textContent: name })]);
  const forms = schema.anyOf?.every((one) => one.properties) ? schema.anyOf : [schema];
  if (schema.description) entry.append(element("p", {}, withCode(schema.description)));
  forms.forEach((form, index) => {
    const caption = forms.length > 1 ? `Form ${index + 1}` : "Fields";
    entry.append(form.properties ? fieldTable(form, caption) : element("p", {}, typeOf(form)));
  });
  entry.dataset.text = name.toLowerCase();
  return entry;
}

function renderEntry(id, summary) {
  return element("details", { id, className: "entry" }, [element("summary", {}, summary)]);
}

function linkTo(id, text) {
  return element("li", {}, [element("a", { href: `#${id}`, textContent: text })]);
}

function anchor(name) {
  return name.replaceAll("/", "-").replace(/^-/, "");
}
