"""Which static files are collected, and what is made of them."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.apps import StaticFilesConfig
from servestatic.storage import CompressedStaticFilesStorage

from config.places import PAGE_PACKAGES

logger = logging.getLogger(__name__)

BUNDLES = "built"
# Their names say what is inside.
NEVER_CHANGES = rf"^/static/{BUNDLES}/"
BUILD_TIMEOUT_S = 120


class StaticFiles(StaticFilesConfig):
    """Leaves out what browsers do not ask for: the packages' source maps, types and second builds, maps not shown."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "*.map", "*.ts", "*.cts", "*.cjs", "*-dev.mjs", "_types*"]
    ignore_patterns += ["land-*m.json", "countries-110m.json"]


class BundledStorage(CompressedStaticFilesStorage):  # type: ignore[misc]
    """Bundles the pages and draws their icons once files are collected, and compresses what is served as it is."""

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        """What became of each file.

        Raises CalledProcessError if the pages cannot be bundled. Where node or its packages are not there the pages
        work, but load more and smaller files, and whoever installs them gets an icon of the system's.
        """
        node = shutil.which(
            "node", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        )
        if not dry_run and node and (PAGE_PACKAGES / "esbuild").is_dir():
            command = [node, str(PAGE_PACKAGES.parent / "build.mjs"), self.path(BUNDLES), self.path("events")]
            subprocess.run(command, check=True, timeout=BUILD_TIMEOUT_S)
        elif not dry_run:
            logger.warning("the pages are not bundled, as there is no node, or its packages are not installed")
        yield from super().post_process(paths, dry_run, **options)
