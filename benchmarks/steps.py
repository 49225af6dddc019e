"""What does each step of a report's way in cost: being read, and being stored with others?

Usage: python benchmarks/steps.py [--before CHECKOUT] [--rounds N] [--sources N]

No HTTP server and no broker takes part: one process for each version, asked in turns.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.support.postgres import postgres, server_programs  # noqa: E402
from benchmarks.support.processes import ROOT, Worker, running  # noqa: E402
from benchmarks.support.product import product_env  # noqa: E402
from benchmarks.support.samples import machine, print_table  # noqa: E402

READING = {"an NGP message is read": "ngp", "an OsmAnd query is read": "osmand"}
BATCHES = (1, 16, 500)
# This checkout's; the product that it measures is in its working directory.
WORKER = ROOT / "benchmarks" / "support" / "stepping.py"


def steps(folder: Path, checkout: Path, stack: ExitStack, sources: int) -> dict[str, Worker]:
    """A worker of that version for each database that there is."""
    urls = {"SQLite": ""}
    if (programs := server_programs()) is not None:
        urls["PostgreSQL"] = stack.enter_context(postgres(programs, folder.with_name(f"postgres-{folder.name}")))
    workers = {}
    for database, url in urls.items():
        env = product_env(folder, "", url)
        command = [sys.executable, str(WORKER), str(sources)]
        workers[database] = Worker(stack.enter_context(running(command, env, asked=True, folder=checkout)))
    return workers


Costs = dict[str, dict[str, list[float]]]


def measure(workers: dict[str, dict[str, Worker]], rounds: int) -> Costs:
    """Microseconds of CPU per report of each step and version, round by round."""
    costs: Costs = {}
    for _ in range(rounds):
        for step, database, question in questions(workers):
            for version, of_version in workers.items():
                told = of_version[database].ask(**question)
                for whose, cost in told.items():
                    costs.setdefault(f"{step}{whose}", {}).setdefault(version, []).append(cost)
    return costs


def questions(workers: dict[str, dict[str, Worker]]) -> list[tuple[str, str, dict[str, object]]]:
    """What is asked: the name of the step, the database, and the question."""
    databases = list(next(iter(workers.values())))
    asked: list[tuple[str, str, dict[str, object]]] = [
        (step, "SQLite", {"action": "read", "what": what}) for step, what in READING.items()
    ]
    for database in databases:
        asked += [(f"{database}, {n} at once", database, {"action": "store", "batch": n}) for n in BATCHES]
    return asked


def rows(costs: Costs) -> list[list[str]]:
    """A line for each step: the medians, and that of the ratios of the rounds."""
    made = []
    for step, of_step in costs.items():
        cells = [f"{median(of_version):.1f}" for of_version in of_step.values()]
        first, last = list(of_step.values())[0], list(of_step.values())[-1]
        made.append([step, *cells, f"{median(b / a for a, b in zip(first, last, strict=True)):.2f}"])
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--before", type=Path, help="another checkout of the product to run beside this one")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--sources", type=int, default=500)
    asked = parser.parse_args()
    checkouts = ({"before": asked.before.resolve()} if asked.before else {}) | {"now": ROOT}
    with TemporaryDirectory() as name, ExitStack() as stack:
        workers = {}
        for version, checkout in checkouts.items():
            folder = Path(name) / version
            folder.mkdir()
            workers[version] = steps(folder, checkout, stack, asked.sources)
        measure(workers, 1)  # plans, pages and caches
        costs = measure(workers, asked.rounds)
    print(f"{asked.rounds} rounds; {machine()}; µs of CPU per report\n")
    print_table(["step", *checkouts, "ratio"], rows(costs))


if __name__ == "__main__":
    main()
