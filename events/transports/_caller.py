"""Who calls: what a request or the opening of a websocket says of its client."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, TypeVar

from django.conf import settings

from accounts.wire.addresses import client_address
from events.clients.identity import Identity, make_tracking_id
from events.protocol.connection import Connection, Heartbeats
from events.protocol.parameters import read_parameters

# Clients of the 4.0 line repeat a failed request at once and without end (atmosphere §5.1, point 38).
REFUSAL_DELAY_S = 1.0

ConnectionKind = TypeVar("ConnectionKind", bound=Connection)


class Caller:
    """What the scope of an ASGI connection says."""

    def __init__(self, scope: dict[str, Any]) -> None:
        headers = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]]
        self.headers = dict(headers)
        self.parameters = read_parameters(scope["query_string"].decode("latin-1"), headers)
        self.tracking_id = self.parameters.tracking_id or make_tracking_id()
        peer = scope.get("client") or [""]
        forwarded_for = ",".join(value for name, value in headers if name == "x-forwarded-for")
        self.address = client_address(peer[0] or "", forwarded_for, settings.TRUSTED_PROXIES)
        bound_to = self.address if settings.ATMOSPHERE_BIND_ADDRESS else ""
        self.identity = Identity(scope["path"].rstrip("/"), self.tracking_id, bound_to)

    def make_connection(self, kind: type[ConnectionKind]) -> ConnectionKind:
        """The wire side of this connection, of the kind that its transport has."""
        heartbeats = Heartbeats(
            settings.ATMOSPHERE_CLIENT_HEARTBEAT_MS, timedelta(seconds=settings.ATMOSPHERE_SERVER_HEARTBEAT_S)
        )
        return kind(self.parameters, heartbeats, fresh_id=self.tracking_id)

    @property
    def origin(self) -> str | None:
        """The site whose page calls; None: no page does."""
        return self.headers.get("origin")

    @property
    def is_of_allowed_origin(self) -> bool:
        """Any origin unless a list is set; a program that sends none is let in."""
        return not settings.ALLOWED_ORIGINS or self.origin is None or self.origin in settings.ALLOWED_ORIGINS
