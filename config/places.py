"""Where the product lies: a checkout, or the folder of the installed package that holds the same."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# What the package brings along; a checkout has none, and collects them into DATA_DIR.
PACKAGED_STATIC = ROOT / "collected_static"
PAGE_PACKAGES = ROOT / "events" / "frontend" / "node_modules"
# The folders of them that pages load files from.
SERVED = {
    "atmosphere.js": "atmosphere.js/dist",
    "maplibre-gl": "maplibre-gl/dist",
    "fflate": "fflate/esm",
    "intl-messageformat": "intl-messageformat",
    "@formatjs/fast-memoize": "@formatjs/fast-memoize",
    "@formatjs/icu-messageformat-parser": "@formatjs/icu-messageformat-parser",
    "@formatjs/icu-skeleton-parser": "@formatjs/icu-skeleton-parser",
    "pmtiles": "pmtiles/dist/esm",
    "@protomaps/basemaps": "@protomaps/basemaps/dist/esm",
    "topojson-client": "topojson-client/src",
    "world-atlas": "world-atlas",
}


def packages_served() -> list[tuple[str, Path]]:
    """Where static files of installed packages are asked for, and where they lie."""
    places = ((f"packages/{name}", PAGE_PACKAGES / folder) for name, folder in SERVED.items())
    return [(prefix, folder) for prefix, folder in places if folder.is_dir()]
