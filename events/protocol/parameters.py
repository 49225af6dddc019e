"""What a client says of itself when it connects: query and headers to one value (protocol sheet 1)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from urllib.parse import unquote

NO_TRACKING_ID = "0"
# Versions below 2.2.1 speak another handshake (sheet 1.3).
FIRST_VERSION = (2, 2, 1)
# The line whose handshake parser starts anew with each connection (sheet 7.2).
FIRST_VERSION_THAT_EXPECTS_REPEATED_HANDSHAKE = 5

_TRACKING_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")


class ClientLine(Enum):
    """The families of clients that need different treatment (sheet 1.3)."""

    PLAIN = "plain"
    LEGACY = "legacy"
    TYPESCRIPT = "typescript"
    JVM = "jvm"


@dataclass(frozen=True, slots=True)
class Parameters:
    """The Atmosphere parameters of one connection."""

    tracking_id: str | None
    """None: the client has none yet, or one that is not well formed."""
    version: tuple[int, ...]
    """Empty: not said."""
    line: ClientLine
    transport: str
    """In lower case with hyphens, as `long-polling`; empty: not said."""
    wants_protocol: bool
    """The client expects a handshake and understands heartbeats."""
    tracks_size: bool
    """Each message carries its length."""
    heartbeat_s: int | None
    """The server heartbeat it asks for; 0: none; None: no wish."""

    @property
    def is_outdated(self) -> bool:
        """A stated version that is too old; a missing one is accepted, as real clients omit it."""
        return bool(self.version) and self.version < FIRST_VERSION

    @property
    def expects_handshake(self) -> bool:
        """A first connection, or any of the line that parses a handshake on each (sheet 2.1, 7.2)."""
        if not self.wants_protocol or self.is_outdated:
            return False
        return self.tracking_id is None or self.line is ClientLine.TYPESCRIPT


def read_parameters(query: str, headers: Iterable[tuple[str, str]] = ()) -> Parameters:
    """The parameters in a query string and in HTTP headers; a header wins. Names in any case."""
    values = {name.lower(): value for name, value in _split_query(query)}
    values |= {name.lower(): value for name, value in headers}
    framework = values.get("x-atmosphere-framework", "")
    wants_protocol = "x-atmo-protocol" in values
    version = _read_version(framework)
    return Parameters(
        tracking_id=_read_tracking_id(values.get("x-atmosphere-tracking-id", NO_TRACKING_ID)),
        version=version,
        line=_read_line(framework, version, wants_protocol),
        transport=values.get("x-atmosphere-transport", "").lower().replace("_", "-"),
        wants_protocol=wants_protocol,
        tracks_size=values.get("x-atmosphere-trackmessagesize", "").lower() == "true",
        heartbeat_s=_read_seconds(values.get("x-heartbeat-server", "")),
    )


def _split_query(query: str) -> Iterable[tuple[str, str]]:
    """Pairs, split at `&` only; a `+` stays one, as clients put `Content-Type` in raw (sheet 1.1)."""
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        yield unquote(name), unquote(value)


def _read_tracking_id(text: str) -> str | None:
    if text == NO_TRACKING_ID or not _TRACKING_ID.fullmatch(text):
        return None
    return text


def _read_version(framework: str) -> tuple[int, ...]:
    """The numbers before the first `-`; empty when there are none."""
    parts = framework.partition("-")[0].split(".")
    if not all(part.isdecimal() and len(part) < 6 for part in parts):
        return ()
    return tuple(int(part) for part in parts[:3])


def _read_line(framework: str, version: tuple[int, ...], wants_protocol: bool) -> ClientLine:
    if not framework:
        return ClientLine.LEGACY if wants_protocol else ClientLine.PLAIN
    if version and version[0] >= FIRST_VERSION_THAT_EXPECTS_REPEATED_HANDSHAKE:
        return ClientLine.TYPESCRIPT
    if "-" in framework or (version and version[0] == 4 and len(version) == 3):
        return ClientLine.LEGACY
    return ClientLine.JVM


def _read_seconds(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 10 else None
