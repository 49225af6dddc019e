"""The console script `fleetsphere`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

SERVER = Path(__file__).resolve().parent / "server"


def main() -> None:
    """Runs a command on the packages in `server`, which no other program of this environment sees."""
    sys.path.insert(0, str(SERVER))
    # The processes that a command starts find them as well.
    inherited = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(SERVER), *([inherited] if inherited else [])])
    # Nothing is written beside the code: a relative place is one in the directory where the command is given.
    os.environ["DATA_DIR"] = str(Path(os.environ.get("DATA_DIR") or "var").absolute())
    from config.command_line import main as carry_out

    carry_out()


if __name__ == "__main__":
    main()
