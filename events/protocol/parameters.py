"""What a client says of itself when it connects: query and headers to one value (atmosphere §1)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from urllib.parse import unquote

NO_TRACKING_ID = "0"
# Versions below 2.2.1 speak another handshake (atmosphere §1.3).
FIRST_VERSION = (2, 2, 1)
# The line whose handshake parser starts anew with each connection (atmosphere §7.2).
FIRST_VERSION_THAT_EXPECTS_REPEATED_HANDSHAKE = 5

_TRACKING_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_NOT_IN_A_CALLBACK = re.compile(r"[^A-Za-z0-9]")
MAX_CALLBACK_CHARACTERS = 128
# The lines that go to their fallback transport after a websocket that ends before any frame, and die when it is
# refused (atmosphere §6.3).
_FALLING_BACK_ONLY_AFTER_ACCEPT = ((2, 3, 8), (3, 0))


class ClientLine(Enum):
    """The families of clients that need different treatment (atmosphere §1.3)."""

    PLAIN = "plain"
    LEGACY = "legacy"
    TYPESCRIPT = "typescript"
    JVM = "jvm"


@dataclass(frozen=True, slots=True)
class Parameters:
    """The Atmosphere parameters of one connection."""

    tracking_id: str | None
    """None: the client has none yet, or one that is not well formed."""
    is_new: bool
    """The client has no id yet and waits for one."""
    version: tuple[int, ...] | None
    """Empty: not understood; None: not said."""
    line: ClientLine
    transport: str
    """In lower case with hyphens, as `long-polling`; empty: not said."""
    wants_protocol: bool
    """The client expects a handshake and understands heartbeats."""
    tracks_size: bool
    """Each message carries its length."""
    heartbeat_s: int | None
    """The server heartbeat it asks for; 0: none; None: no wish."""
    callback: str = ""
    """The function that a JSONP answer calls: letters and digits."""
    body: str = ""
    """What a client pushes that can only send GET requests (atmosphere §1.2)."""
    accepts_event_stream: bool = False

    @property
    def is_outdated(self) -> bool:
        """A stated version that is too old."""
        return bool(self.version) and (self.version or ()) < FIRST_VERSION

    @property
    def is_refused_over_http(self) -> bool:
        """A handshake is due to a client that states too old a version (atmosphere §1.3, point 8)."""
        return self.wants_protocol and self.is_new and self.is_outdated

    @property
    def falls_back_only_after_accept(self) -> bool:
        """It must be let in and let go to try another transport; a refusal would be the end (atmosphere point 52)."""
        versions = (self.version or ())[:3], (self.version or ())[:2]
        return self.line is ClientLine.LEGACY and any(v in _FALLING_BACK_ONLY_AFTER_ACCEPT for v in versions)

    def expects_handshake(self, *, anew: bool) -> bool:
        """At a first connection; of the line that parses one on each also later, if the transport does it `anew`.

        A long-poll after an error looks like any other, so there it never does (atmosphere §2.1, §7.2).
        """
        if not self.wants_protocol or self.is_outdated:
            return False
        return self.is_new or (anew and self.tracking_id is not None and self.line is ClientLine.TYPESCRIPT)


def read_parameters(query: str, headers: Iterable[tuple[str, str]] = ()) -> Parameters:
    """The parameters in a query string and in HTTP headers; a header wins. Names in any case."""
    values = {name.lower(): value for name, value in _split_query(query)}
    values |= {name.lower(): value for name, value in headers}
    framework = values.get("x-atmosphere-framework", "")
    tracking_id = values.get("x-atmosphere-tracking-id", NO_TRACKING_ID)
    wants_protocol = "x-atmo-protocol" in values
    version = _read_version(framework)
    return Parameters(
        tracking_id=_read_tracking_id(tracking_id),
        is_new=tracking_id == NO_TRACKING_ID,
        version=version,
        line=_read_line(framework, version, wants_protocol),
        transport=values.get("x-atmosphere-transport", "").lower().replace("_", "-"),
        wants_protocol=wants_protocol,
        tracks_size=values.get("x-atmosphere-trackmessagesize", "").lower() == "true",
        heartbeat_s=_read_seconds(values.get("x-heartbeat-server", "")),
        callback=_NOT_IN_A_CALLBACK.sub("", values.get("jsonptransport", ""))[:MAX_CALLBACK_CHARACTERS],
        body=values.get("x-atmosphere-post-body", ""),
        accepts_event_stream="text/event-stream" in values.get("accept", ""),
    )


def _split_query(query: str) -> Iterable[tuple[str, str]]:
    """Pairs, split at `&` only; a `+` stays one, as clients put `Content-Type` in raw (atmosphere §1.1)."""
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        yield unquote(name), unquote(value)


def _read_tracking_id(text: str) -> str | None:
    if text == NO_TRACKING_ID or not _TRACKING_ID.fullmatch(text):
        return None
    return text


def _read_version(framework: str) -> tuple[int, ...] | None:
    """The numbers before the first `-`; empty when there are none."""
    if not framework:
        return None
    parts = framework.partition("-")[0].split(".")
    if not all(part.isdecimal() and len(part) < 6 for part in parts):
        return ()
    return tuple(int(part) for part in parts[:3])


def _read_line(framework: str, version: tuple[int, ...] | None, wants_protocol: bool) -> ClientLine:
    if not framework:
        return ClientLine.LEGACY if wants_protocol else ClientLine.PLAIN
    if version and version[0] >= FIRST_VERSION_THAT_EXPECTS_REPEATED_HANDSHAKE:
        return ClientLine.TYPESCRIPT
    if "-" in framework or (version and version[0] == 4 and len(version) == 3):
        return ClientLine.LEGACY
    return ClientLine.JVM


def _read_seconds(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 10 else None
