/** Streets of the server's own map file, in the style that Protomaps makes for such files. */

import { layers, namedFlavor } from "@protomaps/basemaps";
import { addProtocol } from "maplibre-gl";
import { Protocol } from "pmtiles";

const SOURCE = "streets";
/** Signs and the icons of places would have to be fetched from elsewhere; names are drawn by the browser. */
const WITHOUT = new Set(["background", "roads_oneway", "roads_shields"]);
const FONT = ["system-ui"];

/** @typedef {import("maplibre-gl").LayerSpecification} Layer */

addProtocol("pmtiles", new Protocol({ metadata: true }).tile);

/** @param {{url: string}} ground @returns {Record<string, import("maplibre-gl").SourceSpecification>} of a style */
export function streetSources({ url }) {
  return { [SOURCE]: { type: "vector", url: `pmtiles://${new URL(url, document.baseURI).href}` } };
}

/** How land and water are coloured beyond what the file covers. @param {"light"|"dark"} theme */
export function streetColors(theme) {
  const { earth, water } = namedFlavor(theme);
  return { land: earth, water };
}

/** @param {"light"|"dark"} theme @returns {Layer[]} of a style */
export function streetLayers(theme) {
  const all = layers(SOURCE, namedFlavor(theme), { lang: navigator.language.split("-")[0] });
  return all.filter(({ id }) => !WITHOUT.has(id)).map(withOwnFont);
}

/** @param {Layer} layer @returns {Layer} */
function withOwnFont(layer) {
  if (layer.type !== "symbol") return { ...layer, id: `streets-${layer.id}` };
  const kept = Object.entries(layer.layout ?? {}).filter(([name]) => !name.startsWith("icon-") && name !== "text-font");
  return { ...layer, id: `streets-${layer.id}`, layout: { ...Object.fromEntries(kept), "text-font": FONT } };
}
