"""What waits to be sent to one client, and the transport that takes it while there is one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Protocol

from accounts.wire.logout_causes import LogoutCause
from events.clients.transport import Transport
from events.protocol.close_codes import CLOSE_NORMAL, CLOSE_TRY_AGAIN_LATER

logger = logging.getLogger(__name__)

# Takes the next text that waits somewhere, at that moment; None when none does.
Take = Callable[[datetime], str | None]

# A client for whom something has been waiting for so long is slow: it gets the newest states only.
SLOW_AFTER_S = 1.0
# Answers and lifecycle events are never dropped; a client that is behind and lets so much wait is hopeless.
MAX_WAITING_MESSAGES = 1000
# All of a large fleet may be blocked and unblocked at once.
MAX_WAITING_PER_SOURCE = 4
MAX_WAITING_CHARACTERS = 8 * 1024 * 1024
# Of pursuits of two connections of one client.
SHORTEST_WAIT_S = 0.25
LONGEST_WAIT_S = 32.0
QUIET_S = 2.0


class Owner(Protocol):
    """Whose outbox it is."""

    @property
    def source_count(self) -> int:
        """How many sources it follows, which bounds what may have to wait."""

    def next_state(self, now: datetime) -> str | None:
        """Takes the next state that waits, as text."""

    def note_waiting(self) -> None:
        """Called when a message has to wait."""

    def give_up(self, cause: LogoutCause) -> str | None:
        """Called when too much waits; a last message instead of all that waited."""


class Pursuit:
    """How long a connection whose client has a newer one is left open.

    Some clients come back twice after a loss, and repeat at once what is ended: their two connections would end each
    other in a hot loop (atmosphere point 46). So each end waits twice as long as the one before, if that was of late.
    """

    def __init__(self) -> None:
        self._wait_s = SHORTEST_WAIT_S
        self._at: datetime | None = None

    def next_wait_s(self, now: datetime) -> float:
        """Seconds until the older of two connections is to be ended."""
        is_pursuit = self._at is not None and (now - self._at).total_seconds() < 2 * self._wait_s + QUIET_S
        self._wait_s = min(2 * self._wait_s, LONGEST_WAIT_S) if is_pursuit else SHORTEST_WAIT_S
        self._at = now
        return self._wait_s


class Outbox:
    """Sends messages in order, then states, as fast as the transport takes them."""

    # There is one for each client, and each delivery looks into it: the shorter the way to what it holds, the better.
    __slots__ = (
        *("away_since", "was_connected", "last_transport", "frames_sent", "bytes_sent"),
        *("_owner", "_messages", "_characters", "_transport", "_stream", "_pursuit", "_writer", "_is_held"),
        "_refused_since",
    )

    def __init__(self, owner: Owner, now: datetime) -> None:
        self._owner = owner
        # A list, as it is empty for most: that takes a tenth of an empty deque's memory.
        self._messages: list[str] = []
        self._characters = 0
        self._transport: Transport | None = None
        # The same, if it is one that goes on after it sent something.
        self._stream: Transport | None = None
        self.away_since = now
        """When the last connection ended; of no meaning while there is one."""
        self.was_connected = False
        """Whether there was a connection, ever: without one the client may be connected to another process."""
        self.last_transport = ""
        """What carries the connection, or carried the last one."""
        self.frames_sent = self.bytes_sent = 0
        """Messages that a transport took, and their length without what it adds: they are ASCII."""
        self._pursuit = Pursuit()
        self._writer: asyncio.Task[None] | None = None
        self._is_held = False
        # Since when something has been waiting for the transport, by the loop's clock.
        self._refused_since: float | None = None

    # The transport

    def attach(self, transport: Transport, now: datetime) -> None:
        """Sends over this transport from now on, what waits first; an older one ends."""
        older, self._transport = self._transport, transport
        self._stream = None if transport.ends_with_sending else transport
        self.was_connected = True
        self.last_transport = transport.connection.transport
        self._stop_writer()
        if older is not None:
            older.end_later(self._pursuit.next_wait_s(now))
        self.wake(now)

    def detach(self, transport: Transport, now: datetime) -> None:
        """Lets what comes wait, if it was this transport that would have carried it."""
        if self._transport is transport:
            self._leave(now)

    def release(self) -> None:
        """Ends the connection, if there is one, after the client said goodbye."""
        if self._transport is not None:
            self._transport.release()

    def end(self, now: datetime) -> None:
        """Ends the connection, if there is one; what waits goes on waiting."""
        if self._transport is not None:
            self._transport.end(CLOSE_NORMAL)
            self._leave(now)

    def expel(self, now: datetime) -> None:
        """Drops what waits, ends the owner's logins, says so, and ends the connection if there is one."""
        self.clear()
        if (last := self._owner.give_up(LogoutCause.CLIENT_ENDED)) is not None:
            self.put(last, now)
        self.end(now)

    def forsake(self) -> None:
        """Gives up a client for whom too much is kept."""
        self._give_up(LogoutCause.CLIENT_FELL_BEHIND)

    @property
    def is_connected(self) -> bool:
        return self._transport is not None

    @property
    def waiting(self) -> tuple[str, ...]:
        """The messages that wait, in order."""
        return tuple(self._messages)

    @property
    def waiting_count(self) -> int:
        """How many messages wait."""
        return len(self._messages)

    @property
    def waiting_characters(self) -> int:
        """The length of the messages that wait."""
        return self._characters

    @property
    def is_empty(self) -> bool:
        """Whether no message waits; of states it knows nothing."""
        return not self._messages

    @property
    def is_full(self) -> bool:
        """Whether so much waits that nothing more should be asked for."""
        return len(self._messages) >= MAX_WAITING_MESSAGES // 2 or self._characters >= MAX_WAITING_CHARACTERS // 2

    @property
    def is_behind(self) -> bool:
        """Whether the client is away, or slow: it gets the newest states only."""
        if self._transport is None:
            return True
        if self._refused_since is None:
            return False
        return asyncio.get_running_loop().time() - self._refused_since > SLOW_AFTER_S

    # What is to be sent

    def put(self, message: str, now: datetime) -> None:
        """Puts a message at the end of those that must not be lost; they overtake waiting states."""
        self._messages.append(message)
        self._characters += len(message)
        if self.is_behind and self._holds_too_much():
            self._give_up(LogoutCause.CLIENT_FELL_BEHIND)
        self.wake(now)
        if self._messages:
            self._owner.note_waiting()

    def put_back(self, messages: Sequence[str], now: datetime) -> None:
        """Takes back messages that a transport took and could not send; they come first again."""
        self._return(messages)
        self.wake(now)

    def clear(self) -> None:
        """Drops the messages that wait."""
        self._messages.clear()
        self._characters = 0

    # Sending

    def silence_left_s(self, now: datetime) -> float | None:
        """For how long nobody need fill silence; None: for ever, over this connection."""
        return None if self._transport is None else self._transport.connection.silence_left_s(now)

    def set_back(self, now: datetime) -> None:
        """The clock was set back to this, and would keep who is away for so much longer."""
        self.away_since = min(self.away_since, now)

    def beat(self, now: datetime) -> None:
        """Fills silence if it is time to."""
        transport = self._transport
        if transport is None or self._writer is not None or not transport.connection.must_beat(now):
            return
        transport.connection.last_sent = now
        transport.beat()
        if transport.ends_with_sending:
            self._leave(now)

    def wake(self, now: datetime, take: Take | None = None) -> None:
        """Sends what the transport takes now; the rest is left to a task that waits for the transport.

        With `take` it asks there alone: while there is a transport and no such task, nothing waits elsewhere.
        """
        if self._writer is not None or self._transport is None or self._is_held:
            return
        try:
            if not self._send_waiting(now, take or self._owner.next_state):
                self._writer = asyncio.create_task(self._send_when_possible(self._transport))
        except Exception:
            logger.exception("a client could not be written to")
            self._give_up(LogoutCause.CLIENT_FAILED)

    def clear_way(self) -> Transport | None:
        """The transport, if it is a stream that may be given what comes, as nothing waits, here or with the owner."""
        return self._stream if self._writer is None and not self._is_held else None

    def pass_on(self, message: str, transport: Transport, now: datetime) -> None:
        """Sends what is known to overtake nothing over the `clear_way`; what is refused is the first to wait."""
        try:
            if transport.send_one(message):
                self.frames_sent += 1
                self.bytes_sent += len(message)
                transport.connection.last_sent = now
            else:
                self._return((message,))
                self._writer = asyncio.create_task(self._send_when_possible(transport))
        except Exception:
            logger.exception("a client could not be written to")
            self._give_up(LogoutCause.CLIENT_FAILED)

    @contextmanager
    def held(self) -> Iterator[None]:
        """What comes meanwhile is sent at the end, in order: messages, then events by their kinds."""
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
        self.wake(datetime.now(UTC))

    async def drain(self) -> None:
        """Returns when all that waits now is on its way, or the client is away."""
        if self._writer is not None:
            await asyncio.wait([self._writer])
        if self._transport is not None:
            await self._transport.wait()

    def close(self) -> None:
        """Stops sending; what waits is dropped."""
        self.clear()
        self._transport = self._stream = None
        self._stop_writer()

    async def _send_when_possible(self, transport: Transport) -> None:
        loop = asyncio.get_running_loop()
        try:
            self._refused_since = loop.time()
            await transport.wait()
            while not (transport.is_gone or self._send_waiting(datetime.now(UTC), self._owner.next_state)):
                await transport.wait()
        except Exception:
            logger.exception("a client could not be written to")
            self._give_up(LogoutCause.CLIENT_FAILED)
        if self._writer is asyncio.current_task():
            self._writer = self._refused_since = None

    def _send_waiting(self, now: datetime, take: Take) -> bool:
        """Hands over one batch after the other; whether the transport took all."""
        while (transport := self._transport) is not None:
            # A batch of a large fleet takes megabytes, and its states wait for nothing.
            if not transport.has_room:
                return False
            message = self._pop() if self._messages else take(now)
            if message is None:
                return True
            batch = [message] if transport.batch_limit == 1 else self._fill_batch(message, transport, now, take)
            if not transport.send(batch):
                self._return(batch)
                return False
            self.frames_sent += len(batch)
            for sent in batch:
                self.bytes_sent += len(sent)
            transport.connection.last_sent = now
            if transport.ends_with_sending:
                self._leave(now)
        return True

    def _fill_batch(self, first: str, transport: Transport, now: datetime, take: Take) -> list[str]:
        batch, characters = [first], len(first)
        while len(batch) < transport.batch_limit and characters < transport.batch_characters:
            message = self._pop() if self._messages else take(now)
            if message is None:
                break
            batch.append(message)
            characters += len(message)
        return batch

    def _pop(self) -> str:
        message = self._messages.pop(0)
        self._characters -= len(message)
        return message

    def _holds_too_much(self) -> bool:
        if self._characters > MAX_WAITING_CHARACTERS:
            return True
        count = len(self._messages)
        return count > MAX_WAITING_MESSAGES and count > MAX_WAITING_PER_SOURCE * self._owner.source_count

    def _return(self, messages: Sequence[str]) -> None:
        self._messages[:0] = messages
        self._characters += sum(map(len, messages))
        self._owner.note_waiting()

    def _leave(self, now: datetime) -> None:
        self._transport = self._stream = None
        self.away_since = now
        self._stop_writer()

    def _stop_writer(self) -> None:
        # It may be the writer that found out that there is no more to do.
        if self._writer is not None and self._writer is not asyncio.current_task():
            self._writer.cancel()
        self._writer = self._refused_since = None

    def _give_up(self, cause: LogoutCause) -> None:
        self.clear()
        if (last := self._owner.give_up(cause)) is not None:
            self._return([last])
        if self._transport is not None:
            self._transport.end(CLOSE_TRY_AGAIN_LATER)
