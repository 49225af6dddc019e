"""One connected client, whatever the transport: its subscribers, and what waits to be sent to it."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Sequence
from datetime import UTC, datetime

from django.conf import settings

from accounts.selectors import Principal
from accounts.wire.errors import ApiError, ErrorCode
from accounts.wire.logout_causes import LogoutCause
from accounts.wire.rates import Window
from events.clients.account import Account
from events.clients.numbering import Numbering
from events.clients.outbox import Outbox
from events.clients.renderer import StateRenderer
from events.clients.subscriber import Subscriber
from events.clients.transport import Transport
from events.protocol import messages

logger = logging.getLogger(__name__)

_numbers = itertools.count(1)


class Client:
    """Keeps what a client is to get; its outbox sends it."""

    def __init__(self, renderer: StateRenderer, now: datetime, burdened: set[Client] | None = None) -> None:
        """It enters `burdened` when a message has to wait for it."""
        self.number = next(_numbers)
        """Tells it from the others of this process."""
        self.since = now
        self.address = ""
        """Where it connected from last."""
        self.outbox = Outbox(self, now)
        self.has_moved = False
        """Whether it goes on in another process."""
        self.receiving = asyncio.Lock()
        """Held while a command is carried out: the next one waits for its turn."""
        self._commands = Window()
        self.renderer = renderer
        self.accounts: tuple[Account, ...] = ()
        """Those whose notices it hears."""
        self._subscribers: dict[str, Subscriber] = {}
        self.numbering: Numbering | None = None
        """Of its events, if it ever asked for numbers."""
        self._burdened = set() if burdened is None else burdened
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
            account = self._account(principal.account_id)
            subscriber = self._subscribers[principal.digest] = Subscriber(principal, self, account)
        subscriber.become(principal)
        return subscriber

    def attach(self, account: Account) -> None:
        """Is among the clients of an account from now on."""
        if account not in self.accounts:
            self.accounts = (*self.accounts, account)
            account.clients[self] = None

    def detach(self) -> Sequence[Account]:
        """Is among no account's clients any more; those that it was of."""
        accounts, self.accounts = self.accounts, ()
        for account in accounts:
            del account.clients[self]
        return accounts

    def _account(self, account_id: int) -> Account:
        return next(one for one in self.accounts if one.account_id == account_id)

    def login(self, digest: str) -> Subscriber | None:
        """The subscriber by this credential, if it subscribed here."""
        return self._subscribers.get(digest)

    @property
    def subscribers(self) -> Sequence[Subscriber]:
        return tuple(self._subscribers.values())

    @property
    def holds_something(self) -> bool:
        """Whether anything would be lost with it."""
        return bool(self._subscribers) or not self.outbox.is_empty

    # What is to be sent

    def connect(self, transport: Transport, now: datetime) -> None:
        """Sends over this transport from now on."""
        if self.numbering is not None:
            self.numbering.begin_connection(self.outbox.waiting)
        self.outbox.attach(transport, now)

    def number_event(self, event: str) -> str:
        """An event for somebody who asked for numbers, with the next one."""
        if self.numbering is None:
            self.numbering = Numbering()
        return self.numbering.number(event)

    def queue(self, message: str, now: datetime | None = None) -> None:
        """Puts a message at the end of those that must not be lost."""
        self.outbox.put(message, now or datetime.now(UTC))

    def note_waiting(self) -> None:
        self._burdened.add(self)

    def send_waiting(self) -> None:
        """Sends what its subscriptions took."""
        self.outbox.wake(datetime.now(UTC))

    def end_login(self, subscriber: Subscriber, why: str, cause: LogoutCause | None) -> None:
        """Lets it hear `logout`, and no more of this subscriber."""
        if self._subscribers.pop(subscriber.principal.digest, None) is None:
            return
        logger.debug("client %d hears logout: %s", self.number, why)
        message = messages.logout(cause if subscriber.tells_cause else None)
        subscriber.end()
        self.queue(self.number_event(message) if subscriber.is_numbered else message)
        if subscriber.principal.share is not None and not self._subscribers:
            self.outbox.release()

    @property
    def source_count(self) -> int:
        """How many sources its subscribers follow."""
        return sum(len(subscriber.source_ids) for subscriber in self._subscribers.values())

    def next_state(self, now: datetime) -> str | None:
        """Takes what waits longest of states and batches, as text."""
        for subscriber in self._subscribers.values():
            if (text := subscriber.next_immediate(now, self.renderer)) is not None:
                return text
        return self._next_batch(now)

    def _next_batch(self, now: datetime) -> str | None:
        """The batch that is due; if one is due only later, the outbox is woken then."""
        for subscriber in self._subscribers.values():
            if (text := subscriber.next_batch(now, self.renderer)) is not None:
                return text
            self.expect_batch(subscriber.due_at(now), now)
        return None

    def expect_batch(self, due_at: datetime | None, now: datetime) -> None:
        """Sees to it that a batch is sent when it is due, which may be now."""
        if due_at is None or not self.outbox.is_connected:
            return
        loop = asyncio.get_running_loop()
        rings_at = loop.time() + (due_at - now).total_seconds()
        if self._alarm is None or self._alarm.when() > rings_at:
            self._stop_alarm()
            self._alarm = loop.call_at(rings_at, self._ring)

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
        is_numbered = any(subscriber.is_numbered for subscriber in self.subscribers)
        self._forget()
        if not had_subscribers:
            return None
        return self.number_event(messages.logout()) if is_numbered else messages.logout()

    def _forget(self) -> None:
        self._stop_alarm()
        for subscriber in self.subscribers:
            subscriber.end()
        self._subscribers.clear()
