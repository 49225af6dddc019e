"""What a measured window showed, and the tables that are made of many."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What one window of one contender showed."""

    cpu_us: float
    """Of the server, per delivery."""
    delivered: int
    lost: int
    repeated: int
    late: int
    payload_bytes: int
    p50_ms: float
    p99_ms: float


def median_cost(samples: Sequence[Sample]) -> float:
    """Microseconds of the server's CPU per delivery, the median of the windows."""
    return median(sample.cpu_us for sample in samples)


def cost_cells(samples: Sequence[Sample], reference_us: float) -> list[str]:
    """The median cost, its span over the windows, and how many times the reference it is."""
    costs = [sample.cpu_us for sample in samples]
    return [f"{median(costs):.1f}", f"{min(costs):.1f}–{max(costs):.1f}", f"{median(costs) / reference_us:.2f}"]


def latency_cells(samples: Sequence[Sample]) -> list[str]:
    """The medians of the windows, in milliseconds."""
    return [
        f"{median(sample.p50_ms for sample in samples):.1f}",
        f"{median(sample.p99_ms for sample in samples):.1f}",
    ]


def print_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A Markdown table; what comes first in a row is a name, the rest are numbers."""
    print(f"| {' | '.join(heads)} |")
    print("|---|" + "--:|" * (len(heads) - 1))
    for row in rows:
        print(f"| {' | '.join(row)} |")


def print_doubts(samples_of: Mapping[str, Sequence[Sample]]) -> None:
    """What would make a figure worth less than it looks, by the name of the row."""
    for name, samples in samples_of.items():
        if repeated := sum(sample.repeated for sample in samples):
            print(f"{name}: {repeated} deliveries were repetitions")
        if late := sum(sample.late for sample in samples):
            print(f"{name}: {late} updates were published later than the pace asks for")
    sizes = sorted({sample.payload_bytes for samples in samples_of.values() for sample in samples})
    print(f"{' or '.join(map(str, sizes))} bytes a message, without what carries it")


def machine() -> str:
    """What the figures were taken on."""
    return f"{os.cpu_count()} cores, Python {platform.python_version()}"
