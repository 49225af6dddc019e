/**
 * Bundles the pages and draws their icons: `node build.mjs <folder> <folder of the icons>`.
 *
 * What belongs to a page is read from its template, between `{% else %}` and `{% endif %}` of `{% if bundle %}`. Names
 * say what is inside, so files may be kept for ever; `manifest.json` says which belong to which page, and comes last.
 */

import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";
import { ICONS, drawIcon } from "./icons.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const TEMPLATES = join(HERE, "..", "templates", "events");
const STATIC = join(HERE, "..", "static");
const PACKAGES = join(HERE, "node_modules");
/** Where a package's files lie that are served below `packages/`, as the settings have it. */
const FOLDERS = {
  "@protomaps/basemaps": "dist/esm",
  "atmosphere.js": "dist",
  fflate: "esm",
  "maplibre-gl": "dist",
  pmtiles: "dist/esm",
  "topojson-client": "src",
};
const TARGET = "es2022";
/** It starts its workers from beside itself, by this name. */
const MAP_WORKER = join(PACKAGES, "maplibre-gl", "dist", "maplibre-gl-worker.mjs");

const [target, iconFolder] = process.argv.slice(2).map((path) => resolve(path));
if (iconFolder === undefined) throw new Error("usage: node build.mjs <folder> <folder of the icons>");

/** @returns {Promise<Map<string, {script: string, styles: string[]}>>} paths of files by the name of the page */
async function readPages() {
  const pages = new Map();
  for (const name of (await readdir(TEMPLATES)).filter((file) => file.endsWith(".html"))) {
    const text = await readFile(join(TEMPLATES, name), "utf8");
    const parts = /{% if bundle %}[^]*?{% else %}([^]*?){% endif %}/.exec(text)?.[1];
    if (parts === undefined) continue;
    const named = (pattern) => [...parts.matchAll(pattern)].map(([, path]) => locate(path));
    const styles = named(/rel="stylesheet" href="{% static '([^']+)' %}"/g);
    const [script] = named(/type="module" src="{% static '([^']+)' %}"/g);
    pages.set(basename(name, ".html"), { script, styles });
  }
  return pages;
}

/** The file that is served by this path below `/static/`. */
function locate(path) {
  const [, name, rest] = /^packages\/(@[^/]+\/[^/]+|[^/]+)\/(.+)$/.exec(path) ?? [];
  return name === undefined ? join(STATIC, path) : join(PACKAGES, name, FOLDERS[name] ?? "", rest);
}

/** @returns {Promise<{files: Map<string, Uint8Array>, entries: Map<string, string[]>}>} `entries`: with what they import */
async function bundleScripts(pages) {
  const { outputFiles, metafile } = await build({
    entryPoints: Object.fromEntries([...pages].map(([name, { script }]) => [name, script])),
    outdir: target,
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    target: TARGET,
    nodePaths: [PACKAGES],
    // What a page fetches of a package is not bundled.
    define: { "import.meta.resolve": "addressOfPackage" },
    inject: [join(HERE, "packages.js")],
    legalComments: "inline",
    metafile: true,
    write: false,
  });
  const files = new Map(outputFiles.map(({ path, contents }) => [relative(target, path), contents]));
  const outputs = new Map(Object.entries(metafile.outputs).map(([path, output]) => [basename(path), output]));
  const entries = new Map();
  for (const [name, { script }] of pages) {
    const [own] = [...outputs].find(([, { entryPoint }]) => entryPoint && resolve(entryPoint) === script);
    entries.set(name, [...importedBy(own, outputs)]);
  }
  return { files, entries };
}

/** An output, and all that it imports now or later. */
function importedBy(name, outputs, found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  for (const { path, external } of outputs.get(name).imports) if (!external) importedBy(basename(path), outputs, found);
  return found;
}

async function bundleStyles(styles) {
  const { outputFiles } = await build({
    stdin: { contents: styles.map((path) => `@import ${JSON.stringify(path)};`).join("\n"), loader: "css", resolveDir: HERE },
    bundle: true,
    minify: true,
    target: TARGET,
    legalComments: "inline",
    write: false,
  });
  return outputFiles[0].contents;
}

function named(name, contents) {
  const [stem, ending] = name.split(".");
  return `${stem}-${createHash("sha256").update(contents).digest("hex").slice(0, 12)}.${ending}`;
}

/** Whole at once, with what browsers take more readily beside it. */
async function write(name, contents) {
  const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };
  const variants = { ".gz": gzipSync(contents, { level: 9 }), ".br": brotliCompressSync(contents, brotli) };
  for (const [ending, data] of [...Object.entries(variants), ["", contents]]) {
    const path = join(target, `${name}${ending}`);
    await writeFile(`${path}.${process.pid}`, data);
    await rename(`${path}.${process.pid}`, path);
  }
}

async function writeIcons() {
  const svg = await readFile(join(STATIC, "events", "icon.svg"), "utf8");
  await mkdir(iconFolder, { recursive: true });
  for (const [ending, size] of Object.entries(ICONS)) await writeFile(join(iconFolder, `icon-${ending}.png`), drawIcon(svg, size).asPng());
}

await writeIcons();
const pages = await readPages();
const { files, entries } = await bundleScripts(pages);
files.set(basename(MAP_WORKER), await readFile(MAP_WORKER));
const manifest = {};
for (const [name, { styles }] of pages) {
  const contents = await bundleStyles(styles);
  const style = named(`${name}.css`, contents);
  files.set(style, contents);
  const [script, ...later] = entries.get(name);
  manifest[name] = { script, style, later };
}
files.set("manifest.json", Buffer.from(JSON.stringify(manifest, null, 1)));
await mkdir(target, { recursive: true });
const known = new Set([...files.keys()].flatMap((name) => [name, `${name}.gz`, `${name}.br`]));
for (const [name, contents] of files) await write(name, contents);
for (const name of await readdir(target)) if (!known.has(name)) await rm(join(target, name), { force: true });
