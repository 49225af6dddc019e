/** The two functions that the page uses of topojson-client, which brings no types. */
declare module "topojson-client" {
  import type { FeatureCollection, MultiLineString, Geometry } from "geojson";

  export interface Topology {
    objects: Record<string, object>;
  }

  export function feature(topology: Topology, object: object): FeatureCollection<Geometry, { name: string }>;
  export function mesh(
    topology: Topology,
    object: object,
    filter: (one: object, other: object) => boolean,
  ): MultiLineString;
}
