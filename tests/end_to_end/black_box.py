"""The demo fleet of a system that is only known from without."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import httpx

from tests.end_to_end.servers import ROOT, Daphne, command_environment
from tests.patience import PATIENCE_S

LOGIN, PASSWORD = "demo@fleetsphere.example", "a password for chaos"


class Fleet:
    """The demo fleet, and what the database knows of it."""

    def __init__(self, server: Daphne, environment: dict[str, str], count: int) -> None:
        manage(environment, "migrate", "-v", "0")
        command = ["demo_fleet", "--trackers", str(count), "--password", PASSWORD, "--json"]
        self._trackers = json.loads(manage(environment, *command))["trackers"]
        self.tracker_ids = [tracker["tracker_id"] for tracker in self._trackers]
        self.device_ids = [tracker["device_id"] for tracker in self._trackers]
        self._source_ids = {tracker["device_id"]: tracker["source_id"] for tracker in self._trackers}
        self._server = server
        self.credential = ""

    def log_in(self) -> None:
        self.credential = self._call("user/auth", login=LOGIN, password=PASSWORD)["hash"]

    def stored(self) -> dict[int, dict[str, Any]]:
        """The states in the database, by source."""
        answer = self._call("tracker/get_states", hash=self.credential, trackers=self.tracker_ids)
        return {state["source_id"]: state for state in answer["states"].values()}

    def marks(self) -> dict[str, dict[str, int]]:
        """By device, the number of the last stored report with each mark."""
        stored = self.stored()
        return {device_id: marks_in(stored[source_id]) for device_id, source_id in self._source_ids.items()}

    def _call(self, path: str, **parameters: Any) -> dict[str, Any]:
        answer = httpx.post(f"{self._server.url}/{path}", json=parameters, timeout=PATIENCE_S).json()
        assert answer["success"], answer
        return answer


def marks_in(state: dict[str, Any]) -> dict[str, int]:
    """What the devices number their reports with; the server adds attributes of its own."""
    numbers = {name: said["value"] for name, said in state["additional"].items() if re.fullmatch(r"n\d+", name)}
    return {name: int(float(number)) for name, number in numbers.items()}


def manage(environment: dict[str, str], *command: str) -> str:
    line = [sys.executable, "manage.py", *command]
    done = subprocess.run(line, cwd=ROOT, env=command_environment(environment), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout
