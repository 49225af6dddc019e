/**
 * The texts of the pages: which are asked of the catalogue, and which are not.
 *
 * Scripts are read by TypeScript's parser. What looks like words there, and does not go through `t`, is told with its
 * place, unless it stands where programs look and people do not; `EXCEPTIONS` has the rest, with the reason.
 */

import { readFile, readdir } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
const SCRIPTS = ["events/static/events"];
const TEMPLATES = ["events/templates/events", "accounts/templates/accounts", "alerts/templates/alerts"];
/** The reference is for developers, and English as the API is; the admin has Django's own catalogues. */
const ENGLISH = ["events/static/events/docs/", "events/static/events/admin/", "events/templates/events/reference.html", "events/templates/events/examples/"];
/** Shaders, and code to copy. */
const PROGRAMS = /^(#version|const) /;

/** By what stands there, or `path: text`. */
const EXCEPTIONS = new Map([
  ["Fleetsphere", "the name"],
  ["OpenStreetMap", "a name"],
  ["Google Maps", "a name"],
  ["Natural Earth", "a name"],
  ["GeoJSON", "a name"],
  ["noopener noreferrer", "of a link"],
  ["600 {}px system-ui, sans-serif", "a font"],
  [".question p", "a selector"],
  ["zone-grip between", "classes"],
  ["language={}; path=/; max-age={}; samesite=lax{}", "a cookie"],
  ["textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=range], [type=color])", "a selector"],
  ["events/static/events/map/ruler.js: Point", "GeoJSON"],
  ["events/static/events/overlays/style.js: Point", "GeoJSON"],
  ["events/static/events/overlays/style.js: Polygon", "GeoJSON"],
  ["events/static/events/reports/said.js: Event", "a column, as the server calls it"],
  ["events/static/events/zones/layers.js: Polygon", "GeoJSON"],
  ["There is news.", "the worker has no page, and this is shown for a push that nobody can read"],
]);
/** Functions whose arguments people do not read. */
const UNREAD = new Set(
  ("Error TypeError find querySelector querySelectorAll closest matches addEventListener removeEventListener dispatchEvent Event CustomEvent " +
    "createElement createElementNS getAttribute hasAttribute removeAttribute toggle add remove contains recall has get getItem setItem " +
    "removeItem getContext matchMedia on off once setPaintProperty setLayoutProperty getLayer getSource addSource addImage call fetch URL " +
    "RegExp import getElementById getUniformLocation getAttribLocation getExtension elementsFromPoint split join replace replaceAll startsWith endsWith includes").split(" "),
);
/** Properties whose values people do not read. */
const UNREAD_PROPERTIES = new Set("type className id name role dataset kind action event form zones format key item method mode credentials font style cursor transform source layout".split(" "));
/** Attributes that people do. */
const READ_ATTRIBUTES = /^(aria-label|aria-valuetext|aria-description|title|placeholder|alt|label)$/;
const WORDS = /\p{L}{2,}[^<>]*\s+\p{L}|^\p{Lu}\p{Ll}+[.!?…]?$|\p{L}.*…$/u;
/** Where people surely look, a letter or two are enough. */
const LETTERS = /\p{L}{2,}/u;
const SHOWN = /^(textContent|innerText|ariaLabel|title|placeholder|alt)$/;
const WORD_TAG = /\{%\s*word\s+"([^"]*)"((?:\s+\w+=(?:"[^"]*"|[\w.]+))*)(?:\s+as\s+\w+)?\s*%\}/g;

/** @typedef {{places: string[]}} Asked */
/** @typedef {{asked: Map<string, string[]>, unasked: string[]}} Found `asked`: places by key */

/** @returns {Promise<Found>} all texts of scripts and templates */
export async function findTexts() {
  const found = { asked: new Map(), unasked: [] };
  for (const path of await listed(SCRIPTS, ".js")) readScript(path, await readFile(join(ROOT, path), "utf8"), found);
  for (const path of await listed(TEMPLATES, ".html")) readTemplate(path, await readFile(join(ROOT, path), "utf8"), found);
  return found;
}

async function listed(folders, ending) {
  const paths = [];
  for (const folder of folders) {
    for (const entry of await readdir(join(ROOT, folder), { recursive: true, withFileTypes: true })) {
      const path = relative(ROOT, join(entry.parentPath ?? entry.path, entry.name));
      if (entry.isFile() && path.endsWith(ending) && !ENGLISH.some((start) => path.startsWith(start))) paths.push(path);
    }
  }
  return paths.sort();
}

/** @param {string} path @param {string} text @param {Found} found what is found is added to it */
export function readScript(path, text, found) {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.JS);
  const placeOf = (node) => `${path}:${source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1}`;
  const visit = (node) => {
    if (ts.isCallExpression(node) && isCalled(node.expression, ["t", "keys"])) readAsking(node, placeOf(node), found);
    else if (isText(node) && !isException(path, textOf(node)) && (isShown(node) ? LETTERS : WORDS).test(textOf(node)) && !isUnread(node)) {
      found.unasked.push(`${placeOf(node)}: ${textOf(node)}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
}

function readAsking({ expression, arguments: given }, place, { asked, unasked }) {
  const isList = isCalled(expression, ["keys"]);
  for (const argument of isList ? given : given.slice(0, 1)) {
    if (!ts.isStringLiteralLike(argument)) {
      // What the server says is among the keys of the module that looks it up.
      if (!place.includes("words/told.js")) unasked.push(`${place}: what is asked for is not written there`);
      continue;
    }
    const context = !isList && given[2] && ts.isStringLiteralLike(given[2]) ? ` @ ${given[2].text}` : "";
    note(asked, argument.text + context, place);
  }
}

function note(asked, key, place) {
  asked.set(key, [...(asked.get(key) ?? []), place]);
}

function isText(node) {
  return ts.isStringLiteralLike(node) || ts.isTemplateExpression(node);
}

/** With `{}` for what is put in. */
function textOf(node) {
  if (!ts.isTemplateExpression(node)) return node.text;
  return node.head.text + node.templateSpans.map(({ literal }) => `{}${literal.text}`).join("");
}

/** Whether a text is what an element shows, or is called. */
function isShown({ parent }) {
  const child = parent && ts.isConditionalExpression(parent) ? parent.parent : parent;
  if (!child) return false;
  if (ts.isBinaryExpression(child) && isAssignment(child)) return SHOWN.test(nameOf(child.left));
  if (ts.isPropertyAssignment(child)) return SHOWN.test(nameOf(child.name));
  return ts.isCallExpression(child) && nameOf(child.expression) === "setAttribute" && READ_ATTRIBUTES.test(child.arguments[0].text ?? "");
}

function isException(path, text) {
  return EXCEPTIONS.has(text) || EXCEPTIONS.has(`${path}: ${text}`) || PROGRAMS.test(text);
}

function isCalled(expression, names) {
  return ts.isIdentifier(expression) && names.includes(expression.text);
}

function nameOf(expression) {
  return ts.isIdentifier(expression) ? expression.text : ts.isPropertyAccessExpression(expression) ? expression.name.text : "";
}

/** Whether a text stands where programs look, and people do not. */
function isUnread(node) {
  let child = node;
  for (let parent = node.parent; parent; child = parent, parent = parent.parent) {
    if (ts.isImportDeclaration(parent) || ts.isExportDeclaration(parent)) return true;
    if (ts.isElementAccessExpression(parent) && parent.argumentExpression === child) return true;
    if (ts.isBinaryExpression(parent) && isComparison(parent)) return true;
    if (ts.isBinaryExpression(parent) && isAssignment(parent)) return isUnreadTarget(parent.left);
    if (ts.isCaseClause(parent)) return parent.expression === child;
    if (ts.isPropertyAssignment(parent)) {
      if (parent.name === child) return true;
      if (UNREAD_PROPERTIES.has(parent.name.text)) return true;
    }
    if (ts.isCallExpression(parent) || ts.isNewExpression(parent)) {
      if (parent.expression !== child) return isUnreadBy(parent, child);
    }
    if (ts.isFunctionLike(parent) || ts.isClassLike(parent)) return false;
  }
  return false;
}

function isComparison({ operatorToken: { kind } }) {
  return [ts.SyntaxKind.EqualsEqualsEqualsToken, ts.SyntaxKind.ExclamationEqualsEqualsToken, ts.SyntaxKind.InKeyword].includes(kind);
}

function isAssignment({ operatorToken: { kind } }) {
  return kind === ts.SyntaxKind.EqualsToken;
}

function isUnreadTarget(target) {
  return ts.isPropertyAccessExpression(target) && /^(className|type|id|name|role|href|dataset|cursor|font|transform|value|src|rel|target)$/.test(target.name.text);
}

function isUnreadBy({ expression, arguments: given }, child) {
  if (isCalled(expression, ["t", "keys", "told"])) return true;
  if (nameOf(expression) === "setAttribute") return child === given[0] || !READ_ATTRIBUTES.test(given[0].text ?? "");
  return UNREAD.has(nameOf(expression));
}

/** @param {string} path @param {string} text @param {Found} found what is found is added to it */
export function readTemplate(path, text, found) {
  for (const match of text.matchAll(WORD_TAG)) {
    const context = /\smeaning="([^"]*)"/.exec(match[2])?.[1];
    note(found.asked, match[1] + (context ? ` @ ${context}` : ""), `${path}:${lineOf(text, match.index)}`);
  }
  const rest = text
    .replaceAll(/<script[^]*?<\/script>|<style[^]*?<\/style>|\{#.*?#\}|<!doctype[^>]*>/g, (part) => part.replaceAll(/[^\n]/g, " "))
    .replaceAll(/\{[%{][^]*?[%}]\}/g, (part) => part.replaceAll(/[^\n]/g, " "));
  const tell = (words, index) => {
    if (/\p{L}{2,}/u.test(words) && !EXCEPTIONS.has(words.trim().replace(/^– /, ""))) found.unasked.push(`${path}:${lineOf(rest, index)}: ${words.trim()}`);
  };
  for (const { 1: words, index } of rest.matchAll(/(?:^|>)([^<>]+)(?=<|$)/g)) tell(words.replaceAll(/&#?\w+;/g, ""), index);
  for (const { 2: words, index } of rest.matchAll(/\s(aria-label|title|placeholder|alt)="([^"]*)"/g)) if (!words.includes("@")) tell(words, index);
}

function lineOf(text, index) {
  return text.slice(0, index).split("\n").length;
}
