"""What is heard of one broker: which notices it lost, whether it is silent, and how it is heard again."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable

from accounts.notices import current_publisher
from accounts.wire.notices import Stream
from events.hub.backoff import Backoff
from events.hub.channel import LayerChannel, Message
from events.hub.losses import LossDetector, Tick

logger = logging.getLogger(__name__)

# While the layer is silent the database is read instead, this often.
RELOAD_WHILE_SILENT_S = 5.0
# A new channel that works is heard within two seconds: ticks and beats come once a second each.
REOPEN_FIRST_S = 2.0
# Sooner than keepalive gives a connection up, by redis-py 8.1 after 45 s: its asyncio client takes that for a read that
# found nothing, and the task of the pub/sub layer then reads for ever without letting anything else run.
REOPEN_MOST_S = 30.0

Miss = Callable[["Ear", Iterable[Stream] | None], None]


class Ear:
    """Listens to the notices of the accounts that travel over one broker."""

    def __init__(self, channel: LayerChannel, miss: Miss) -> None:
        """`miss` is told of which streams a notice was missed here; None: it may be any of them."""
        self.channel = channel
        self.joining = asyncio.Lock()
        """Held while a group is joined or left."""
        self.is_silent = False
        """Whether nothing is heard, so that the database is read instead."""
        self._miss = miss
        self._losses = LossDetector(time.monotonic())
        self._last_full_reload_s = time.monotonic()
        self._reopening = Backoff(first_s=REOPEN_FIRST_S, most_s=REOPEN_MOST_S)

    def start(self) -> None:
        """Has the ticks begin by which silence is told from peace; before that nobody was here to hear any."""
        current_publisher(self.channel.layer).start_ticking()
        self.begin_anew()

    def begin_anew(self) -> None:
        """Forgets what was said before: of that it is not known what was lost."""
        self._losses = LossDetector(time.monotonic())

    def hear_tick(self, message: Message) -> None:
        numbers = [(Stream(account_id), *said) for account_id, *said in message["numbers"]]
        # Processes of the release before split no account.
        numbers += [(Stream(account_id, shard), *said) for account_id, shard, *said in message.get("shards", ())]
        tick = Tick(message["number"], message["after_s"], numbers, message["is_last"])
        self._miss(self, self._losses.hear_tick(message["publisher"], tick, time.monotonic()))

    def hear_notice(self, message: Message) -> None:
        stream = Stream(message["account"], message.get("shard"))
        if self._losses.hear_notice(message["publisher"], stream, message["number"]):
            self._miss(self, [stream])

    async def beat(self) -> None:
        """Looks for silence, and does what helps against it. To be called every second."""
        self._watch_silence(time.monotonic())
        await self._end_silence(time.monotonic())

    def _watch_silence(self, now_s: float) -> None:
        if self._losses.beat(now_s):
            self._miss(self, None)
        # On a channel that was just opened nothing can have been heard yet.
        may_be_silent = self.is_silent or self._losses.has_settled
        is_silent = may_be_silent and not self._losses.hears(current_publisher(self.channel.layer).identity)
        if is_silent and now_s - self._last_full_reload_s >= RELOAD_WHILE_SILENT_S:
            self._last_full_reload_s = now_s
            self._miss(self, None)
        if is_silent is not self.is_silent:
            self.is_silent = is_silent
            state = "is silent; states come from the database" if is_silent else "is heard again"
            logger.warning("the channel layer%s %s", self.channel.title, state)

    async def _end_silence(self, now_s: float) -> None:
        """Has a silent layer be heard over a new connection: one that died without a word is never told apart."""
        if not self.is_silent:
            self._reopening.reset()
        # A channel that cannot be opened, as the broker is down, is being opened all the time.
        elif self.channel.is_heard and self._reopening.take(now_s):
            pause_s, title = self._reopening.pause_s, self.channel.title
            logger.warning(
                "subscribing to the channel layer%s over a new connection; again in %g s if need be", title, pause_s
            )
            await self.channel.open_anew()
