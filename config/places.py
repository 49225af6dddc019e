"""Where the product lies: a checkout, or the folder of the installed package that holds the same."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# What the package brings along; a checkout has none, and collects them into DATA_DIR.
PACKAGED_STATIC = ROOT / "collected_static"
PAGE_PACKAGES = ROOT / "events" / "frontend" / "node_modules"
