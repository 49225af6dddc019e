"""What is counted of reports, by way in: every one of them once, whatever became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from http import HTTPStatus
from time import time

from prometheus_client import Counter as Total
from prometheus_client.core import CounterMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from accounts.metrics.registry import NAMESPACE, counter, gauge, gauge_family, histogram
from trackers.intake.batching import Batcher, current_batcher
from trackers.intake.left_out import OTHERS, left_out
from trackers.intake.schema import WAYS_IN as described_ways
from trackers.reports.outcome import Outcome
from trackers.reports.report import Report, ReportError
from trackers.reports.requests import Entry

BY_MQTT = {"ngp": "mqtt_ngp", "owntracks": "mqtt_owntracks"}
"""The ways in by topic."""
UNREADABLE = "unreadable"
"""The outcome of what is no report; `Outcome` has those of the others."""
OUTCOMES: tuple[str, ...] = (*Outcome, UNREADABLE)
_reports = counter("reports", "Reports by way in, and what became of them.", "way", "outcome")
_unreadable = counter("unreadable_reports", "What was no report, by the field at fault.", "way", "field")
_refused = counter("refused_requests", "Requests of devices of which nothing was read, by status.", "way", "status")
_failed = counter(
    "failed_requests", "Requests of devices that could not be stored now, or not at all.", "way", "status"
)
store_seconds = histogram("store_seconds", "From the arrival of a request of a device to its commit.")
_newest = gauge("stored_timestamp_seconds", "When this process stored a report last.")


def _names_in(described: object) -> Iterator[str]:
    """The names of all fields in a description."""
    if isinstance(described, Mapping):
        yield from described.get("properties", ())
        for part in described.values():
            yield from _names_in(part)
    elif isinstance(described, list):
        for part in described:
            yield from _names_in(part)


KNOWN_NAMES = {"body", *(name for way in described_ways for name in (*way.query, *_names_in(way.bodies)))}
"""The fields of all ways in."""


def known_name(path: str) -> str:
    """The name of a field of ours, or what stands for all that devices make up."""
    name = path.rpartition(".")[2]
    return name if name in KNOWN_NAMES else OTHERS


@cache
def _totals(way: str) -> Mapping[str, Total]:
    """All outcomes of a way in, from zero: of a sum that appears with 1 no rate is seen."""
    _failed.labels(way, HTTPStatus.SERVICE_UNAVAILABLE.name.lower())
    return {outcome: _reports.labels(way, outcome.replace(" ", "_")) for outcome in OUTCOMES}


def count_reports(way: str, entries: Sequence[Entry], outcomes: Sequence[Outcome], received_at: datetime) -> None:
    """Counts what a request brought, and how long it took to store."""
    totals = _totals(way)
    for outcome in set(outcomes):
        totals[outcome].inc(outcomes.count(outcome))
    if len(outcomes) < len(entries):
        totals[UNREADABLE].inc(len(entries) - len(outcomes))
        for entry in entries:
            if isinstance(entry, ReportError):
                _unreadable.labels(way, known_name(entry.field_name)).inc()
    if Outcome.STORED in outcomes:
        now = time()
        _newest.set(now)
        store_seconds.observe(max(0.0, now - received_at.timestamp()))


def count_message(way: str, entry: Report | ReportError, outcome: Outcome | None, received_at: datetime) -> None:
    """Counts one message of MQTT."""
    count_reports(BY_MQTT[way], [entry], [] if outcome is None else [outcome], received_at)


def count_refused(way: str, status: HTTPStatus) -> None:
    """Counts a request of which nothing was read."""
    _refused.labels(way, status.name.lower()).inc()


def count_failed(way: str, status: HTTPStatus) -> None:
    """Counts a request that is for nothing the device's fault."""
    _failed.labels(way, status.name.lower()).inc()


class IntakeCollector(Collector):
    """What is known elsewhere of the reports that this process takes in; to be asked in its loop."""

    def collect(self) -> Iterator[Metric]:
        yield _left_out_family(left_out.counts)
        yield from _batcher_families(current_batcher())


def _left_out_family(counts: Mapping[tuple[str, str], int]) -> Metric:
    sums: Counter[tuple[str, str]] = Counter()
    for (way, name), count in counts.items():
        sums[way, known_name(name)] += count
    meaning = "Values that reports were stored without, as they cannot be right."
    family = CounterMetricFamily(f"{NAMESPACE}_left_out_values", meaning, labels=("way", "name"))
    for labels, count in sums.items():
        family.add_metric(labels, count)
    return family


def _batcher_families(batcher: Batcher) -> Iterable[Metric]:
    yield gauge_family("waiting_reports", "Reports that wait for a transaction.", batcher.waiting_reports)
    yield gauge_family("stuck_lanes", "Connections to the database that were given up.", batcher.stuck_lanes)
