"""A credential that subscribed, and to what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from accounts.selectors import Principal
from events.protocol.kind import Kind
from events.protocol.kinds import KINDS
from events.protocol.options import Options
from events.protocol.pacing import PacedSubscription
from events.protocol.subscription import Renderer, Subscription
from trackers.engine.state import State
from trackers.services.selectors import TrackedSource


@dataclass(slots=True)
class Subscriber:
    """A credential that subscribed as one client, and its subscriptions."""

    principal: Principal
    options: dict[Kind, Options] = field(default_factory=dict)
    """As last asked for; changed by `configure`, not here."""
    subscriptions: tuple[Subscription[Any], ...] = ()
    """In the order of KINDS; those only that a command named."""
    _by_kind: dict[Kind, Subscription[Any]] = field(default_factory=dict)
    # What is sent at once, and what is sent in batches: apart, as this is looked at for every event of every client.
    _immediate: tuple[Subscription[Any], ...] = ()
    _paced: tuple[PacedSubscription[Any], ...] = ()

    def become(self, principal: Principal) -> None:
        """Knows newer things of who subscribed."""
        self.principal = principal
        for kind, subscription in self._by_kind.items():
            self._configure(kind, subscription)

    def configure(self, kind: Kind, options: Options) -> None:
        """Wants events of this kind by these options from now on."""
        self.options[kind] = options
        self._configure(kind, self.subscription(kind))

    def _configure(self, kind: Kind, subscription: Subscription[Any]) -> None:
        subscription.configure(self.options.get(kind, kind.options()), self.principal.time_zone)

    # What is followed

    def subscription(self, kind: Kind) -> Subscription[Any]:
        """The subscription of this kind, made if there is none yet."""
        found = self._by_kind.get(kind)
        if found is None:
            found = self._by_kind[kind] = kind.subscription()
            self._configure(kind, found)
            self.subscriptions = tuple(self._by_kind[one] for one in KINDS.values() if one in self._by_kind)
            self._paced = tuple(one for one in self.subscriptions if isinstance(one, PacedSubscription))
            self._immediate = tuple(one for one in self.subscriptions if not isinstance(one, PacedSubscription))
        return found

    @property
    def in_use(self) -> list[tuple[Kind, Subscription[Any]]]:
        """The subscriptions that follow anything, with their kinds."""
        return [(kind, one) for kind, one in self._by_kind.items() if one.is_in_use]

    @property
    def source_ids(self) -> frozenset[int]:
        """The sources that any of its subscriptions follows."""
        return frozenset().union(*(one.source_ids for one in self.subscriptions))

    def follow_new(self, visible: Iterable[TrackedSource]) -> list[State]:
        """Follows those of the visible trackers that a subscription to all lacks; their states."""
        states = []
        for source in visible:
            lacking = [one for one in self.subscriptions if one.is_open_to(source.source_id, source.tracker_id)]
            for subscription in lacking:
                subscription.add(source.source_id, tracker_id=source.tracker_id, is_blocked=source.is_blocked)
            if lacking:
                states.append(source.state)
        return states

    def remove(self, source_ids: Iterable[int]) -> bool:
        """Follows these sources no longer; whether its client is to hear of that, if they are gone for good."""
        gone = frozenset(source_ids)
        is_news = any(one.brings_lifecycle and one.source_ids & gone for one in self.subscriptions)
        for subscription in self.subscriptions:
            subscription.remove(gone)
        return is_news

    def block(self, source_id: int) -> bool:
        """Stops a source; whether its client is to hear of it."""
        changes = [one.block(source_id) and one.brings_lifecycle for one in self.subscriptions]
        return any(changes)

    def unblock(self, source_id: int) -> bool:
        """Lets it through again; whether its client is to hear of it."""
        changes = [one.unblock(source_id) and one.brings_lifecycle for one in self.subscriptions]
        return any(changes)

    # What is to be sent

    def hear(self, notice: object, *, newest_only: bool) -> bool:
        """Lets the subscriptions take what a notice tells; whether any of it is news."""
        has_news = False
        for subscription in self.subscriptions:
            has_news = subscription.hear(notice, newest_only=newest_only) or has_news
        return has_news

    def offer(self, states: Sequence[State], *, newest_only: bool) -> bool:
        """Lets the subscriptions take those of the states that are news to them; whether any was."""
        has_news = False
        for subscription in self.subscriptions:
            has_news = subscription.offer(states, newest_only=newest_only) or has_news
        return has_news

    def next_immediate(self, now: datetime, renderer: Renderer) -> str | None:
        """Takes the next event of those that come at once, as text."""
        for subscription in self._immediate:
            if (text := subscription.next_event(now, renderer)) is not None:
                return text
        return None

    def next_batch(self, now: datetime, renderer: Renderer) -> str | None:
        """Takes the next batch that is due, as text."""
        for subscription in self._paced:
            if (text := subscription.next_event(now, renderer)) is not None:
                return text
        return None

    def due_at(self, now: datetime) -> datetime | None:
        """When the next batch of any kind may be sent, not before `now`; None while nothing waits."""
        due = (subscription.due_at(now) for subscription in self._paced)
        return min((moment for moment in due if moment is not None), default=None)
