"""What a client is known by, from one connection to the next."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identity:
    """What a client is known by. Who learns an id alone gets nothing by it (docs/decisions/0008)."""

    path: str
    tracking_id: str
    address: str
    """The network address that it connects from; empty when ids alone are enough."""
