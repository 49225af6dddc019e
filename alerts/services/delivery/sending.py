"""Sends what waits: posts, pushes and letters, each receiver by itself, so that a slow one holds up nobody (alerts §6).

All of it happens in one event loop. Posts wait there for their receivers; the database and the mail server are waited
for by threads of their own, as housekeeping has other things to do.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import ParamSpec, TypeVar

from channels.db import database_sync_to_async
from django.db import DatabaseError
from django.utils import timezone

from accounts.wire.errors import first_line
from alerts.models import Channel
from alerts.services.delivery.attempts import attempt_post
from alerts.services.delivery.claims import claim_letter, claim_post, due, hooks_with_due_posts, put_down
from alerts.services.delivery.letters import send_letter
from alerts.services.delivery.pushes import attempt_push, claim_push, devices_with_due_pushes, put_down_push
from alerts.services.delivery.upkeep import tend_deliveries

logger = logging.getLogger(__name__)

POLL_INTERVAL_S = 1.0
POSTS_AT_ONCE_PER_HOOK = 2
MIN_POST_INTERVAL_S = 0.1
# Of each channel.
MAX_RECEIVERS_AT_ONCE = 250
LETTERS_AT_ONCE = 4
DATABASE_THREADS = 4
STOP_PATIENCE_S = 5.0
TEND_INTERVAL_S = 60.0

P = ParamSpec("P")
R = TypeVar("R")


class Sender:
    """Sends what is due, in the running loop."""

    def __init__(self) -> None:
        self._database = ThreadPoolExecutor(DATABASE_THREADS, thread_name_prefix="sender-database")
        self._mail = ThreadPoolExecutor(LETTERS_AT_ONCE, thread_name_prefix="sender-mail")
        self._receivers: dict[tuple[Channel, int], asyncio.Task[None]] = {}
        self._letters: asyncio.Task[None] | None = None
        self._tending: asyncio.Task[None] | None = None
        self._tend_at_s = 0.0
        self._is_stopping = False

    async def run(self, stopping: asyncio.Event) -> None:
        """Sends until it is to stop. What is in hand then may end; what does not is tried again by who sends next."""
        try:
            while not stopping.is_set():
                await self._begin_due()
                self._tend()
                await _pause(stopping)
        finally:
            await self._stop()

    async def send_due(self) -> None:
        """Sends what is due now, and returns when each has been tried."""
        try:
            await self._ask(tend_deliveries, timezone.now())
            while await self._begin_due():
                await asyncio.gather(*self._lanes())
        finally:
            await self._stop()

    def _lanes(self) -> list[asyncio.Task[None]]:
        others = (self._letters, self._tending)
        return [*self._receivers.values(), *(task for task in others if task is not None)]

    async def _begin_due(self) -> bool:
        """Begins to send to all for whom something is due and nothing is under way; whether there is any."""
        now = timezone.now()
        try:
            hooks = await self._ask(hooks_with_due_posts, now)
            devices = await self._ask(devices_with_due_pushes, now)
            has_letters = await self._ask(_has_letters, now)
        except DatabaseError as error:
            logger.warning("the database does not answer, sending later: %s", first_line(error))
            return False
        self._begin_each(Channel.WEBHOOK, hooks, self._post_to)
        self._begin_each(Channel.PUSH, devices, self._push_to)
        if has_letters and self._letters is None:
            self._letters = self._begin(_side_by_side(self._send_letters, LETTERS_AT_ONCE), self._forget_letters)
        return bool(self._lanes())

    def _begin_each(self, channel: Channel, ids: Sequence[int], send: Callable[[int], Awaitable[None]]) -> None:
        """Begins to send to those receivers to whom nothing is under way."""
        running = sum(key[0] is channel for key in self._receivers)
        idle = [one for one in ids if (channel, one) not in self._receivers]
        for one in idle[: max(0, MAX_RECEIVERS_AT_ONCE - running)]:
            key = (channel, one)
            self._receivers[key] = self._begin(send(one), partial(self._receivers.pop, key))

    def _tend(self) -> None:
        """Looks after what was sent, now and then."""
        now_s = asyncio.get_running_loop().time()
        if now_s >= self._tend_at_s and self._tending is None:
            self._tend_at_s = now_s + TEND_INTERVAL_S
            self._tending = self._begin(self._ask(tend_deliveries, timezone.now()), self._forget_tending)

    def _begin(self, work: Awaitable[object], forget: Callable[[], object]) -> asyncio.Task[None]:
        async def to_the_end() -> None:
            try:
                await work
            except DatabaseError as error:
                logger.warning("the database does not answer, sending later: %s", first_line(error))
            except Exception:
                logger.exception("unexpected error while sending")
            finally:
                forget()

        return asyncio.create_task(to_the_end(), name="sender")

    def _forget_letters(self) -> None:
        self._letters = None

    def _forget_tending(self) -> None:
        self._tending = None

    async def _post_to(self, hook_id: int) -> None:
        """Posts to a webhook until nothing is due, two at a time and ten a second."""
        pace = _Pace(MIN_POST_INTERVAL_S)
        await _side_by_side(partial(self._post_all, hook_id, pace), POSTS_AT_ONCE_PER_HOOK)

    async def _post_all(self, hook_id: int, pace: _Pace) -> None:
        await pace.wait()
        while not self._is_stopping:
            delivery = await self._ask(claim_post, hook_id, timezone.now())
            if delivery is None:
                return
            outcome = await attempt_post(delivery)
            await self._ask(put_down, [delivery], outcome, timezone.now())
            await pace.wait()

    async def _push_to(self, device_id: int) -> None:
        """Pushes to a device until nothing is due, one message after the other."""
        while not self._is_stopping and (push := await self._ask(claim_push, device_id, timezone.now())):
            outcome = await attempt_push(push)
            await self._ask(put_down_push, push, outcome, timezone.now())

    async def _send_letters(self) -> None:
        while not self._is_stopping and (told := await self._ask(claim_letter, timezone.now())):
            outcome = await _in_threads(self._mail, send_letter, told)
            await self._ask(put_down, told, outcome, timezone.now())

    async def _ask(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        return await _in_threads(self._database, function, *args, **kwargs)

    async def _stop(self) -> None:
        self._is_stopping = True
        lanes = self._lanes()
        if lanes:
            await asyncio.wait(lanes, timeout=STOP_PATIENCE_S)
        for lane in lanes:
            lane.cancel()
        await asyncio.gather(*lanes, return_exceptions=True)
        self._database.shutdown(wait=True)
        self._mail.shutdown(wait=False, cancel_futures=True)


def _has_letters(now: datetime) -> bool:
    return due(now, Channel.MAIL).exists()


class _Pace:
    """So many times a second at most, whoever waits."""

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._next_s = 0.0

    async def wait(self) -> None:
        """Returns when it is somebody's turn."""
        now_s = asyncio.get_running_loop().time()
        turn_s = max(now_s, self._next_s)
        self._next_s = turn_s + self._interval_s
        await asyncio.sleep(turn_s - now_s)


async def _side_by_side(work: Callable[[], Awaitable[None]], count: int) -> None:
    """Does the same several times at once; what one raises is raised when all have ended."""
    results = await asyncio.gather(*(work() for _ in range(count)), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result


async def _in_threads(pool: ThreadPoolExecutor, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    asked = database_sync_to_async(function, thread_sensitive=False, executor=pool)
    result: R = await asked(*args, **kwargs)
    return result


async def _pause(stopping: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(stopping.wait(), POLL_INTERVAL_S)
    except TimeoutError:
        return
