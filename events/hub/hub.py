"""Hub of a process: which clients hear of which accounts, and what they hear (docs/architecture.md).

It trusts no notice to arrive: what may be lost is read in the database instead.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime

from channels.db import database_sync_to_async
from django.conf import settings

from accounts.notices import account_group, current_publisher, decode_notice
from accounts.selectors import Principal
from accounts.wire.errors import ApiError, ErrorCode
from events.clients.client import Client
from events.hub.account_clients import AccountClients, Recording
from events.hub.backoff import Backoff
from events.hub.channel import LayerChannel, Message
from events.hub.losses import SILENCE_S, LossDetector
from events.hub.snapshot import Loaded
from events.protocol.kind import Kind
from trackers.engine.notices import LifecycleChanged, TrackersChanged

logger = logging.getLogger(__name__)

# Notices of what a reload read in the database may still be on their way; they come first, so that a client gets every
# change and not only the last one.
SETTLE_S = 0.5
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
        self._accounts: dict[int, AccountClients] = {}
        self._losses = LossDetector()
        self._joining = asyncio.Lock()
        self._to_reload: set[int] = set()
        self._reload_wanted = asyncio.Event()
        self._started_at = self._last_full_reload = time.monotonic()
        self.is_silent = False
        """Whether it hears nothing of the layer, so that it reads the database instead."""
        self._reopening = Backoff(first_s=REOPEN_FIRST_S, most_s=REOPEN_MOST_S)
        self.notices_heard = self.reloads = 0
        channel.on_open(self._rejoin)
        channel.on_message("notice", "tick", call=self._hear)

    def start(self, now: float) -> None:
        """Has the ticks begin by which silence is told from peace; before that nobody was here to hear any.

        Silence is measured by the monotonic clock, which `now` is of here and below: one that is set would end it or
        be taken for it.
        """
        current_publisher().start_ticking()
        self._started_at = now

    # Who is here

    async def attach(self, client: Client, account_id: int) -> None:
        """Lets a client hear an account's notices from now on. Read the account's states after it, not before."""
        # Read before the group is joined, a state that changes between the two would be neither read nor heard.
        account = self._accounts.setdefault(account_id, AccountClients())
        account.clients[client] = None
        await self._join(account_id)

    async def detach(self, client: Client) -> None:
        """Lets a client hear nothing any more, and leaves the groups of accounts that have no other here."""
        for account_id, account in list(self._accounts.items()):
            if account.clients.pop(client, client) is None and not account.clients:
                await self._leave(account_id)

    def has_room_for(self, principal: Principal) -> bool:
        """Whether one more client may log in by this credential; those that are away count too."""
        account = self._accounts.get(principal.account_id)
        most = settings.MAX_CONNECTIONS_PER_LOGIN
        if account is None or len(account.clients) <= most:
            return True  # the one that asks is among them
        return sum(client.has_login(principal.digest) for client in account.clients) < most

    # What the database says

    async def load(self, account_id: int, read: Callable[[], Loaded], *, settle_s: float = 0) -> Loaded:
        """What `read` finds in the database, brought up to date with the notices heard meanwhile.

        With `settle_s` it waits so long for notices after the reading. The caller applies what it gets before it
        awaits anything else. Raises ApiError DATABASE_UNAVAILABLE when too much was heard meanwhile to be kept.
        """
        account = self._accounts.setdefault(account_id, AccountClients())
        # Clients are told of a notice at once, while what is read may be older: without a record the old would win.
        recording = Recording()
        account.recordings.append(recording)
        try:
            loaded: Loaded = await database_sync_to_async(read)()
            await asyncio.sleep(settle_s)
        finally:
            account.recordings.remove(recording)
        if recording.is_too_long:
            logger.warning("the database took so long to read that too much changed meanwhile")
            raise ApiError(ErrorCode.DATABASE_UNAVAILABLE)
        return loaded.after(recording.notices)

    async def load_account(
        self,
        account_id: int,
        digests: Collection[str],
        wanted: Collection[Kind],
        followed: Mapping[int, int],
        *,
        settle_s: float = 0,
    ) -> Loaded:
        """Loads all trackers of an account and these credentials, with what these types of events need."""

        def read() -> Loaded:
            return Loaded.read(account_id, digests, wanted=wanted, followed=followed)

        return await self.load(account_id, read, settle_s=settle_s)

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
        for account_id in list(self._accounts):
            await self._join(account_id)
            self._want_reload([account_id])

    async def _join_missing(self) -> None:
        for account_id in list(self._accounts):
            if not await self._join(account_id):
                return  # the others would wait for the layer one by one, and the beat with them

    # What is heard

    def _hear(self, message: Message) -> None:
        now = time.monotonic()
        try:
            if message["type"] == "tick":
                self._hear_tick(message, now)
            else:
                self._hear_notice(message, now)
        except Exception:
            self._want_reload(self._accounts)
            raise

    def _hear_tick(self, message: Message, now: float) -> None:
        missed = self._losses.hear_tick(message["publisher"], message["number"], message["numbers"], now=now)
        self._want_reload(self._accounts if missed is None else missed)

    def _hear_notice(self, message: Message, now: float) -> None:
        account_id = message["account"]
        self.notices_heard += 1
        if self._losses.hear_notice(message["publisher"], account_id, message["number"], now=now):
            self._want_reload([account_id])
        if account_id not in self._accounts:
            return
        notice = decode_notice(message)
        self.deliver(account_id, notice, datetime.now(UTC))
        if isinstance(notice, LifecycleChanged | TrackersChanged):
            # Two processes may publish in another order than they committed in; the database has the last word.
            self._want_reload([account_id])

    def deliver(self, account_id: int, notice: object, now: datetime) -> None:
        """Hands a notice to every client of the account that is here."""
        account = self._accounts[account_id]
        for recording in account.recordings:
            recording.hear(notice)
        for client in account.clients:
            client.apply(account_id, notice, now)

    # What time and losses demand

    async def beat(self, now: datetime) -> None:
        """Looks for logins that expired, for silence, and for groups that could not be joined."""
        for account_id, account in self._accounts.items():
            if any(client.has_expired_login(now) for client in account.clients):
                self._want_reload([account_id])
        now_s = time.monotonic()
        self._watch_silence(now_s)
        await self._end_silence(now_s)
        await self._join_missing()

    def _watch_silence(self, now: float) -> None:
        if self._losses.forget_silent(now):
            self._want_reload(self._accounts)
        is_settled = now - self._started_at > SILENCE_S
        is_silent = is_settled and not self._losses.hears(current_publisher().identity)
        if is_silent and now - self._last_full_reload >= RELOAD_WHILE_SILENT_S:
            self._last_full_reload = now
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
        self._to_reload.update(account_id for account_id in account_ids if account_id in self._accounts)
        if self._to_reload:
            self._reload_wanted.set()

    async def reload_when_wanted(self) -> None:
        """Reloads accounts as need arises, for ever."""
        while True:
            await self._reload_wanted.wait()
            self._reload_wanted.clear()
            due, self._to_reload = self._to_reload, set()
            await asyncio.gather(*map(self._reload_account, due))

    async def _reload_account(self, account_id: int) -> None:
        account = self._accounts.get(account_id)
        if account is None:
            return
        self.reloads += 1
        # All that is asked about is noted before the reading: of what comes later the database may know nothing yet.
        digests, kinds = account.digests(account_id), account.kinds_in_use(account_id)
        known = {client: client.followed(account_id) for client in account.clients}
        followed = account.tracker_ids(account_id)
        try:
            loaded = await self.load_account(account_id, digests, kinds, followed, settle_s=SETTLE_S)
        except ApiError:
            self._want_reload([account_id])
            return
        except Exception:
            self._want_reload([account_id])
            raise
        for client in known.keys() & account.clients.keys():
            client.reconcile(account_id, loaded.principals, loaded.tracked, known[client], loaded.moved)
            client.catch_up(account_id, loaded)
        # What came meanwhile was not asked about.
        if account.digests(account_id) - digests:
            self._want_reload([account_id])
