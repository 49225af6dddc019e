"""What does one delivery to one of many websocket clients cost the server, in microseconds of CPU?

Usage: python benchmarks/fan_out.py [--clients N] [--rate N] [--seconds S] [--rounds N] [--only WORD]
       [--before CHECKOUT]
"""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.support.contest import (  # noqa: E402
    HEADS,
    HUB,
    Contender,
    c_server,
    contest,
    hub,
    pubsub_tutorial,
    rows_of,
    tutorial,
)
from benchmarks.support.processes import daphne  # noqa: E402
from benchmarks.support.product import Place, prepared  # noqa: E402
from benchmarks.support.samples import machine, print_doubts, print_table  # noqa: E402


def contenders(place: Place) -> list[Contender]:
    """Everybody who is compared; the hub comes first."""
    return [
        hub(place),
        pubsub_tutorial(place),
        tutorial(place, "tutorial consumer, core layer", "channels_redis.core.RedisChannelLayer"),
        Contender(
            name="bare loop over daphne",
            command=lambda listener: daphne("benchmarks.support.daphne_loop:application", listener),
            env={},
            path="/",
            publisher=lambda host: ["socket", f"ws://{host}/publish"],
        ),
        c_server(),
    ]


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--rate", type=float, default=20, help="updates per second; each goes to all clients")
    parser.add_argument("--seconds", type=float, default=5, help="of each window that is measured")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="of the others, those whose name contains this")
    parser.add_argument("--before", type=Path, help="another checkout of the product to run beside this one")
    return parser.parse_args()


def main() -> None:
    arguments = read_arguments()
    with ExitStack() as stack:
        place = stack.enter_context(prepared(1))
        chosen = [one for one in contenders(place) if one.name == HUB or arguments.only in one.name]
        if arguments.before:
            # A fleet of its own: a notice to one would wake both.
            other = stack.enter_context(prepared(1))
            chosen.insert(1, hub(other, f"{HUB}, before", arguments.before.resolve()))
        bouts = contest(
            chosen,
            clients=arguments.clients,
            rounds=arguments.rounds,
            seconds=arguments.seconds,
            per_s=arguments.rate,
        )
    print(
        f"{arguments.clients} clients, {arguments.rate:g} updates/s, {arguments.rounds} × {arguments.seconds:g} s each;"
        f" {machine()}\n"
    )
    print_table(HEADS, rows_of(bouts))
    print()
    print_doubts({bout.contender.name: bout.samples for bout in bouts})


if __name__ == "__main__":
    main()
