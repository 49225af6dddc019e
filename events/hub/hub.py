"""Hub of a process: which clients hear of which accounts, and what they hear (docs/architecture.md).

It trusts no notice to arrive: what may be lost is read in the database instead.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from channels.db import database_sync_to_async

from accounts.notices import account_group, current_publisher, decode_notice
from accounts.wire.errors import ApiError
from events.clients.account import Account
from events.clients.client import Client
from events.clients.delivery import deliver
from events.hub.backoff import Backoff
from events.hub.channel import LayerChannel, Message
from events.hub.losses import LossDetector, Tick
from events.hub.metrics import observe_delivery
from events.hub.reload import Wanted, reload
from events.hub.snapshot import Loaded
from trackers.engine.notices import LifecycleChanged, LifecycleEvent, TrackersChanged

logger = logging.getLogger(__name__)

# While the layer is silent the database is read instead, this often.
RELOAD_WHILE_SILENT_S = 5.0
# A new channel that works is heard within two seconds: ticks and beats come once a second each.
REOPEN_FIRST_S = 2.0
# Sooner than keepalive gives a connection up, by redis-py 8.1 after 45 s: its asyncio client takes that for a read that
# found nothing, and the task of the pub/sub layer then reads for ever without letting anything else run.
REOPEN_MOST_S = 30.0


class Hub:
    """Clients by account: delivers the notices of accounts to them, and reloads accounts whose notices got lost."""

    def __init__(self, channel: LayerChannel) -> None:
        self._channel = channel
        self._accounts: dict[int, Account] = {}
        self._losses = LossDetector(time.monotonic())
        self._joining = asyncio.Lock()
        self._to_reload: dict[int, Wanted] = {}
        self._reload_wanted = asyncio.Event()
        self._last_full_reload_s = time.monotonic()
        self.is_silent = False
        """Whether it hears nothing of the layer, so that it reads the database instead."""
        self._reopening = Backoff(first_s=REOPEN_FIRST_S, most_s=REOPEN_MOST_S)
        self.notices_heard = self.reloads = 0
        channel.on_open(self._rejoin)
        channel.on_message("notice", "tick", call=self._hear)

    def start(self) -> None:
        """Has the ticks begin by which silence is told from peace; before that nobody was here to hear any."""
        current_publisher().start_ticking()
        self._losses = LossDetector(time.monotonic())

    # Who is here

    async def attach(self, client: Client, account_id: int) -> Account:
        """Lets a client hear an account's notices from now on. Read the account's states after it, not before."""
        # Read before the group is joined, a state that changes between the two would be neither read nor heard.
        account = self._accounts.get(account_id)
        if account is None:
            account = self._accounts[account_id] = Account(account_id)
        client.attach(account)
        await self._join(account_id)
        return account

    async def detach(self, client: Client) -> None:
        """Lets a client hear nothing any more, and leaves the groups of accounts that have no other here."""
        for account in client.detach():
            if not account.clients:
                await self._leave(account.account_id)

    # What the database says

    async def load(self, account: Account, read: Callable[[], Loaded]) -> Loaded:
        """What `read` finds in the database, brought up to date with the notices heard meanwhile.

        The caller applies what it gets before it awaits anything else. Raises ApiError DATABASE_UNAVAILABLE when too
        much was heard meanwhile to be kept.
        """
        # Clients are told of a notice at once, while what is read may be older: without a record the old would win.
        with account.recording() as recording:
            loaded: Loaded = await database_sync_to_async(read)()
        for notice in recording.take():
            loaded.apply(notice)
        return loaded

    # Groups of the layer

    async def _join(self, account_id: int) -> bool:
        """Joins an account's group if that is still to be done; whether the layer can be reached, as far as known."""
        async with self._joining:
            account, name = self._accounts.get(account_id), self._channel.name
            if account is None or name is None or account.joined_as == name:
                return True  # without a channel yet, its opening joins for all
            if not await self._channel.join(account_group(account_id)):
                return False  # the beat tries again, and the silence makes the hub read the database
            account.joined_as = name
            return True

    async def _leave(self, account_id: int) -> None:
        # Under the lock: a client that attaches while the group is being left waits, and joins it again after that.
        async with self._joining:
            account = self._accounts.get(account_id)
            if account is None or account.clients:
                return  # somebody came while this waited for the lock
            del self._accounts[account_id]
            if account.joined_as is not None and account.joined_as == self._channel.name:
                await self._channel.leave(account_group(account_id))

    async def _rejoin(self) -> None:
        """A new channel is in no group; what was said meanwhile is lost."""
        self._losses = LossDetector(time.monotonic())
        for account_id in list(self._accounts):
            await self._join(account_id)
        self._want_reload(self._accounts)

    async def _join_missing(self) -> None:
        for account_id in list(self._accounts):
            if not await self._join(account_id):
                return  # the others would wait for the layer one by one, and the beat with them

    # What is heard

    def _hear(self, message: Message) -> None:
        try:
            if message["type"] == "tick":
                self._hear_tick(message)
            else:
                self._hear_notice(message)
        except Exception:
            self._want_reload(self._accounts)
            raise

    def _hear_tick(self, message: Message) -> None:
        tick = Tick(message["number"], message["after_s"], message["numbers"], message["is_last"])
        missed = self._losses.hear_tick(message["publisher"], tick, time.monotonic())
        self._want_reload(self._accounts if missed is None else missed)

    def _hear_notice(self, message: Message) -> None:
        account_id = message["account"]
        self.notices_heard += 1
        if self._losses.hear_notice(message["publisher"], account_id, message["number"]):
            self._want_reload([account_id])
        if (account := self._accounts.get(account_id)) is None:
            return
        notice = decode_notice(message)
        deliver(account, notice, datetime.now(UTC))
        observe_delivery(notice)
        # Two processes may publish in another order than they committed in; the database has the last word.
        match notice:
            case LifecycleChanged(source_id, event):
                self._want(account_id, Wanted({source_id}, new_trackers=event is LifecycleEvent.CORRUPT))
            case TrackersChanged():
                self._want(account_id, Wanted(new_trackers=True))

    # What time and losses demand

    async def beat(self, now: datetime) -> None:
        """Looks for logins that expired, for silence, and for groups that could not be joined."""
        self._want_reload(one.account_id for one in self._accounts.values() if one.has_expired_login(now))
        self._watch_silence(time.monotonic())
        await self._end_silence(time.monotonic())
        await self._join_missing()

    def _watch_silence(self, now_s: float) -> None:
        if self._losses.beat(now_s):
            self._want_reload(self._accounts)
        # On a channel that was just opened nothing can have been heard yet.
        may_be_silent = self.is_silent or self._losses.has_settled
        is_silent = may_be_silent and not self._losses.hears(current_publisher().identity)
        if is_silent and now_s - self._last_full_reload_s >= RELOAD_WHILE_SILENT_S:
            self._last_full_reload_s = now_s
            self._want_reload(self._accounts)
        if is_silent is not self.is_silent:
            self.is_silent = is_silent
            state = "is silent; states come from the database" if is_silent else "is heard again"
            logger.warning("the channel layer %s", state)

    async def _end_silence(self, now_s: float) -> None:
        """Has a silent layer be heard over a new connection: one that died without a word is never told apart."""
        if not self.is_silent:
            self._reopening.reset()
        # A channel that cannot be opened, as the broker is down, is being opened all the time.
        elif self._channel.is_heard and self._reopening.take(now_s):
            pause_s = self._reopening.pause_s
            logger.warning("subscribing to the channel layer over a new connection; again in %g s if need be", pause_s)
            await self._channel.open_anew()

    def _want_reload(self, account_ids: Iterable[int]) -> None:
        for account_id in account_ids:
            self._want(account_id, Wanted(everything=True, new_trackers=True))

    def _want(self, account_id: int, wanted: Wanted) -> None:
        if account_id in self._accounts:
            self._to_reload.setdefault(account_id, Wanted()).add(wanted)
            self._reload_wanted.set()

    async def reload_when_wanted(self) -> None:
        """Reloads accounts as need arises, for ever."""
        while True:
            await self._reload_wanted.wait()
            self._reload_wanted.clear()
            due, self._to_reload = self._to_reload, {}
            await asyncio.gather(*(self._reload_account(*one) for one in due.items()))

    async def _reload_account(self, account_id: int, wanted: Wanted) -> None:
        account = self._accounts.get(account_id)
        if account is None:
            return
        self.reloads += 1
        try:
            await reload(account, wanted)
        except ApiError:
            self._want(account_id, wanted)
        except Exception:
            self._want(account_id, wanted)
            raise
