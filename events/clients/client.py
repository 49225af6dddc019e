"""One connected client, whatever the transport: its logins, and what waits to be sent to it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from django.conf import settings

from accounts.notices import LoginsEnded, SessionRenewed, SettingsChanged
from accounts.selectors import Principal
from accounts.wire.errors import ApiError, ErrorCode
from accounts.wire.rates import Window
from events.clients.batches import next_batch
from events.clients.decoding import reports_in
from events.clients.outbox import Outbox
from events.clients.renderer import StateRenderer
from events.clients.subscriber import Login
from events.protocol import messages
from events.protocol.commands import EventType
from trackers.engine.labelled_readings import ShownReadings
from trackers.engine.last_reports import RecentReport
from trackers.engine.notices import AccessWithdrawn, InstrumentsChanged, LifecycleChanged, LifecycleEvent, StatesChanged
from trackers.engine.state import State
from trackers.services.selectors import SourceReadings, TrackedSource

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
        self._logins: dict[str, Login] = {}
        # Rings when the next batch is due.
        self._alarm: asyncio.TimerHandle | None = None

    def count_command(self, now: float) -> None:
        """Counts one that is to be carried out; `now` is the loop's clock. Raises ApiError 15."""
        if not self._commands.take(limit=settings.MAX_COMMANDS_PER_SECOND, now=now):
            raise ApiError(ErrorCode.TOO_MANY_REQUESTS)

    # Logins

    def login_for(self, principal: Principal) -> Login:
        """The login of this credential on this connection, made if there is none yet."""
        login = self._logins.get(principal.digest)
        if login is None:
            login = self._logins[principal.digest] = Login(principal)
        login.become(principal)
        return login

    def has_login(self, digest: str) -> bool:
        """Whether this credential subscribed here."""
        return digest in self._logins

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

    @property
    def logins(self) -> Sequence[Login]:
        return tuple(self._logins.values())

    def types_in_use(self, account_id: int) -> frozenset[EventType]:
        """The types of events that the account's credentials subscribed to here."""
        return frozenset().union(*(login.types_in_use for login in self._logins_of(account_id)))

    @property
    def holds_something(self) -> bool:
        """Whether anything would be lost with it."""
        return bool(self._logins) or not self.outbox.is_empty

    # What is to be sent

    def queue(self, message: str, now: datetime | None = None) -> None:
        """Puts a message at the end of those that must not be lost."""
        self.outbox.put(message, now or datetime.now(UTC))

    def send_waiting(self) -> None:
        """Sends what its subscriptions took."""
        self.outbox.wake(datetime.now(UTC))

    def offer(self, login: Login, states: Sequence[State], now: datetime | None = None) -> None:
        """Lets a login's subscriptions take what is news to them."""
        if login.offer(states, newest_only=self.outbox.is_behind):
            self.outbox.wake(now or datetime.now(UTC))

    def apply(self, account_id: int, notice: object, now: datetime | None = None) -> None:
        """Does what a notice about an account means for this client."""
        if isinstance(notice, StatesChanged):
            # A copy: a client that fails to be written to loses its logins.
            for login in tuple(self._logins.values()):
                if login.principal.account_id == account_id:
                    self.offer(login, notice.states, now)
                    if login.wants_reports:
                        self._hear_reports(login, notice)
            return
        for login in self._logins_of(account_id):
            match notice:
                case LifecycleChanged():
                    self._apply_lifecycle(login, notice)
                case InstrumentsChanged(shown):
                    self._hear_instruments(login, shown)
                case LoginsEnded(digests) if login.principal.digest in digests:
                    self._end_login(login)
                case AccessWithdrawn(user_id, source_ids) if user_id in (None, login.principal.user_id):
                    login.remove(source_ids)
                case SettingsChanged(user_id, time_zone) if login.principal.user_id == user_id:
                    login.become(replace(login.principal, time_zone=time_zone))
                case SessionRenewed(digest, expires_at) if login.principal.digest == digest:
                    moment = datetime.fromtimestamp(expires_at, UTC)
                    login.become(replace(login.principal, expires_at=moment))

    def followed(self, account_id: int) -> Followed:
        """The sources that each of the account's credentials follows here, by digest."""
        return {login.principal.digest: login.source_ids for login in self._logins_of(account_id)}

    def tracker_ids(self, account_id: int) -> dict[int, int]:
        """The account's trackers that are followed here, by source id."""
        followings = [following for login in self._logins_of(account_id) for following in login.followings]
        return {source_id: one for following in followings for source_id, one in following.tracker_ids.items()}

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
        for login in self._logins_of(account_id):
            digest = login.principal.digest
            if digest not in known:
                continue
            if digest not in principals:
                self._end_login(login)
                continue
            login.become(principals[digest])
            login.remove(moved)
            for source_id in login.source_ids & known[digest]:
                self._reconcile_source(login, source_id, by_source.get(source_id))
            visible = [source for source in by_source.values() if source.is_visible_to(login.principal)]
            self.offer(login, login.follow_new(visible))

    def catch_up(
        self,
        account_id: int,
        readings: Mapping[int, SourceReadings],
        recent: Mapping[int, Sequence[RecentReport]],
    ) -> None:
        """The same for readings and the last reports, by source id."""
        for login in self._logins_of(account_id):
            for found in readings.values():
                login.readings.replace(found.shown, found.state)
            for source_id, reports in recent.items():
                login.monitor.replace(source_id, reports)
        self.send_waiting()

    def _hear_reports(self, login: Login, notice: StatesChanged) -> None:
        has_news = login.readings.is_in_use and login.readings.offer(notice.states, notice.readings)
        if login.monitor.is_in_use:
            has_news = login.monitor.offer(reports_in(bytes(notice.recent))) or has_news
        if has_news:
            self.send_waiting()

    def _hear_instruments(self, login: Login, shown: ShownReadings) -> None:
        if login.readings.is_in_use and login.readings.show(shown):
            self.send_waiting()

    def _reconcile_source(self, login: Login, source_id: int, tracked: TrackedSource | None) -> None:
        if tracked is None:
            self._apply_lifecycle(login, LifecycleChanged(source_id, LifecycleEvent.CORRUPT))
        elif not tracked.is_visible_to(login.principal):
            login.remove([source_id])
        elif tracked.is_blocked:
            self._apply_lifecycle(login, LifecycleChanged(source_id, LifecycleEvent.BLOCK))
        else:
            self._apply_lifecycle(login, LifecycleChanged(source_id, LifecycleEvent.UNBLOCK, tracked.state))
            self.offer(login, [tracked.state])

    def _apply_lifecycle(self, login: Login, notice: LifecycleChanged) -> None:
        match notice.event:
            case LifecycleEvent.BLOCK:
                is_news = login.block(notice.source_id)
            case LifecycleEvent.UNBLOCK:
                is_news = login.unblock(notice.source_id)
            case LifecycleEvent.CORRUPT:
                is_news = login.remove([notice.source_id])
        if not is_news:
            return
        self.queue(messages.lifecycle(notice.source_id, notice.event))
        if notice.state is not None:
            self.offer(login, [notice.state])

    def _end_login(self, login: Login) -> None:
        del self._logins[login.principal.digest]
        self.queue(messages.logout())

    @property
    def source_count(self) -> int:
        """How many sources its logins follow."""
        return sum(len(login.source_ids) for login in self._logins.values())

    def next_state(self, now: datetime) -> str | None:
        """Takes what waits longest of states and batches, as text."""
        for login in self._logins.values():
            if (state := login.subscription.take()) is not None:
                return self._renderer.state_event(state, login.style, now)
        return self._next_batch(now)

    def _next_batch(self, now: datetime) -> str | None:
        """The batch that is due; if one is due only later, the outbox is woken then."""
        alarms = []
        for login in self._logins.values():
            if (text := next_batch(login, self._renderer, now)) is not None:
                return text
            if (due_at := login.due_at(now)) is not None:
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

    def give_up(self) -> str | None:
        """Ends its logins here; whoever had one is told, so that it subscribes again."""
        had_login = bool(self._logins)
        self._forget()
        return messages.logout() if had_login else None

    def _forget(self) -> None:
        self._stop_alarm()
        self._logins.clear()
