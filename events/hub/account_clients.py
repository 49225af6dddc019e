"""Clients of one account that are in this process, and what is heard of the account."""

from __future__ import annotations

from dataclasses import dataclass, field

from events.clients.client import Client
from events.protocol.kind import Kind
from trackers.engine.notices import StatesChanged

# What is heard of a large fleet in half a minute.
MAX_RECORDED_STATES = 200_000


class Recording:
    """What was heard of an account while the database is read; of no use when that takes too long."""

    def __init__(self) -> None:
        self.notices: list[object] = []
        self._states = 0
        self.is_too_long = False

    def hear(self, notice: object) -> None:
        """Takes a notice down."""
        if self.is_too_long:
            return
        self._states += len(notice.states) if isinstance(notice, StatesChanged) else 1
        self.notices.append(notice)
        if self._states > MAX_RECORDED_STATES:
            self.is_too_long = True
            self.notices.clear()


@dataclass(slots=True)
class AccountClients:
    """The clients of one account, and what was heard of it while somebody reads the database."""

    clients: dict[Client, None] = field(default_factory=dict)
    recordings: list[Recording] = field(default_factory=list)
    joined_as: str | None = None
    """The channel that is in the account's group; an earlier one hears nothing any more."""

    def digests(self, account_id: int) -> set[str]:
        """The credentials that are logged in here."""
        return {digest for client in self.clients for digest in client.digests_of(account_id)}

    def tracker_ids(self, account_id: int) -> dict[int, int]:
        """The trackers that are followed here, by source id."""
        return {source_id: one for client in self.clients for source_id, one in client.tracker_ids(account_id).items()}

    def kinds_in_use(self, account_id: int) -> frozenset[Kind]:
        """Kinds of events that are subscribed to here."""
        return frozenset().union(*(client.kinds_in_use(account_id) for client in self.clients))
