"""Who is connected to this process, and the one ear it has on the channel layer (docs/architecture.md)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings

from accounts.notices import LAYER_ERRORS, TICK_GROUP, account_group, current_publisher, decode_notice
from accounts.selectors import Principal
from events.clients.client import Client
from events.clients.identity import Identity
from events.clients.renderer import StateRenderer
from events.hub.losses import SILENCE, LossDetector
from events.hub.registry import Clients
from events.hub.snapshot import Loaded
from events.peers.connected_clients import SURVEY, Survey
from events.peers.relay import RELAY_GROUP, Relay
from events.protocol.kind import Kind
from events.protocol.style import ItemShape
from trackers.engine.notices import LifecycleChanged, TrackersChanged

logger = logging.getLogger(__name__)

BEAT_S = 1.0
RETRY_S = 1.0
# Notices of what a reload read in the database may still be on their way; they come first, so that a client gets every
# change and not only the last one.
SETTLE_S = 0.5
# A hub that has just begun joins its groups first.
HEAR_TIMEOUT_S = 2.0
# While the layer is silent the database is read instead, this often.
RELOAD_WHILE_SILENT = timedelta(seconds=5)


@dataclass(slots=True)
class AccountClients:
    """The clients of one account, and what was heard of it while somebody reads the database."""

    clients: dict[Client, None] = field(default_factory=dict)
    recordings: list[list[object]] = field(default_factory=list)
    is_joined: bool = False

    def digests(self, account_id: int) -> set[str]:
        """The credentials that are logged in here."""
        return {digest for client in self.clients for digest in client.digests_of(account_id)}

    def tracker_ids(self, account_id: int) -> dict[int, int]:
        """The trackers that are followed here, by source id."""
        return {source_id: one for client in self.clients for source_id, one in client.tracker_ids(account_id).items()}

    def kinds_in_use(self, account_id: int) -> frozenset[Kind]:
        """The kinds of events that are subscribed to here."""
        return frozenset().union(*(client.kinds_in_use(account_id) for client in self.clients))


class Hub:
    """Hears the notices of the accounts whose clients are here and hands them on."""

    def __init__(self) -> None:
        self.renderer = StateRenderer(ItemShape(settings.STATE_BATCH_ITEM))
        self.layer = get_channel_layer()
        self._clients: dict[Client, None] = {}
        self._accounts: dict[int, AccountClients] = {}
        self.clients = Clients(self)
        self.relay = Relay(self)
        self.survey = Survey(self)
        self._losses = LossDetector()
        self.channel: str | None = None
        self._hears = asyncio.Event()
        self._joining = asyncio.Lock()
        self._to_reload: set[int] = set()
        self._reload_wanted = asyncio.Event()
        self._started_at = self._last_full_reload = datetime.now(UTC)
        self.is_silent = False
        """Whether it hears nothing of the layer, so that it reads the database instead."""
        self.notices_heard = self.reloads = 0
        # Of clients that are no more.
        self._frames_sent = self._bytes_sent = 0
        self._tasks: list[asyncio.Task[None]] = []

    # Clients

    def connect(self, client: Client) -> None:
        """Takes a client in; the first one starts the hub."""
        self._clients[client] = None
        self._start()

    @property
    def all_clients(self) -> Collection[Client]:
        """The clients of this process, those that are away too."""
        return tuple(self._clients)

    @property
    def frames_sent(self) -> int:
        """Messages that transports took since the process began."""
        return self._frames_sent + sum(client.outbox.frames_sent for client in self._clients)

    @property
    def bytes_sent(self) -> int:
        """Their length, without what transports add."""
        return self._bytes_sent + sum(client.outbox.bytes_sent for client in self._clients)

    async def hear(self) -> None:
        """Returns when the hub hears the layer; starts it. Raises TimeoutError when it takes too long."""
        self._start()
        async with asyncio.timeout(HEAR_TIMEOUT_S):
            await self._hears.wait()

    def _start(self) -> None:
        if not self._tasks:
            current_publisher().start_ticking()
            self._started_at = datetime.now(UTC)
            jobs: Sequence[Callable[[], Any]] = (self._listen, self._beat, self._reload)
            self._tasks = [asyncio.create_task(self._run(job), name=f"hub {job.__name__}") for job in jobs]

    async def disconnect(self, client: Client) -> None:
        """Forgets a client, and leaves the groups of accounts that have no other here."""
        if self._clients.pop(client, client) is None:
            self._frames_sent += client.outbox.frames_sent
            self._bytes_sent += client.outbox.bytes_sent
        for account_id, account in list(self._accounts.items()):
            if account.clients.pop(client, client) is None and not account.clients:
                await self._leave(account_id)

    async def attach(self, client: Client, account_id: int) -> None:
        """Lets a client hear an account's notices from now on. Read the account's states after it, not before."""
        account = self._accounts.setdefault(account_id, AccountClients())
        account.clients[client] = None
        await self._join(account_id)

    def has_room_for(self, principal: Principal) -> bool:
        """Whether one more client may log in by this credential; those that are away count too."""
        account = self._accounts.get(principal.account_id)
        most = settings.MAX_CONNECTIONS_PER_LOGIN
        if account is None or len(account.clients) <= most:
            return True  # the one that asks is among them
        return sum(client.has_login(principal.digest) for client in account.clients) < most

    async def load(self, account_id: int, read: Callable[[], Loaded], *, settle_s: float = 0) -> Loaded:
        """What `read` finds in the database, brought up to date with the notices heard meanwhile.

        With `settle_s` it waits so long for notices after the reading. The caller applies what it gets before it
        awaits anything else.
        """
        account = self._accounts.setdefault(account_id, AccountClients())
        recording: list[object] = []
        account.recordings.append(recording)
        try:
            loaded: Loaded = await database_sync_to_async(read)()
            await asyncio.sleep(settle_s)
        finally:
            account.recordings = [other for other in account.recordings if other is not recording]
        return loaded.after(recording)

    async def load_account(
        self, account_id: int, digests: Collection[str], wanted: Collection[Kind], followed: Mapping[int, int]
    ) -> Loaded:
        """The same of all trackers of an account and these credentials, with what these types of events need."""
        return await self.load(account_id, lambda: Loaded.read(account_id, digests, wanted=wanted, followed=followed))

    async def say_goodbye(self, identity: Identity) -> None:
        """Ends the client that is known by this, wherever it is."""
        await self.clients.say_goodbye(identity)
        await self.relay.say_goodbye(identity)

    async def stop(self) -> None:
        """Ends the hub's tasks; the clients stay as they are."""
        await self.relay.stop()
        await self.survey.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    # Groups of the layer

    async def _join(self, account_id: int) -> bool:
        """Joins an account's group if that is still to be done; whether the layer can be reached, as far as known."""
        async with self._joining:
            account = self._accounts.get(account_id)
            if account is None or account.is_joined or self.channel is None:
                return True  # without a channel yet, _listen joins for all
            try:
                await self.layer.group_add(account_group(account_id), self.channel)
            except LAYER_ERRORS:
                return False  # _beat tries again, and the silence makes the hub read the database
            account.is_joined = True
            return True

    async def _join_missing(self) -> None:
        for account_id, account in list(self._accounts.items()):
            if not account.is_joined and not await self._join(account_id):
                return  # the others would wait for the layer one by one, and the beat with them

    async def _leave(self, account_id: int) -> None:
        async with self._joining:
            account = self._accounts.get(account_id)
            if account is None or account.clients:
                return
            del self._accounts[account_id]
            if self.channel is None or not account.is_joined:
                return
            try:
                await self.layer.group_discard(account_group(account_id), self.channel)
            except LAYER_ERRORS:
                logger.info("could not leave the group of account %s", account_id)

    # What is heard

    async def _run(self, job: Callable[[], Any]) -> None:
        """Keeps a task of the hub alive: what it did not expect is logged and the job starts anew."""
        while True:
            try:
                await job()
            except LAYER_ERRORS as error:
                logger.info("the hub cannot reach the channel layer: %s", error)
            except Exception:
                logger.exception("unexpected error in the hub")
            await asyncio.sleep(RETRY_S)

    async def _listen(self) -> None:
        channel = await self.layer.new_channel()
        for group in (TICK_GROUP, RELAY_GROUP):
            await self.layer.group_add(group, channel)
        self.channel = channel
        self._hears.set()
        for account in self._accounts.values():
            account.is_joined = False
        for account_id in list(self._accounts):
            await self._join(account_id)
            self._want_reload([account_id])
        while True:
            message = await self.layer.receive(channel)
            try:
                self._hear(message, datetime.now(UTC))
            except Exception:
                # The channel stays: the layer would fill a forsaken one for ever.
                logger.exception("unexpected error in a notice")
                self._want_reload(self._accounts)

    def _hear(self, message: dict[str, Any], now: datetime) -> None:
        if message["type"] == "tick":
            self._hear_tick(message, now)
        elif message["type"] == "notice":
            self._hear_notice(message, now)
        elif message["type"].startswith(SURVEY):
            self.survey.hear(message)
        else:
            self.relay.hear(message)

    def _hear_tick(self, message: dict[str, Any], now: datetime) -> None:
        missed = self._losses.hear_tick(message["publisher"], message["number"], message["numbers"], now=now)
        self._want_reload(self._accounts if missed is None else missed)

    def _hear_notice(self, message: dict[str, Any], now: datetime) -> None:
        account_id = message["account"]
        self.notices_heard += 1
        if self._losses.hear_notice(message["publisher"], account_id, message["number"], now=now):
            self._want_reload([account_id])
        if account_id not in self._accounts:
            return
        notice = decode_notice(message)
        self.deliver(account_id, notice, now)
        if isinstance(notice, LifecycleChanged | TrackersChanged):
            # Two processes may publish in another order than they committed in; the database has the last word.
            self._want_reload([account_id])

    def deliver(self, account_id: int, notice: object, now: datetime) -> None:
        """Hands a notice to every client of the account that is here."""
        account = self._accounts[account_id]
        for recording in account.recordings:
            recording.append(notice)
        for client in account.clients:
            client.apply(account_id, notice, now)

    # What time and losses demand

    async def _beat(self) -> None:
        while True:
            now = datetime.now(UTC)
            for client in self._clients:
                client.outbox.beat(now)
            await self.clients.forget_absent(now)
            await self.relay.say_here()
            for account_id, account in self._accounts.items():
                if any(client.has_expired_login(now) for client in account.clients):
                    self._want_reload([account_id])
            self._watch_silence(now)
            await self._join_missing()
            await asyncio.sleep(BEAT_S)

    def _watch_silence(self, now: datetime) -> None:
        if self._losses.forget_silent(now):
            self._want_reload(self._accounts)
        is_settled = now - self._started_at > SILENCE
        is_silent = is_settled and not self._losses.hears(current_publisher().identity)
        if is_silent and now - self._last_full_reload >= RELOAD_WHILE_SILENT:
            self._last_full_reload = now
            self._want_reload(self._accounts)
        if is_silent is not self.is_silent:
            self.is_silent = is_silent
            state = "is silent; states come from the database" if is_silent else "is heard again"
            logger.warning("the channel layer %s", state)

    def _want_reload(self, account_ids: Iterable[int]) -> None:
        self._to_reload.update(account_id for account_id in account_ids if account_id in self._accounts)
        if self._to_reload:
            self._reload_wanted.set()

    async def _reload(self) -> None:
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
        digests = account.digests(account_id)
        kinds = account.kinds_in_use(account_id)
        known = {client: client.followed(account_id) for client in account.clients}
        followed = account.tracker_ids(account_id)
        try:
            loaded = await self.load(
                account_id,
                lambda: Loaded.read(account_id, digests, wanted=kinds, followed=followed),
                settle_s=SETTLE_S,
            )
        except Exception:
            self._want_reload([account_id])
            raise
        for client in known.keys() & account.clients.keys():
            client.reconcile(account_id, loaded.principals, loaded.tracked, known[client], loaded.moved)
            client.catch_up(account_id, loaded)
        # What came meanwhile was not asked about.
        if account.digests(account_id) - digests:
            self._want_reload([account_id])


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def current_hub() -> Hub:
    """The hub of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]
