"""One connected client, whatever the transport: its logins, and what waits to be sent to it."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from accounts.feed import LoginsEnded, SessionRenewed, SettingsChanged
from accounts.selectors import Principal
from events.protocol import messages
from events.protocol.connection import Connection
from events.protocol.framing import HEARTBEAT
from events.protocol.subscriptions import StateSubscription
from events.renderer import StateRenderer, Style, style_of
from events.transports.base import Transport
from trackers.feed import AccessWithdrawn, LifecycleChanged, LifecycleEvent, StatesChanged
from trackers.rendering import StateFormat
from trackers.selectors import TrackedSource
from trackers.state import State

logger = logging.getLogger(__name__)

# Sources by the digest of the credential that follows them.
Followed = Mapping[str, frozenset[int]]

# A frame that could not be handed over for so long makes a client slow: it gets the newest states only.
SLOW_AFTER_S = 1.0
# Answers and lifecycle events are never dropped; a slow client that lets so many of them wait is hopeless.
MAX_WAITING_MESSAGES = 1000
CLOSE_TRY_AGAIN_LATER = 1013


@dataclass(slots=True)
class Login:
    """One credential that subscribed on this connection, and to what."""

    principal: Principal
    subscription: StateSubscription = field(default_factory=StateSubscription)
    form: StateFormat = StateFormat.FULL
    iso: bool = False
    style: Style = field(init=False)
    """How states are written for it; changed by `read_as`, not here."""

    def __post_init__(self) -> None:
        self.read_as(self.form, iso=self.iso)

    def read_as(self, form: StateFormat, *, iso: bool) -> None:
        """Wants states in this format and form of dates from now on."""
        self.form, self.iso = form, iso
        self.style = style_of(form, self.principal.time_zone, iso)

    def become(self, principal: Principal) -> None:
        """Knows newer things of who logged in."""
        self.principal = principal
        self.read_as(self.form, iso=self.iso)


class Client:
    """Keeps what a client is to get, and sends it when the transport takes it."""

    def __init__(self, transport: Transport, connection: Connection, renderer: StateRenderer) -> None:
        self.connection = connection
        self._transport = transport
        self._renderer = renderer
        self._logins: dict[str, Login] = {}
        self._messages: deque[str] = deque()
        self._writer: asyncio.Task[None] | None = None
        # The frame that the transport would not take, and since when (by the loop's clock).
        self._refused: str | None = None
        self._refused_since: float | None = None

    # Logins

    def login_for(self, principal: Principal) -> Login:
        """The login of this credential on this connection, made if there is none yet."""
        login = self._logins.get(principal.digest)
        if login is None:
            login = self._logins[principal.digest] = Login(principal)
        login.become(principal)
        return login

    def digests_of(self, account_id: int) -> list[str]:
        """The credentials of an account that are logged in here."""
        return [login.principal.digest for login in self._logins_of(account_id)]

    def has_expired_login(self, now: datetime) -> bool:
        return any(
            login.principal.expires_at is not None and login.principal.expires_at <= now
            for login in self._logins.values()
        )

    def _logins_of(self, account_id: int) -> list[Login]:
        return [login for login in self._logins.values() if login.principal.account_id == account_id]

    # What is to be sent

    def queue(self, message: str) -> None:
        """Puts a message at the end of those that must not be lost; they overtake waiting states."""
        self._messages.append(message)
        if len(self._messages) > MAX_WAITING_MESSAGES and self._is_slow():
            self._give_up()
        self._wake()

    def offer(self, login: Login, states: Sequence[State], now: datetime | None = None) -> None:
        """Lets a login's subscription take what is news to it."""
        if login.subscription.offer(states):
            if self._is_slow():
                login.subscription.keep_newest()
            self._wake(now)

    def apply(self, account_id: int, notice: object, now: datetime | None = None) -> None:
        """Does what a notice about an account means for this client."""
        if isinstance(notice, StatesChanged):
            # A copy: a client that fails to be written to loses its logins.
            for login in tuple(self._logins.values()):
                if login.principal.account_id == account_id:
                    self.offer(login, notice.states, now)
            return
        for login in self._logins_of(account_id):
            match notice:
                case LifecycleChanged():
                    self._apply_lifecycle(login, notice)
                case LoginsEnded(digests) if login.principal.digest in digests:
                    self._end_login(login)
                case AccessWithdrawn(user_id, source_ids) if login.principal.user_id == user_id:
                    login.subscription.remove(source_ids)
                case SettingsChanged(user_id, time_zone) if login.principal.user_id == user_id:
                    login.become(replace(login.principal, time_zone=time_zone))
                case SessionRenewed(digest, expires_at) if login.principal.digest == digest:
                    moment = datetime.fromtimestamp(expires_at, UTC)
                    login.become(replace(login.principal, expires_at=moment))

    def followed(self, account_id: int) -> Followed:
        """The sources that each of the account's credentials follows here, by digest."""
        return {login.principal.digest: login.subscription.source_ids for login in self._logins_of(account_id)}

    def reconcile(
        self,
        account_id: int,
        principals: Mapping[str, Principal],
        tracked: Iterable[TrackedSource],
        known: Followed,
    ) -> None:
        """Makes good whatever notices were lost: compares with what the database says now.

        `known` is what was followed before the database was read. Of what came later it may know nothing yet.
        """
        by_source = {source.source_id: source for source in tracked}
        for login in self._logins_of(account_id):
            digest = login.principal.digest
            if digest not in known:
                continue
            if digest not in principals:
                self._end_login(login)
                continue
            login.become(principals[digest])
            for source_id in login.subscription.source_ids & known[digest]:
                self._reconcile_source(login, source_id, by_source.get(source_id))

    def _reconcile_source(self, login: Login, source_id: int, tracked: TrackedSource | None) -> None:
        if tracked is None:
            self._apply_lifecycle(login, LifecycleChanged(source_id, LifecycleEvent.CORRUPT))
        elif not tracked.is_visible_to(login.principal):
            login.subscription.remove([source_id])
        elif tracked.is_blocked:
            self._apply_lifecycle(login, LifecycleChanged(source_id, LifecycleEvent.BLOCK))
        else:
            self._apply_lifecycle(login, LifecycleChanged(source_id, LifecycleEvent.UNBLOCK, tracked.state))
            self.offer(login, [tracked.state])

    def _apply_lifecycle(self, login: Login, notice: LifecycleChanged) -> None:
        subscription = login.subscription
        match notice.event:
            case LifecycleEvent.BLOCK:
                is_news = subscription.block(notice.source_id)
            case LifecycleEvent.UNBLOCK:
                is_news = subscription.unblock(notice.source_id)
            case LifecycleEvent.CORRUPT:
                is_news = notice.source_id in subscription.source_ids
                subscription.remove([notice.source_id])
        if not is_news:
            return
        self.queue(messages.lifecycle(notice.source_id, notice.event))
        if notice.state is not None:
            self.offer(login, [notice.state])

    def _end_login(self, login: Login) -> None:
        del self._logins[login.principal.digest]
        self.queue(messages.logout())

    # Sending

    def beat(self, now: datetime) -> None:
        """Sends a heartbeat if it is time for one."""
        if self._writer is None and self.connection.must_beat(now):
            self.queue(HEARTBEAT)

    async def drain(self) -> None:
        """Returns when all that waits now is on its way."""
        if self._writer is not None:
            await asyncio.wait([self._writer])
        await self._transport.wait()

    async def close(self) -> None:
        """Stops sending; what waits is dropped."""
        self._logins.clear()
        self._messages.clear()
        if self._writer is not None:
            self._writer.cancel()
            await asyncio.wait([self._writer])

    def _is_slow(self) -> bool:
        since = self._refused_since
        return since is not None and asyncio.get_running_loop().time() - since > SLOW_AFTER_S

    def _wake(self, now: datetime | None = None) -> None:
        """Sends what the transport takes now; the rest is left to a task that waits for the transport."""
        if self._writer is not None:
            return
        try:
            if not self._send_waiting(now or datetime.now(UTC)):
                self._writer = asyncio.create_task(self._send_when_possible())
        except Exception:
            logger.exception("a client could not be written to")
            self._give_up()

    async def _send_when_possible(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            self._refused_since = loop.time()
            await self._transport.wait()
            while not self._send_waiting(datetime.now(UTC)):
                self._refused_since = loop.time()
                await self._transport.wait()
        except Exception:
            logger.exception("a client could not be written to")
            self._give_up()
        finally:
            self._writer = self._refused_since = None

    def _send_waiting(self, now: datetime) -> bool:
        """Hands over one frame after the other; whether the transport took all."""
        while (frame := self._refused or self._next_frame(now)) is not None:
            if not self._transport.send(frame):
                self._refused = frame
                return False
            self._refused = None
            self.connection.note_sent(now)
        return True

    def _next_frame(self, now: datetime) -> str | None:
        if self._messages:
            return self.connection.frame(self._messages.popleft())
        for login in self._logins.values():
            if (state := login.subscription.take()) is not None:
                return self.connection.frame(self._renderer.state_event(state, login.style, now))
        return None

    def _give_up(self) -> None:
        self._messages.clear()
        self._logins.clear()
        self._refused = None
        self._transport.abort(CLOSE_TRY_AGAIN_LATER)
