"""`manage.py housekeeping`: what time alone changes, and what is sent."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from abc import ABC, abstractmethod
from argparse import ArgumentParser
from collections.abc import Coroutine
from datetime import datetime, timedelta
from math import inf
from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from accounts.metrics.processes import sharing
from accounts.metrics.registry import counter, gauge
from accounts.notices import start_ticking, stop_publishing
from accounts.services.attempts import forget_old_attempts
from accounts.services.panel import expire_panel_sessions
from accounts.services.sessions import expire_sessions, shorten_sessions
from accounts.services.share_links import forget_old_links
from accounts.wire.errors import first_line
from alerts.services.delivery.sending import Sender
from alerts.services.history import forget_alerts
from alerts.services.judging import judge_time
from alerts.services.vigil import keep_vigil
from records.services.reports.letters import send_next
from records.services.reports.making import forget_old, make_next
from records.services.reports.schedules import fire_due
from trackers.engine.silence_clock import SilenceClock
from trackers.services.history_sweep import HistorySweep
from trackers.services.ingestion import bring_forward_due, current_rules, pass_time_for_due
from trackers.services.instructions.traccar import send_next_by_traccar
from trackers.services.instructions.upkeep import expire_instructions, forget_instructions

logger = logging.getLogger(__name__)

INTERVAL_S = 1.0
# How often what a clock has noted that was ahead is looked for; at the start, and when this one is set back, too.
RECALL_INTERVAL_S = 60.0
# A clock that was set forward makes nothing old enough to be forgotten for so long: it may be set right again.
FORGET_HOLD = timedelta(days=1)

_done = gauge("housekeeping_timestamp_seconds", "When housekeeping did all that was due last.")
_changes = counter(
    "housekeeping_changes",
    "What time changed: sessions, states, rules; what of the past and of alerts was dropped, or put into reports.",
    "what",
)


class Command(BaseCommand):
    help = (
        "Ends sessions whose time is over, turns trackers idle, offline or parked, judges rules that time alone fires,"
        " drops what is older than it is kept, makes reports, and sends what rules have found to webhooks and mailboxes"
        " and reports that are scheduled. Several may run at once."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="do what is due now and end")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.REDIS_URL:
            logger.warning("without REDIS_URL other processes hear of no change; their clients see it on reload")
        # One loop for the whole life: notices go out over one connection, and its numbers go on.
        asyncio.run(_keep_house(once=options["once"]))


async def _keep_house(*, once: bool) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    start_ticking()
    sharing.start("housekeeping")
    due, history, sender, reports = _Due(), _History(), Sender(), _Reports(stopping)
    commands = _Commands(stopping)
    # Beside the rest, as neither a receiver nor a large report is to hold that up.
    lanes = () if once else (sender.run(stopping), reports.run(), commands.run())
    tasks = [start(lane, stopping) for lane in lanes]
    while not stopping.is_set():
        await due.carry_out(timezone.now(), time.monotonic())
        await history.forget(timezone.now(), time.monotonic(), once=once)
        if once:
            break
        await _wait(stopping)
    if once:
        await sender.send_due()
        await reports.do_due()
        await commands.do_due()
    await asyncio.gather(*tasks)
    await sharing.stop()
    await stop_publishing()


def start(work: Coroutine[Any, Any, None], stopping: asyncio.Event) -> asyncio.Task[None]:
    """Runs something beside the rest until the stop; when it fails everything stops, and who waits for it is told."""
    task = asyncio.create_task(work)
    task.add_done_callback(lambda _: stopping.set())
    return task


class _Due:
    """What is due, by the clock on the wall; silence by one that does not jump with it."""

    def __init__(self) -> None:
        self._silence = SilenceClock(current_rules().offline_timeout)
        self._recall_at_s = -inf

    async def carry_out(self, now: datetime, steady_s: float) -> None:
        """Does all that is due."""
        silent_until = self._silence.read(now, timedelta(seconds=steady_s))
        try:
            sessions = await database_sync_to_async(expire_sessions)(now)
            await database_sync_to_async(forget_old_attempts)(now)
            await database_sync_to_async(expire_panel_sessions)(now)
            await database_sync_to_async(forget_old_links)(now)
            await database_sync_to_async(expire_instructions)(now)
            if self._silence.was_set_back or steady_s >= self._recall_at_s:
                self._recall_at_s = steady_s + RECALL_INTERVAL_S
                await self._recall(now)
            await database_sync_to_async(keep_vigil)(now)
            states = await database_sync_to_async(pass_time_for_due)(silent_until)
            rules = await database_sync_to_async(judge_time)(silent_until)
        except (OperationalError, InterfaceError) as error:
            logger.warning("the database does not answer, trying again: %s", first_line(error))
            return
        _count_work(sessions, states, rules)
        if sessions or states:
            logger.info("%s sessions expired, %s states changed by time", sessions, states)

    async def _recall(self, now: datetime) -> None:
        """Takes back what a clock has noted that was ahead."""
        await database_sync_to_async(shorten_sessions)(now)
        if count := await database_sync_to_async(bring_forward_due)(now):
            logger.warning("the clock was set back: %s sources are judged by the new time", count)


def _count_work(sessions: int, states: int, rules: int) -> None:
    _done.set_to_current_time()
    _changes.labels("sessions").inc(sessions)
    _changes.labels("states").inc(states)
    _changes.labels("rules").inc(rules)


class _History:
    """Forgets what is kept no longer."""

    def __init__(self) -> None:
        self._clock = SilenceClock(FORGET_HOLD)
        self._sweep = HistorySweep()

    async def forget(self, now: datetime, steady_s: float, *, once: bool) -> None:
        """A lot of what is too old, so that nothing else waits for long; `once`: all of it."""
        until = self._clock.read(now, timedelta(seconds=steady_s))
        try:
            while (dropped := await database_sync_to_async(self._sweep.step)(until)) is not None:
                _changes.labels("history").inc(dropped)
                if not once:
                    break
            while forgotten := await database_sync_to_async(forget_alerts)(until):
                _changes.labels("alerts").inc(forgotten)
                if not once:
                    break
            while forgotten := await database_sync_to_async(forget_instructions)(until):
                _changes.labels("commands").inc(forgotten)
                if not once:
                    break
        except (OperationalError, InterfaceError) as error:
            logger.warning("history is kept longer, trying again: %s", first_line(error))


class _Lane(ABC):
    """Work beside the rest, in a thread of its own."""

    def __init__(self, stopping: asyncio.Event) -> None:
        self._stopping = stopping

    async def run(self) -> None:
        """Does what is due until the end; what is begun then is finished."""
        while not self._stopping.is_set():
            await self.do_due()
            await _wait(self._stopping)

    @abstractmethod
    async def do_due(self) -> None:
        """Does all that is due."""


class _Reports(_Lane):
    """Makes the reports that are asked for, a sheet at a time."""

    async def do_due(self) -> None:
        """Makes all sheets that wait, has made what is scheduled, sends it, and forgets what is too old."""
        try:
            await database_sync_to_async(forget_old, thread_sensitive=False)(timezone.now())
            await database_sync_to_async(fire_due, thread_sensitive=False)(timezone.now())
            while await database_sync_to_async(make_next, thread_sensitive=False)(timezone.now()):
                _changes.labels("report sheets").inc()
                if self._stopping.is_set():
                    return
            while await database_sync_to_async(send_next, thread_sensitive=False)(timezone.now()):
                _changes.labels("report letters").inc()
                if self._stopping.is_set():
                    return
        except (OperationalError, InterfaceError) as error:
            logger.warning("reports are made later, trying again: %s", first_line(error))


class _Commands(_Lane):
    """Sends commands to devices behind a Traccar server, one after the other."""

    async def do_due(self) -> None:
        """Sends all that is due."""
        send = database_sync_to_async(send_next_by_traccar, thread_sensitive=False)
        try:
            while await send(timezone.now()):
                if self._stopping.is_set():
                    return
        except (OperationalError, InterfaceError) as error:
            logger.warning("commands are sent later, trying again: %s", first_line(error))


async def _wait(stopping: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(stopping.wait(), INTERVAL_S)
    except TimeoutError:
        return
