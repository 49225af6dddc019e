"""Hub of a process: which clients hear of which accounts, and what they hear (docs/architecture.md).

It trusts no notice to arrive: what may be lost is read in the database instead.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial

from channels.db import database_sync_to_async

from accounts.notices import decode_notice, layer_of
from accounts.wire.errors import ApiError
from accounts.wire.notices import Stream
from events.clients.account import Account
from events.clients.client import Client
from events.clients.delivery import deliver
from events.clients.survey import Survey
from events.hub.channel import LayerChannel, Message
from events.hub.ear import Ear
from events.hub.groups import Groups
from events.hub.metrics import observe_delivery
from events.hub.reload import Wanted, reload
from events.hub.snapshot import Loaded
from events.hub.surveys import read_trackers
from trackers.engine.notices import LifecycleChanged, LifecycleEvent, TrackersChanged
from trackers.engine.shards import ALL_SHARDS, shard_of

# One thread reads for all (asgiref's), so that more of them at once would only wait there, each with a recording of all
# that is heard, and calls behind them. A few more than one, as some wait for the layer.
READINGS_AT_ONCE = 4


class Hub:
    """Clients by account: delivers the notices of accounts to them, and reloads accounts whose notices got lost."""

    def __init__(self, channels: Iterable[LayerChannel]) -> None:
        """`channels`: one of each layer that notices travel over."""
        self._ears = {channel.layer: Ear(channel, self._miss) for channel in channels}
        self._accounts: dict[int, Account] = {}
        self._groups = Groups(self._accounts, self.ear_of)
        self._to_reload: dict[int, Wanted] = {}
        self._reload_wanted = asyncio.Event()
        self.reading = asyncio.Semaphore(READINGS_AT_ONCE)
        """Held by whoever reads the database for a client; the others wait in the order in which they came."""
        self.notices_heard = self.reloads = 0
        for ear in self._ears.values():
            ear.channel.on_open(partial(self._rejoin, ear))
            ear.channel.on_message("notice", "tick", call=partial(self._hear, ear))

    @property
    def is_silent(self) -> bool:
        """Whether it hears nothing of a layer, so that it reads the database instead."""
        return any(ear.is_silent for ear in self._ears.values())

    def ear_of(self, account_id: int) -> Ear:
        """By which it hears of an account."""
        return self._ears[layer_of(account_id)]

    def start(self) -> None:
        """Begins to tell losses from peace."""
        for ear in self._ears.values():
            ear.start()

    # Who is here

    async def attach(self, client: Client, account_id: int) -> Account:
        """Lets a client hear an account's notices from now on. Read the account's states after it, not before."""
        # Read before the group is joined, a state that changes between the two would be neither read nor heard.
        account = self._accounts.get(account_id)
        if account is None:
            account = self._accounts[account_id] = Account(account_id)
        client.attach(account)
        await self._groups.join(account_id)
        return account

    async def detach(self, client: Client) -> None:
        """Lets a client hear nothing any more, and leaves the groups of accounts that have no other here."""
        for account in client.detach():
            if not account.clients:
                await self._leave(account.account_id)

    # What the database says

    async def load(self, account: Account, read: Callable[[], Loaded], *, of_all: bool = False) -> Loaded:
        """What `read` finds in the database, brought up to date with the notices heard meanwhile.

        `of_all`: whoever it is for follows all trackers, and those as well that are not there yet.

        The caller applies what it gets before it awaits anything else. Raises ApiError DATABASE_UNAVAILABLE when too
        much was heard meanwhile to be kept.
        """
        # Clients are told of a notice at once, while what is read may be older: without a record the old would win.
        with account.recording() as recording:
            loaded: Loaded = await database_sync_to_async(read)()
            # Only now it is known of which shards the sources are; what was said there meanwhile was not heard.
            if await self._groups.join_shards(account, ALL_SHARDS if of_all else {*map(shard_of, loaded.by_source)}):
                loaded = await database_sync_to_async(read)()
        for notice in recording.take():
            loaded.apply(notice)
        return loaded

    async def survey(self, account: Account) -> Survey:
        """Where the account's trackers are, from now on; who looks at nothing within minutes has to ask again.

        Raises ApiError DATABASE_UNAVAILABLE when too much was heard while it was made.
        """
        # Whoever asks at the same time waits for the one that is being made: of a large fleet it takes seconds.
        async with account.surveying:
            if account.survey is None:
                account.survey = await self._make_survey(account)
            account.survey.take_up()
            return account.survey

    async def _make_survey(self, account: Account) -> Survey:
        with account.recording() as recording:
            await self._groups.join_shards(account, ALL_SHARDS)
            made = Survey()
            # Bit by bit: of a large fleet it takes a while to note who is where, and others are to have the loop.
            async for some in read_trackers(account.account_id):
                made.renew(some)
        for notice in recording.take():
            made.hear(notice)
        return made

    def read_states(self, account: Account, source_ids: Iterable[int]) -> None:
        """Has the states of sources that are followed read, and sent to those who lack them."""
        if wanted := set(source_ids):
            self._want(account.account_id, Wanted(wanted))

    # Groups of the layer

    async def _leave(self, account_id: int) -> None:
        # Under the lock: a client that attaches while the group is being left waits, and joins it again after that.
        ear = self.ear_of(account_id)
        async with ear.joining:
            account = self._accounts.get(account_id)
            if account is None or account.clients:
                return  # somebody came while this waited for the lock
            del self._accounts[account_id]
            await self._groups.leave(account)

    async def _rejoin(self, ear: Ear) -> None:
        """A new channel is in no group; what was said meanwhile is lost."""
        ear.begin_anew()
        for account_id in self._heard_by(ear):
            await self._groups.join(account_id)
        self._miss(ear, None)

    def _heard_by(self, ear: Ear) -> list[int]:
        return [account_id for account_id in self._accounts if self.ear_of(account_id) is ear]

    # What is heard

    def _hear(self, ear: Ear, message: Message) -> None:
        try:
            if message["type"] == "tick":
                self._groups.hear_tick(message)
                ear.hear_tick(message)
            else:
                ear.hear_notice(message)
                self._hear_notice(message)
        except Exception:
            self._miss(ear, None)
            raise

    def _hear_notice(self, message: Message) -> None:
        account_id = message["account"]
        self.notices_heard += 1
        if (account := self._accounts.get(account_id)) is None:
            return
        notice = decode_notice(message)
        deliver(account, notice, datetime.now(UTC))
        observe_delivery(notice)
        # Two processes may publish in another order than they committed in; the database has the last word.
        match notice:
            case LifecycleChanged(source_id, event):
                self._want(account_id, Wanted({source_id}, new_trackers=event is LifecycleEvent.CORRUPT))
            case TrackersChanged(sees_more=True):
                self._want(account_id, Wanted(new_trackers=True))

    # What time and losses demand

    async def beat(self, now: datetime) -> None:
        """Looks for logins that expired, for silence, and for groups that could not be joined."""
        self._want_reload(one.account_id for one in self._accounts.values() if one.has_expired_login(now))
        # One that does not answer is not to be waited for by the others.
        await asyncio.gather(*(self._beat_of(ear, now) for ear in self._ears.values()))

    async def _beat_of(self, ear: Ear, now: datetime) -> None:
        await ear.beat()
        await self._groups.join_all(self._heard_by(ear))
        for account_id in self._heard_by(ear):
            if (account := self._accounts.get(account_id)) is not None:
                if account.survey is not None and not account.survey.is_of_use(now):
                    account.survey = None
                await self._groups.leave_idle_shards(account)

    def _miss(self, ear: Ear, streams: Iterable[Stream] | None) -> None:
        missed = self._heard_by(ear) if streams is None else {one.account_id for one in streams if self._concerns(one)}
        self._want_reload(missed)

    def _concerns(self, stream: Stream) -> bool:
        account = self._accounts.get(stream.account_id)
        return account is not None and account.misses(stream.shard)

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
            # Before it is read: that it is split may just have been heard, and new trackers may be of any shard.
            await self._groups.join_shards(account, account.wanted_shards)
            await reload(account, wanted)
        except ApiError:
            self._want(account_id, wanted)
        except Exception:
            self._want(account_id, wanted)
            raise
