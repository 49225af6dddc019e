"""What a process counts, as Prometheus reads it (text format 0.0.4)."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.views.decorators.http import require_safe

from events.clients.client import Client
from events.hub.hub import Hub
from events.hub.registry import ClientRegistry
from events.node import current_node

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
PREFIX = "fleetsphere_"


@require_safe
async def show_metrics(request: HttpRequest) -> HttpResponse:
    """`/metrics`, for who has the token of the settings; to anybody else it is not there."""
    expected = f"Bearer {settings.METRICS_TOKEN}"
    given = request.headers.get("Authorization", "")
    if not settings.METRICS_TOKEN or not secrets.compare_digest(given.encode(), expected.encode()):
        return HttpResponseNotFound()
    node = current_node()
    return HttpResponse("".join(_families(node.registry, node.hub)), content_type=CONTENT_TYPE)


def _families(registry: ClientRegistry, hub: Hub) -> Iterator[str]:
    clients = registry.clients
    transports = Counter(client.outbox.last_transport for client in clients if client.outbox.is_connected)
    connected = transports.total()
    subscriptions = [
        (kind.name, one) for client in clients for subscriber in client.subscribers for kind, one in subscriber.in_use
    ]
    waiting_messages = sum(client.outbox.waiting_count for client in clients)
    waiting_states = sum(one.waiting_count for _, one in subscriptions)
    by_type = Counter(name for name, _ in subscriptions)
    yield _gauge("clients", "Clients by whether they are connected or away.", "state", _states(clients, connected))
    yield _gauge("connections", "Connected clients by transport.", "transport", transports)
    yield _gauge("subscriptions", "Subscriptions by type of event.", "event", by_type)
    yield _gauge("waiting_messages", "Answers and lifecycle events that wait for clients.", "", {"": waiting_messages})
    yield _gauge("waiting_states", "States and other changes that wait for clients.", "", {"": waiting_states})
    yield _gauge("held_bytes", "Messages that wait, and what connections hold.", "", {"": registry.held_bytes})
    yield _gauge("layer_heard", "1 while notices of other processes are heard.", "", {"": int(not hub.is_silent)})
    yield _counter("frames_sent_total", "Messages that transports took.", registry.frames_sent)
    yield _counter("bytes_sent_total", "Their length, without what transports add.", registry.bytes_sent)
    yield _counter("notices_heard_total", "Notices heard of other processes and this one.", hub.notices_heard)
    yield _counter("reloads_total", "Times that an account was read anew from the database.", hub.reloads)


def _states(clients: Iterable[Client], connected: int) -> dict[str, int]:
    return {"connected": connected, "away": sum(1 for _ in clients) - connected}


def _gauge(name: str, meaning: str, label: str, values: Mapping[str, int]) -> str:
    """A metric whose values go by a label; without one there is a single value. Labels are words of ours."""
    lines = [f"# HELP {PREFIX}{name} {meaning}", f"# TYPE {PREFIX}{name} gauge"]
    for key, value in sorted(values.items()):
        lines.append(f'{PREFIX}{name}{{{label}="{key}"}} {value}' if label else f"{PREFIX}{name} {value}")
    return "\n".join(lines) + "\n"


def _counter(name: str, meaning: str, value: int) -> str:
    return f"# HELP {PREFIX}{name} {meaning}\n# TYPE {PREFIX}{name} counter\n{PREFIX}{name} {value}\n"
