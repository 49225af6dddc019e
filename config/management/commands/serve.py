"""`manage.py serve`: the web server as production needs it."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.serving.crew import Crew
from config.serving.listening import Address, CannotServe, Listeners, open_listener, parse_address, passed_listener
from config.serving.preflight import check_surroundings
from config.serving.workers import starter

logger = logging.getLogger(__name__)

MAX_PROCESSES = 64
# Ends of connections, and of what is under way, take a moment.
MIN_DRAIN_S = 2.0
MAX_DRAIN_S = 3600.0


class Command(BaseCommand):
    help = (
        "Serves the page, the API, events and devices with worker processes that share one port."
        " SIGTERM and SIGINT end it in good order, SIGHUP replaces the workers one by one."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--bind", type=_address, default="127.0.0.1:8000", metavar="HOST:PORT")
        parser.add_argument("--processes", type=_processes, default=1, metavar="N", help="1 unless there is a broker")
        parser.add_argument(
            "--own-ports",
            action="store_true",
            help="let each worker listen at a port of its own as well: the N ports after that of --bind",
        )
        parser.add_argument(
            "--devices-port",
            type=_port,
            metavar="PORT",
            help="let devices report at this port too, which costs half (needs the extra `door`)",
        )
        parser.add_argument(
            "--drain-seconds", type=_drain_seconds, default=20.0, metavar="S", help="how long an end may take at most"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        address, processes, drain_s = options["bind"], options["processes"], options["drain_seconds"]
        try:
            passed = passed_listener(os.environ)
            # Before all else: what connects from now on waits and is not refused.
            shared = passed or open_listener(address)
            ports = range(address.port + 1, address.port + 1 + processes) if options["own_ports"] else ()
            own = [open_listener(Address(address.host, port)) for port in ports]
            devices = _open_door(address.host, options["devices_port"])
            check_surroundings(processes=processes)
        except CannotServe as error:
            raise CommandError(str(error)) from error
        logger.info("serving at %s", "the socket of the service manager" if passed else f"http://{address}")
        listeners = [Listeners([shared, *own[number : number + 1]], devices) for number in range(processes)]
        crew = Crew(starter(drain_s=drain_s, is_passed=passed is not None), listeners, drain_s=drain_s)
        raise SystemExit(asyncio.run(crew.run()))


def _open_door(host: str, port: int | None) -> list[socket.socket]:
    """The socket of the devices' door, if there is to be one. Raises CannotServe, ModuleNotFoundError."""
    if port is None:
        return []
    import httptools  # noqa: F401
    import uvicorn  # noqa: F401

    address = Address(host, port)
    listener = open_listener(address)
    logger.info("devices may report at http://%s", address)
    return [listener]


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise ArgumentTypeError(f"{text!r} is no port")
    return int(text)


def _address(text: str) -> Address:
    try:
        return parse_address(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error


def _processes(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= MAX_PROCESSES:
        raise ArgumentTypeError(f"{text!r} is no number from 1 to {MAX_PROCESSES}")
    return int(text)


def _drain_seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not MIN_DRAIN_S <= seconds <= MAX_DRAIN_S:
        raise ArgumentTypeError(f"{text!r} is no number of seconds from {MIN_DRAIN_S:g} to {MAX_DRAIN_S:g}")
    return seconds
