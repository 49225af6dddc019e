"""A credential that subscribed, and to what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from accounts.selectors import Principal
from events.clients.renderer import Style, style_of
from events.protocol.commands import EventType
from events.protocol.kinds.following import Following
from events.protocol.kinds.iot_monitor import MonitorSubscription
from events.protocol.kinds.pacing import PacedFollowing
from events.protocol.kinds.readings_batch import ReadingsSubscription
from events.protocol.kinds.state import StateSubscription
from events.protocol.kinds.state_batch import StateBatchSubscription
from events.protocol.rates import DEFAULT_RATE
from trackers.engine.state import State
from trackers.rendering.readings import EVERYTHING, ReadingsFilter
from trackers.rendering.states import StateFormat
from trackers.services.selectors import TrackedSource


@dataclass(frozen=True, slots=True)
class Manner:
    """How events of one type are to be written, and how often they may come."""

    form: StateFormat = StateFormat.FULL
    iso: bool = False
    rate: timedelta = DEFAULT_RATE
    """The least time between two batches."""
    readings: ReadingsFilter = EVERYTHING
    covers_all: bool = False
    """Trackers that the account gets later too."""


@dataclass(slots=True)
class Login:
    """One credential that subscribed as this client, and to what."""

    principal: Principal
    subscription: StateSubscription = field(default_factory=StateSubscription)
    batch: StateBatchSubscription = field(default_factory=StateBatchSubscription)
    readings: ReadingsSubscription = field(default_factory=ReadingsSubscription)
    monitor: MonitorSubscription = field(default_factory=MonitorSubscription)
    manners: dict[EventType, Manner] = field(default_factory=dict)
    """By event type; changed by `read_as`, not here."""
    style: Style = field(init=False)
    """How `state` events are written."""
    batch_style: Style = field(init=False)

    wants_reports: bool = False
    """Whether it ever asked for more than states."""

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
        self.wants_reports |= event_type in (EventType.READINGS_BATCH, EventType.IOT_MONITOR)
        self.become(self.principal)
        following = self.following(event_type)
        following.covers_all = following.covers_all or manner.covers_all
        if isinstance(following, PacedFollowing):
            following.pace(manner.rate)

    def manner(self, event_type: EventType) -> Manner:
        """The manner of this type as it was last asked for."""
        return self.manners.get(event_type, Manner())

    def _style(self, event_type: EventType) -> Style:
        manner = self.manner(event_type)
        return style_of(manner.form, self.principal.time_zone, manner.iso)

    # What is followed

    @property
    def paced(self) -> tuple[PacedFollowing, ...]:
        return self.batch, self.readings, self.monitor

    @property
    def followings(self) -> tuple[Following, ...]:
        return self.subscription, *self.paced

    def following(self, event_type: EventType) -> Following:
        """The subscription of this type."""
        match event_type:
            case EventType.STATE:
                return self.subscription
            case EventType.STATE_BATCH:
                return self.batch
            case EventType.READINGS_BATCH:
                return self.readings
            case EventType.IOT_MONITOR:
                return self.monitor

    @property
    def types_in_use(self) -> frozenset[EventType]:
        return frozenset(event_type for event_type in EventType if self.following(event_type).is_in_use)

    @property
    def source_ids(self) -> frozenset[int]:
        """The sources that any of its subscriptions follows."""
        return frozenset().union(*(following.source_ids for following in self.followings))

    def follow_new(self, visible: Iterable[TrackedSource]) -> list[State]:
        """Follows those of the visible trackers that a subscription to all lacks; their states."""
        states = []
        for source in visible:
            lacking = [one for one in self.followings if one.is_open_to(source.source_id, source.tracker_id)]
            for following in lacking:
                following.add(source.source_id, tracker_id=source.tracker_id, is_blocked=source.is_blocked)
            if lacking:
                states.append(source.state)
        return states

    def remove(self, source_ids: Iterable[int]) -> bool:
        """Follows these sources no longer; whether its client is to hear of that, if they are gone for good."""
        gone = frozenset(source_ids)
        is_news = any(following.brings_lifecycle and following.source_ids & gone for following in self.followings)
        for following in self.followings:
            following.remove(gone)
        return is_news

    def block(self, source_id: int) -> bool:
        """Stops a source; whether its client is to hear of it."""
        changes = [following.block(source_id) and following.brings_lifecycle for following in self.followings]
        return any(changes)

    def unblock(self, source_id: int) -> bool:
        """Lets it through again; whether its client is to hear of it."""
        changes = [following.unblock(source_id) and following.brings_lifecycle for following in self.followings]
        return any(changes)

    # What is to be sent

    def offer(self, states: Sequence[State], *, newest_only: bool) -> bool:
        """Lets the subscriptions to states take what is news to them; whether anything was."""
        has_news = self.subscription.offer(states, newest_only=newest_only)
        return (self.batch.is_in_use and self.batch.offer(states)) or has_news

    def due_at(self, now: datetime) -> datetime | None:
        """When the next batch of any type may be sent, not before `now`; None while nothing waits."""
        due = (following.due_at(now) for following in self.paced)
        return min((moment for moment in due if moment is not None), default=None)
