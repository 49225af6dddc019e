"""One connected client, whatever the transport: its subscribers, and what waits to be sent to it."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from django.conf import settings

from accounts.notices import LoginsEnded, SessionRenewed, SettingsChanged
from accounts.selectors import Principal
from accounts.wire.errors import ApiError, ErrorCode
from accounts.wire.logout_causes import LogoutCause
from accounts.wire.rates import Window
from events.clients.outbox import Outbox
from events.clients.renderer import StateRenderer
from events.clients.subscriber import Subscriber
from events.protocol import messages
from events.protocol.kind import Kind
from events.protocol.subscription import Snapshot
from trackers.engine.notices import AccessWithdrawn, LifecycleChanged, LifecycleEvent, StatesChanged
from trackers.engine.state import State
from trackers.services.selectors import TrackedSource

logger = logging.getLogger(__name__)

# Sources by the digest of the credential that follows them.
Followed = Mapping[str, frozenset[int]]
_numbers = itertools.count(1)


class Client:
    """Keeps what a client is to get; its outbox sends it."""

    def __init__(self, renderer: StateRenderer, now: datetime) -> None:
        self.number = next(_numbers)
        """Tells it from the others of this process."""
        self.since = now
        self.address = ""
        """Where it connected from last."""
        self.outbox = Outbox(self, now)
        self.receiving = asyncio.Lock()
        """Held while a command is carried out: the next one waits for its turn."""
        self._commands = Window()
        self._renderer = renderer
        self._subscribers: dict[str, Subscriber] = {}
        # Rings when the next batch is due.
        self._alarm: asyncio.TimerHandle | None = None

    def count_command(self, now: float) -> None:
        """Counts one that is to be carried out; `now` is the loop's clock. Raises ApiError TOO_MANY_REQUESTS."""
        if not self._commands.take(limit=settings.MAX_COMMANDS_PER_SECOND, now=now):
            raise ApiError(ErrorCode.TOO_MANY_REQUESTS)

    # Subscribers

    def subscriber_for(self, principal: Principal) -> Subscriber:
        """The subscriber by this credential, made if there is none yet."""
        subscriber = self._subscribers.get(principal.digest)
        if subscriber is None:
            subscriber = self._subscribers[principal.digest] = Subscriber(principal)
        subscriber.become(principal)
        return subscriber

    def has_login(self, digest: str) -> bool:
        """Whether this credential subscribed here."""
        return digest in self._subscribers

    def digests_of(self, account_id: int) -> list[str]:
        """The credentials of an account that are logged in here."""
        return [subscriber.principal.digest for subscriber in self._subscribers_of(account_id)]

    def has_expired_login(self, now: datetime) -> bool:
        return any(
            subscriber.principal.expires_at is not None and subscriber.principal.expires_at <= now
            for subscriber in self._subscribers.values()
        )

    def _subscribers_of(self, account_id: int) -> list[Subscriber]:
        return [one for one in self._subscribers.values() if one.principal.account_id == account_id]

    @property
    def subscribers(self) -> Sequence[Subscriber]:
        return tuple(self._subscribers.values())

    def kinds_in_use(self, account_id: int) -> frozenset[Kind]:
        """The kinds of events that the account's credentials subscribed to here."""
        return frozenset(kind for one in self._subscribers_of(account_id) for kind, _ in one.in_use)

    @property
    def holds_something(self) -> bool:
        """Whether anything would be lost with it."""
        return bool(self._subscribers) or not self.outbox.is_empty

    # What is to be sent

    def queue(self, message: str, now: datetime | None = None) -> None:
        """Puts a message at the end of those that must not be lost."""
        self.outbox.put(message, now or datetime.now(UTC))

    def send_waiting(self) -> None:
        """Sends what its subscriptions took."""
        self.outbox.wake(datetime.now(UTC))

    def offer(self, subscriber: Subscriber, states: Sequence[State]) -> None:
        """Lets the subscriptions of a subscriber take those of the states that are news to them."""
        if subscriber.offer(states, newest_only=self.outbox.is_behind):
            self.send_waiting()

    def apply(self, account_id: int, notice: object, now: datetime | None = None) -> None:
        """Does what a notice about an account means for this client."""
        if isinstance(notice, StatesChanged):
            # Of all notices these come the most, by far.
            # A copy: a client that fails to be written to loses its subscribers.
            for subscriber in tuple(self._subscribers.values()):
                if subscriber.principal.account_id == account_id:
                    self._hear(subscriber, notice, now)
            return
        for subscriber in self._subscribers_of(account_id):
            match notice:
                case LifecycleChanged():
                    self._apply_lifecycle(subscriber, notice)
                case LoginsEnded(digests, cause) if subscriber.principal.digest in digests:
                    self._log_out(subscriber, cause.sentence)
                case AccessWithdrawn(user_id, source_ids) if user_id in (None, subscriber.principal.user_id):
                    subscriber.remove(source_ids)
                case SettingsChanged(user_id, time_zone) if subscriber.principal.user_id == user_id:
                    subscriber.become(replace(subscriber.principal, time_zone=time_zone))
                case SessionRenewed(digest, expires_at) if subscriber.principal.digest == digest:
                    moment = datetime.fromtimestamp(expires_at, UTC)
                    subscriber.become(replace(subscriber.principal, expires_at=moment))
                case _:
                    self._hear(subscriber, notice, now)

    def followed(self, account_id: int) -> Followed:
        """The sources that each of the account's credentials follows here, by digest."""
        return {subscriber.principal.digest: subscriber.source_ids for subscriber in self._subscribers_of(account_id)}

    def tracker_ids(self, account_id: int) -> dict[int, int]:
        """The account's trackers that are followed here, by source id."""
        subscriptions = [one for subscriber in self._subscribers_of(account_id) for one in subscriber.subscriptions]
        return {source_id: one for subscription in subscriptions for source_id, one in subscription.tracker_ids.items()}

    def reconcile(
        self,
        account_id: int,
        principals: Mapping[str, Principal],
        tracked: Iterable[TrackedSource],
        known: Followed,
        moved: Collection[int] = (),
    ) -> None:
        """Makes good whatever notices were lost: compares with what the database says now.

        `known` is what was followed before the database was read. Of what came later it may know nothing yet. What was
        `moved` to another account is not gone: nobody need be told.
        """
        by_source = {source.source_id: source for source in tracked}
        for subscriber in self._subscribers_of(account_id):
            digest = subscriber.principal.digest
            if digest not in known:
                continue
            if digest not in principals:
                self._log_out(subscriber, "its end was not heard, but found in the database")
                continue
            subscriber.become(principals[digest])
            subscriber.remove(moved)
            for source_id in subscriber.source_ids & known[digest]:
                self._reconcile_source(subscriber, source_id, by_source.get(source_id))
            visible = [source for source in by_source.values() if source.is_visible_to(subscriber.principal)]
            self.offer(subscriber, subscriber.follow_new(visible))

    def catch_up(self, account_id: int, snapshot: Snapshot) -> None:
        """Makes good what was missed beside states, as the database has it now."""
        for subscriber in self._subscribers_of(account_id):
            for subscription in subscriber.subscriptions:
                subscription.compare(snapshot)
        self.send_waiting()

    def _hear(self, subscriber: Subscriber, notice: object, now: datetime | None) -> None:
        if subscriber.hear(notice, newest_only=self.outbox.is_behind):
            self.outbox.wake(now or datetime.now(UTC))

    def _reconcile_source(self, subscriber: Subscriber, source_id: int, tracked: TrackedSource | None) -> None:
        if tracked is None:
            self._apply_lifecycle(subscriber, LifecycleChanged(source_id, LifecycleEvent.CORRUPT))
        elif not tracked.is_visible_to(subscriber.principal):
            subscriber.remove([source_id])
        elif tracked.is_blocked:
            self._apply_lifecycle(subscriber, LifecycleChanged(source_id, LifecycleEvent.BLOCK))
        else:
            self._apply_lifecycle(subscriber, LifecycleChanged(source_id, LifecycleEvent.UNBLOCK, tracked.state))
            self.offer(subscriber, [tracked.state])

    def _apply_lifecycle(self, subscriber: Subscriber, notice: LifecycleChanged) -> None:
        match notice.event:
            case LifecycleEvent.BLOCK:
                is_news = subscriber.block(notice.source_id)
            case LifecycleEvent.UNBLOCK:
                is_news = subscriber.unblock(notice.source_id)
            case LifecycleEvent.CORRUPT:
                is_news = subscriber.remove([notice.source_id])
        if not is_news:
            return
        self.queue(messages.lifecycle(notice.source_id, notice.event))
        if notice.state is not None:
            self.offer(subscriber, [notice.state])

    def _log_out(self, subscriber: Subscriber, cause: str) -> None:
        logger.debug("client %d hears logout: %s", self.number, cause)
        del self._subscribers[subscriber.principal.digest]
        self.queue(messages.logout())

    @property
    def source_count(self) -> int:
        """How many sources its subscribers follow."""
        return sum(len(subscriber.source_ids) for subscriber in self._subscribers.values())

    def next_state(self, now: datetime) -> str | None:
        """Takes what waits longest of states and batches, as text."""
        for subscriber in self._subscribers.values():
            if (text := subscriber.next_immediate(now, self._renderer)) is not None:
                return text
        return self._next_batch(now)

    def _next_batch(self, now: datetime) -> str | None:
        """The batch that is due; if one is due only later, the outbox is woken then."""
        alarms = []
        for subscriber in self._subscribers.values():
            if (text := subscriber.next_batch(now, self._renderer)) is not None:
                return text
            if (due_at := subscriber.due_at(now)) is not None:
                alarms.append(due_at)
        if alarms:
            self._set_alarm(min(alarms) - now)
        return None

    def _set_alarm(self, wait: timedelta) -> None:
        self._stop_alarm()
        self._alarm = asyncio.get_running_loop().call_later(wait.total_seconds(), self._ring)

    def _stop_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _ring(self) -> None:
        self._alarm = None
        self.outbox.wake(datetime.now(UTC))

    # The end

    def say_goodbye(self) -> None:
        """The client closed: nothing more is for it, and its connection may end."""
        self._forget()
        self.outbox.clear()
        self.outbox.release()

    def close(self) -> None:
        """Stops sending; what waits is dropped."""
        self._forget()
        self.outbox.close()

    def give_up(self, cause: LogoutCause) -> str | None:
        """Ends its subscriptions; a client that had any is told, so that it subscribes again."""
        logger.debug("client %d is given up: %s", self.number, cause.sentence)
        had_subscribers = bool(self._subscribers)
        self._forget()
        return messages.logout() if had_subscribers else None

    def _forget(self) -> None:
        self._stop_alarm()
        self._subscribers.clear()
