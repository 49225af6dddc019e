"""What does one delivery cost other servers that do the same work on this machine, and one report another tracker?

Usage: python benchmarks/peers.py [--clients N] [--rate N] [--seconds S] [--rounds N] [--only deliveries|reports]
    [--picture FILE]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.support.bars import Bar, picture  # noqa: E402
from benchmarks.support.contest import HEADS, Bout, c_server, contest, hub, pubsub_tutorial, rows_of  # noqa: E402
from benchmarks.support.peers import PEERS, NotFound, found  # noqa: E402
from benchmarks.support.product import prepared  # noqa: E402
from benchmarks.support.samples import machine, print_doubts, print_table  # noqa: E402
from benchmarks.support.traccar import HEADS as REPORT_HEADS  # noqa: E402
from benchmarks.support.traccar import compared  # noqa: E402

NOT_FOUND = "not found"


def measure(arguments: argparse.Namespace) -> tuple[list[Bout], Mapping[str, str]]:
    """The contenders in turns, and why others are not among them."""
    with prepared(1) as place:
        peers, missing = found(PEERS, place.folder)
        bouts = contest(
            [hub(place), *peers, pubsub_tutorial(place), c_server()],
            clients=arguments.clients,
            rounds=arguments.rounds,
            seconds=arguments.seconds,
            per_s=arguments.rate,
        )
    return bouts, missing


def print_bouts(bouts: Sequence[Bout], missing: Mapping[str, str]) -> None:
    unknown = [[name, NOT_FOUND, *["–"] * (len(HEADS) - 2)] for name in missing]
    print_table(HEADS, [*rows_of(bouts), *unknown])
    print()
    print_reasons(missing)
    print_doubts({bout.contender.name: bout.samples for bout in bouts})


def print_reasons(missing: Mapping[str, str]) -> None:
    for name, reason in missing.items():
        print(f"{name}: {NOT_FOUND}: {reason}")


def bars_of(bouts: Sequence[Bout]) -> list[Bar]:
    return [Bar(bout.contender.name, [sample.cpu_us for sample in bout.samples]) for bout in bouts]


def print_reports(rounds: int, seconds: float) -> None:
    """One report per request, as phones send them, where there is a Traccar to compare with."""
    try:
        rows = list(compared(rounds, seconds))
    except NotFound as reason:
        print_reasons({"Traccar": str(reason)})
    else:
        print(f"{rounds} × {seconds:g} s each; {machine()}\n")
        print_table(REPORT_HEADS, rows)


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--rate", type=float, default=20, help="updates per second; each goes to all clients")
    parser.add_argument("--seconds", type=float, default=3, help="of each window that is measured")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", choices=["", "deliveries", "reports"], help="one of the two tables")
    parser.add_argument("--picture", type=Path, help="a file to draw the costs in, as SVG")
    return parser.parse_args()


def print_deliveries(arguments: argparse.Namespace) -> None:
    bouts, missing = measure(arguments)
    print(
        f"{arguments.clients} clients, {arguments.rate:g} updates/s, {arguments.rounds} × {arguments.seconds:g} s each;"
        f" {machine()}\n"
    )
    print_bouts(bouts, missing)
    if arguments.picture:
        title = f"CPU of the server for one delivery to one of {arguments.clients} websocket clients, in microseconds"
        arguments.picture.write_text(picture(title, bars_of(bouts)))


def main() -> None:
    arguments = read_arguments()
    if arguments.only != "reports":
        print_deliveries(arguments)
        print()
    if arguments.only != "deliveries":
        print_reports(arguments.rounds, arguments.seconds)


if __name__ == "__main__":
    main()
