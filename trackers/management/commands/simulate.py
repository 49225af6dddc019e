"""`manage.py simulate`: moves the demo fleet."""

from __future__ import annotations

import asyncio
import logging
import signal
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand

from trackers.management.arguments import positive_number, server_url
from trackers.services.demo import device_id_of, kind_of
from trackers.simulation.fleet import MAX_DEFAULT_RATE, Fleet, create_fleet
from trackers.simulation.reporter import Reporter, wait_until_ready

logger = logging.getLogger(__name__)

# The same picture at each start, so that what was seen once can be seen again.
SEED = 20_240_501


class Command(BaseCommand):
    help = "Moves the demo fleet by sending device reports over HTTP, like real devices, until it is stopped."
    # It uses no database; the server that it reports to has its own checks.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--url",
            type=server_url,
            default="http://127.0.0.1:8000",
            help="of the server (default %(default)s)",
        )
        parser.add_argument(
            "--trackers",
            type=_count,
            default=200,
            help="vehicles of the demo fleet to move (default %(default)s)",
        )
        parser.add_argument(
            "--rate",
            type=positive_number,
            help="reports per second of the whole fleet (default: 5 s apart for a vehicle that drives, 15 s"
            f" with its engine idling and 60 s parked, but at most {MAX_DEFAULT_RATE:.0f} per second)",
        )
        parser.add_argument("--when-ready", action="store_true", help="begin when the server says that it is ready")

    def handle(self, *args: Any, **options: Any) -> None:
        members = [_member(number) for number in range(1, options["trackers"] + 1)]
        fleet = Fleet(create_fleet(members, SEED), options["rate"])
        ready_url = options["url"] if options["when_ready"] else None
        asyncio.run(_simulate(Reporter(fleet, options["url"]), ready_url))


async def _simulate(reporter: Reporter, ready_url: str | None) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    if ready_url is not None:
        await wait_until_ready(ready_url, stopping)
    await reporter.run(stopping)


def _member(number: int) -> tuple[str, str]:
    return device_id_of(number), kind_of(number)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError("must be a whole number of at least 1")
    return int(text)
