"""`manage.py housekeeping`: what time alone changes."""

from __future__ import annotations

import asyncio
import logging
import signal
from argparse import ArgumentParser
from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import OperationalError
from django.utils import timezone

from accounts.notices import current_publisher
from accounts.services.attempts import forget_old_attempts
from accounts.services.panel import expire_panel_sessions
from accounts.services.sessions import expire_sessions
from trackers.services.history import HistorySweep
from trackers.services.ingestion import pass_time_for_due

logger = logging.getLogger(__name__)

INTERVAL_S = 1.0


class Command(BaseCommand):
    help = (
        "Ends sessions whose time is over, turns trackers idle, offline or parked, and drops history that is older than"
        " it is kept. Several may run at once."
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
    current_publisher().start_ticking()
    sweep = HistorySweep()
    while not stopping.is_set():
        await _do_what_is_due()
        await _forget_history(sweep, once=once)
        if once:
            break
        await _wait(stopping)
    await current_publisher().stop()


async def _do_what_is_due() -> None:
    now = timezone.now()
    try:
        sessions = await database_sync_to_async(expire_sessions)(now)
        await database_sync_to_async(forget_old_attempts)(now)
        await database_sync_to_async(expire_panel_sessions)(now)
        states = await database_sync_to_async(pass_time_for_due)(now)
    except OperationalError as error:
        logger.warning("the database does not answer, trying again: %s", error)
        return
    if sessions or states:
        logger.info("%s sessions expired, %s states changed by time", sessions, states)


async def _forget_history(sweep: HistorySweep, *, once: bool) -> None:
    """A lot of what is too old, so that nothing else waits for long; `once`: all of it."""
    try:
        while await database_sync_to_async(sweep.step)(timezone.now()) and once:
            pass
    except OperationalError as error:
        logger.warning("history is kept longer, trying again: %s", error)


async def _wait(stopping: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(stopping.wait(), INTERVAL_S)
    except TimeoutError:
        return
