/** In a bundle, what `import.meta.resolve` is without an import map. */

/** @param {string} name package and path in it @returns {string} where the server has it */
export function addressOfPackage(name) {
  return new URL(`/static/packages/${name}`, location.href).href;
}
