"""A credential that subscribed, and to what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, Protocol

from accounts.selectors import Principal
from accounts.wire.logout_causes import LogoutCause
from events.clients.outbox import Outbox
from events.protocol import messages
from events.protocol.kind import Kind
from events.protocol.kinds import KINDS
from events.protocol.kinds.tracker_list import TRACKER_LIST, TrackerListSubscription
from events.protocol.news import News
from events.protocol.numbering import with_tracker
from events.protocol.options import Options
from events.protocol.pacing import PacedSubscription
from events.protocol.subscription import Renderer, Snapshot, Subscription
from trackers.engine.notices import LifecycleChanged, LifecycleEvent
from trackers.engine.state import State
from trackers.services.selectors import TrackedSource


class Hearer(Protocol):
    """The client that subscribed."""

    @property
    def outbox(self) -> Outbox: ...

    def queue(self, message: str) -> None:
        """Puts a message at the end of those that must not be lost."""

    @property
    def renderer(self) -> Renderer: ...

    def number_event(self, event: str) -> str:
        """An event for somebody who asked for numbers, with the next one."""

    def expect_batch(self, due_at: datetime | None, now: datetime) -> None:
        """Sees to it that a batch is sent when it is due."""

    def end_login(self, subscriber: Subscriber, why: str, cause: LogoutCause | None) -> None:
        """Lets it hear `logout`, and no more of this subscriber."""


class Register(Protocol):
    """Where a subscriber is found by its login and by what it follows."""

    def follow(self, source_id: int, subscription: Subscription[Any], subscriber: Subscriber) -> None: ...

    def unfollow(self, source_id: int, subscription: Subscription[Any]) -> None: ...

    def enter(self, subscriber: Subscriber) -> None: ...

    def leave(self, subscriber: Subscriber) -> None: ...


class Facts(Snapshot, Protocol):
    """What the database says of an account."""

    @property
    def by_source(self) -> Mapping[int, TrackedSource]: ...

    @property
    def moved(self) -> frozenset[int]: ...


@dataclass(slots=True, eq=False)
class Subscriber:
    """A credential that subscribed as one client, and its subscriptions."""

    principal: Principal
    client: Hearer
    _register: Register
    options: dict[Kind, Options] = field(default_factory=dict)
    """As last asked for; changed by `configure`, not here."""
    subscriptions: tuple[Subscription[Any], ...] = ()
    """In the order of KINDS; those only that a command named."""
    # The client's, at hand: a delivery goes through no more objects than it must.
    _outbox: Outbox = field(init=False)
    _renderer: Renderer = field(init=False)
    _by_kind: dict[Kind, Subscription[Any]] = field(default_factory=dict)
    # What is sent at once, and what is sent in batches: apart, as this is looked at for every event of every client.
    _immediate: tuple[Subscription[Any], ...] = ()
    _paced: tuple[PacedSubscription[Any], ...] = ()

    def __post_init__(self) -> None:
        self._outbox, self._renderer = self.client.outbox, self.client.renderer
        self._register.enter(self)

    def end(self) -> None:
        """Follows nothing any more, and is found by nobody."""
        for subscription in self.subscriptions:
            subscription.end()
        self._register.leave(self)

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

    @property
    def is_numbered(self) -> bool:
        """Whether any of its subscriptions asked for numbers."""
        return any(options.is_numbered for options in self.options.values())

    @property
    def tells_cause(self) -> bool:
        """Whether any of its subscriptions asked why a login ends."""
        return any(options.tells_cause for options in self.options.values())

    # What is followed

    def subscription(self, kind: Kind) -> Subscription[Any]:
        """The subscription of this kind, made if there is none yet."""
        found = self._by_kind.get(kind)
        if found is None:
            found = self._by_kind[kind] = kind.subscription()
            found.owner, found.user_id, found.share = self, self.principal.user_id, self.principal.share
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

    @property
    def covers_all(self) -> bool:
        """Whether it follows by any kind of events all that it may see, or will."""
        return any(one.covers_all for one in self.subscriptions if one.is_of_trackers)

    def lacks(self, source_ids: AbstractSet[int]) -> AbstractSet[int]:
        """Those of the sources that one of its subscriptions to all does not follow."""
        return frozenset().union(*(one.lacks(source_ids) for one in self.subscriptions))

    def follow(self, source_id: int, subscription: Subscription[Any]) -> None:
        """One of its subscriptions follows a source from now on."""
        self._register.follow(source_id, subscription, self)

    def unfollow(self, source_id: int, subscription: Subscription[Any]) -> None:
        """One of its subscriptions follows a source no longer."""
        self._register.unfollow(source_id, subscription)

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

    def hear(self, subscription: Subscription[Any], news: News, now: datetime) -> None:
        """Lets one of its subscriptions take what is new of a source, and sends what may go."""
        outbox = self._outbox
        way = outbox.clear_way()
        if way is not None and (event := subscription.sole_event(news, now, self._renderer)) is not None:
            outbox.pass_on(self.client.number_event(event) if subscription.is_numbered else event, way, now)
            return
        if not subscription.hear(news, newest_only=outbox.is_behind):
            return
        if isinstance(subscription, PacedSubscription):
            self.client.expect_batch(subscription.due_at(now), now)
        else:
            outbox.wake(now, partial(self._next_event, subscription, renderer=self._renderer))

    def offer(self, states: Sequence[State]) -> None:
        """Lets the subscriptions take those of the states that are news to them, and sends what may go."""
        outbox = self.client.outbox
        # All of them take what is theirs.
        news = [one.offer(states, newest_only=outbox.is_behind) for one in self.subscriptions]
        if any(news):
            outbox.wake(datetime.now(UTC))

    def note_list(self, now: datetime) -> None:
        """Tells, if that was asked for, that the list of trackers is other than it was."""
        subscription = self._by_kind.get(TRACKER_LIST)
        if isinstance(subscription, TrackerListSubscription) and subscription.note_change():
            self.client.expect_batch(subscription.due_at(now), now)

    def apply_lifecycle(self, notice: LifecycleChanged) -> None:
        """Stops a source or lets it through again, and says so where that is news."""
        tracker_id = self._numbered_tracker(notice.source_id)
        match notice.event:
            case LifecycleEvent.BLOCK:
                is_news = self.block(notice.source_id)
            case LifecycleEvent.UNBLOCK:
                is_news = self.unblock(notice.source_id)
            case LifecycleEvent.CORRUPT:
                is_news = self.remove([notice.source_id])
        if not is_news:
            return
        message = messages.lifecycle(notice.source_id, notice.event)
        self.client.queue(
            message if tracker_id is None else self.client.number_event(with_tracker(message, tracker_id))
        )
        if notice.state is not None:
            self.offer([notice.state])

    def _numbered_tracker(self, source_id: int) -> int | None:
        """The tracker by which a source is followed, for a client that asked for it with numbers."""
        following = (one for one in self.subscriptions if one.is_numbered and source_id in one.source_ids)
        return next((one.tracker_id(source_id) for one in following), None)

    def log_out(self, why: str, cause: LogoutCause | None = None) -> None:
        """Its login is over: why in words for the log, and the cause if it is known."""
        self.client.end_login(self, why, cause)

    # What was missed

    def reconcile(self, source_id: int, facts: Facts) -> None:
        """Makes good whatever was missed of a source that it follows.

        What was moved to another account is not gone: nobody need be told.
        """
        tracked = facts.by_source.get(source_id)
        if source_id in facts.moved or (tracked is not None and not tracked.is_visible_to(self.principal)):
            self.remove([source_id])
        elif tracked is None:
            self.apply_lifecycle(LifecycleChanged(source_id, LifecycleEvent.CORRUPT))
        elif tracked.is_blocked:
            self.apply_lifecycle(LifecycleChanged(source_id, LifecycleEvent.BLOCK))
        else:
            self.apply_lifecycle(LifecycleChanged(source_id, LifecycleEvent.UNBLOCK, tracked.state))
            self.offer([tracked.state])
        self._compare(source_id, facts)

    def follow_new(self, facts: Facts) -> None:
        """Follows those of the trackers that a subscription to all lacks and its credential may see."""
        for subscription in self.subscriptions:
            # In the order of the trackers.
            lacked = subscription.lacks(facts.by_source.keys())
            for tracked in [one for source_id, one in facts.by_source.items() if source_id in lacked] if lacked else ():
                if tracked.is_visible_to(self.principal) and subscription.is_open_to(tracked.tracker_id):
                    subscription.add(tracked.source_id, tracker_id=tracked.tracker_id, is_blocked=tracked.is_blocked)
                    self.offer([tracked.state])
                    self._compare(tracked.source_id, facts)

    def _compare(self, source_id: int, facts: Facts) -> None:
        missed = [one.compare(source_id, facts) for one in self.subscriptions]
        if any(missed):
            self.client.outbox.wake(datetime.now(UTC))

    def next_immediate(self, now: datetime, renderer: Renderer) -> str | None:
        """Takes the next event of those that come at once, as text."""
        for subscription in self._immediate:
            if (text := self._next_event(subscription, now, renderer)) is not None:
                return text
        return None

    def _next_event(self, subscription: Subscription[Any], now: datetime, renderer: Renderer) -> str | None:
        text = subscription.next_event(now, renderer)
        return text if text is None or not subscription.is_numbered else self.client.number_event(text)

    def next_batch(self, now: datetime, renderer: Renderer) -> str | None:
        """Takes the next batch that is due, as text."""
        for subscription in self._paced:
            if (text := self._next_event(subscription, now, renderer)) is not None:
                return text
        return None

    def due_at(self, now: datetime) -> datetime | None:
        """When the next batch of any kind may be sent, not before `now`; None while nothing waits."""
        due = (subscription.due_at(now) for subscription in self._paced)
        return min((moment for moment in due if moment is not None), default=None)
