"""A credential that subscribed, and to what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from accounts.selectors import Principal
from events.protocol.batches import StateBatchSubscription
from events.protocol.commands import EventType
from events.protocol.following import Following
from events.protocol.rates import DEFAULT_RATE
from events.protocol.subscriptions import StateSubscription
from events.renderer import Style, style_of
from trackers.rendering import StateFormat
from trackers.state import State


@dataclass(frozen=True, slots=True)
class Manner:
    """How events of one type are to be written, and how often they may come."""

    form: StateFormat = StateFormat.FULL
    iso: bool = False
    rate: timedelta = DEFAULT_RATE
    """The least time between two batches."""


@dataclass(slots=True)
class Login:
    """One credential that subscribed as this client, and to what."""

    principal: Principal
    subscription: StateSubscription = field(default_factory=StateSubscription)
    batch: StateBatchSubscription = field(default_factory=StateBatchSubscription)
    manners: dict[EventType, Manner] = field(default_factory=dict)
    """By event type; changed by `read_as`, not here."""
    style: Style = field(init=False)
    """How `state` events are written."""
    batch_style: Style = field(init=False)

    def __post_init__(self) -> None:
        self.become(self.principal)

    def become(self, principal: Principal) -> None:
        """Knows newer things of who logged in."""
        self.principal = principal
        self.style = self._style(EventType.STATE)
        self.batch_style = self._style(EventType.STATE_BATCH)

    def read_as(self, event_type: EventType, manner: Manner) -> None:
        """Wants events of this type in this manner from now on."""
        self.manners[event_type] = manner
        self.become(self.principal)
        if event_type is EventType.STATE_BATCH:
            self.batch.pace(manner.rate)

    def _style(self, event_type: EventType) -> Style:
        manner = self.manners.get(event_type, Manner())
        return style_of(manner.form, self.principal.time_zone, manner.iso)

    # What is followed

    @property
    def followings(self) -> tuple[Following, ...]:
        return self.subscription, self.batch

    def following(self, event_type: EventType) -> Following:
        """The subscription of this type."""
        return self.batch if event_type is EventType.STATE_BATCH else self.subscription

    @property
    def source_ids(self) -> frozenset[int]:
        """The sources that any of its subscriptions follows."""
        return frozenset().union(*(following.source_ids for following in self.followings))

    def remove(self, source_ids: Iterable[int]) -> None:
        """Follows these sources no longer."""
        gone = tuple(source_ids)
        for following in self.followings:
            following.remove(gone)

    def block(self, source_id: int) -> bool:
        """Stops a source; whether that is a change for any subscription."""
        changes = [following.block(source_id) for following in self.followings]
        return any(changes)

    def unblock(self, source_id: int) -> bool:
        """Lets it through again; whether that is a change for any subscription."""
        changes = [following.unblock(source_id) for following in self.followings]
        return any(changes)

    # What is to be sent

    def offer(self, states: Sequence[State], *, newest_only: bool) -> bool:
        """Lets the subscriptions take what is news to them; whether anything was."""
        has_news = self.subscription.offer(states, newest_only=newest_only)
        return (self.batch.is_in_use and self.batch.offer(states)) or has_news
