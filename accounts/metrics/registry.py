"""What this process counts. Labels have values of ours only: what strangers choose would grow without end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from time import perf_counter

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector, CollectorRegistry

NAMESPACE = "fleetsphere"
# From a report that is stored at once to what nobody would wait for.
BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

# A time for each counter would be a series more each; a restart is seen without.
disable_created_metrics()  # type: ignore[no-untyped-call]
REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)


def counter(name: str, meaning: str, *labels: str) -> Counter:
    """A sum that only grows; `_total` is put to its name."""
    return Counter(name, meaning, labels, namespace=NAMESPACE, registry=REGISTRY)


def gauge(name: str, meaning: str, *labels: str) -> Gauge:
    """A value that goes up and down."""
    return Gauge(name, meaning, labels, namespace=NAMESPACE, registry=REGISTRY)


def histogram(name: str, meaning: str, buckets_s: Iterable[float] = BUCKETS_S) -> Histogram:
    """How many took so many seconds."""
    return Histogram(name, meaning, namespace=NAMESPACE, registry=REGISTRY, buckets=tuple(buckets_s))


@contextmanager
def timed(seconds: Histogram) -> Iterator[None]:
    """Notes how long the block takes, whatever comes of it."""
    began = perf_counter()
    try:
        yield
    finally:
        seconds.observe(perf_counter() - began)


def gauge_family(name: str, meaning: str, value: float) -> Metric:
    """A value that is read where it is, when somebody asks."""
    return GaugeMetricFamily(f"{NAMESPACE}_{name}", meaning, value)


def counter_family(name: str, meaning: str, value: float) -> Metric:
    """A sum that is kept elsewhere."""
    return CounterMetricFamily(f"{NAMESPACE}_{name}", meaning, value)


def labelled_family(
    name: str, meaning: str, labels: tuple[str, ...], values: Iterable[tuple[tuple[str, ...], float]]
) -> Metric:
    """Values by labels, read where they are."""
    family = GaugeMetricFamily(f"{NAMESPACE}_{name}", meaning, labels=labels)
    for key, value in values:
        family.add_metric(key, value)
    return family


def collect_from(*collectors: Collector) -> None:
    """Has these tell what they know whenever somebody asks; each once."""
    for collector in collectors:
        if collector not in _added:
            _added.append(collector)
            REGISTRY.register(collector)


_added: list[Collector] = []
