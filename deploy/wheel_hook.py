"""Puts the static files into the wheel, as the server serves them: `make wheel`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class StaticFilesHook(BuildHookInterface[Any]):
    """Collects what Django and the page bring; needs the packages of both, which `make wheel` installs."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        if not (root / "events" / "frontend" / "node_modules" / "maplibre-gl").is_dir():
            raise RuntimeError("the packages of the page are not there: build the wheel with `make wheel`")
        self._collected = TemporaryDirectory()
        environment = {**os.environ, "SECRET_KEY": "of no server", "DATA_DIR": self._collected.name}
        environment |= {"DJANGO_SETTINGS_MODULE": "config.settings", "DATABASE_URL": "sqlite://:memory:"}
        command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0"]
        subprocess.run(command, cwd=root, env=environment, check=True)
        if not Path(self._collected.name, "static", "built", "manifest.json").exists():
            raise RuntimeError("the pages were not bundled: build the wheel with `make wheel`")
        build_data["force_include"][f"{self._collected.name}/static"] = "fleetsphere/server/collected_static"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        self._collected.cleanup()
