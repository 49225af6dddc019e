"""`/metrics`: what the processes of this machine count, whichever of them is asked (text format 0.0.4)."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable, Iterator

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.views.decorators.http import require_safe
from prometheus_client import generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from accounts.metrics.processes import families_of_others, merged, own_families, sharing
from accounts.metrics.registry import collect_from, counter_family, gauge_family, labelled_family
from events.clients.client import Client
from events.node import Node, current_node
from events.protocol.subscription import conflation
from events.web.installation import current_installation
from trackers.intake.metrics import IntakeCollector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
ROLE = "serve"


def share_metrics() -> None:
    """Has this process, which serves clients, tell the others what it counts, in the running loop."""
    collect_from(_node_collector, _intake_collector)
    sharing.start(ROLE)


@require_safe
async def show_metrics(request: HttpRequest) -> HttpResponse:
    """`/metrics`, for who has the token of the settings; to anybody else it is not there."""
    expected = f"Bearer {settings.METRICS_TOKEN}"
    given = request.headers.get("Authorization", "")
    if not settings.METRICS_TOKEN or not secrets.compare_digest(given.encode(), expected.encode()):
        return HttpResponseNotFound()
    share_metrics()
    by_process = {sharing.name or ROLE: own_families(), **families_of_others()}
    families = [*merged(by_process.items()), *await current_installation().collect()]
    return HttpResponse(generate_latest(_Collected(families)), content_type=CONTENT_TYPE)


class _Collected(Collector):
    """What was collected already, for whoever asks a collector."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


class NodeCollector(Collector):
    """What the node of the running loop knows of its clients."""

    def collect(self) -> Iterator[Metric]:
        node = current_node()
        clients = node.registry.clients
        yield labelled_family(
            "clients",
            "Clients by state and by the transport they have or had last.",
            ("state", "transport"),
            Counter(map(_state_and_transport, clients)).items(),
        )
        yield from _subscription_families(clients)
        yield from _traffic_families(node)


_node_collector, _intake_collector = NodeCollector(), IntakeCollector()


def _state_and_transport(client: Client) -> tuple[str, str]:
    state = "connected" if client.outbox.is_connected else "away"
    return state, client.outbox.last_transport or "none"


def _subscription_families(clients: Iterable[Client]) -> Iterator[Metric]:
    subscriptions = [
        (kind.name, one) for client in clients for subscriber in client.subscribers for kind, one in subscriber.in_use
    ]
    by_event = Counter((name,) for name, _ in subscriptions)
    yield labelled_family("subscriptions", "Subscriptions by type of event.", ("event",), by_event.items())
    messages = sum(client.outbox.waiting_count for client in clients)
    yield gauge_family("waiting_messages", "Answers and lifecycle events that wait for clients.", messages)
    states = sum(one.waiting_count for _, one in subscriptions)
    yield gauge_family("waiting_states", "States and other changes that wait for clients.", states)


def _traffic_families(node: Node) -> Iterator[Metric]:
    hub, registry = node.hub, node.registry
    yield gauge_family("held_bytes", "Messages that wait, and what connections hold.", registry.held_bytes)
    yield gauge_family("layer_heard", "1 while notices of other processes are heard.", int(not hub.is_silent))
    yield counter_family("frames_sent", "Messages that transports took.", registry.frames_sent)
    yield counter_family("bytes_sent", "Their length, without what transports add.", registry.bytes_sent)
    yield counter_family(
        "conflated_states", "States that newer ones took the place of for slow or absent clients.", conflation.count
    )
    yield counter_family("notices_heard", "Notices heard of other processes and this one.", hub.notices_heard)
    yield counter_family("reloads", "Times that an account was read anew from the database.", hub.reloads)
