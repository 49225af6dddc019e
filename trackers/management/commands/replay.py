"""`manage.py replay`: drives a recorded drive once more."""

from __future__ import annotations

import time
from argparse import ArgumentParser, FileType
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
from django.core.management.base import BaseCommand, CommandError

from trackers.management.arguments import positive_number, server_url
from trackers.simulation.gpx import GpxError, Point, describe, read_drive, report_fields

TIMEOUT_S = 5.0
PROGRESS_PERCENT = 5


class Command(BaseCommand):
    help = (
        "Sends the reports of a drive that was recorded as GPX, as the phone that recorded it would, and ends with it."
    )
    # It uses no database; the server that it reports to has its own checks.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=FileType("rb"), help="the recording, a GPX file")
        parser.add_argument("--device-id", required=True, help="of the source that drives")
        parser.add_argument("--key", help="the ingest key of the source, where it has one")
        parser.add_argument(
            "--url", type=server_url, default="http://127.0.0.1:8000", help="of the server (default %(default)s)"
        )
        parser.add_argument(
            "--speed-up",
            type=positive_number,
            default=1.0,
            help="so many times faster than it was driven (default %(default)s). The reports keep their distances in"
            " time and the last one is of the moment when it is sent, so the first ones are late",
        )
        parser.add_argument(
            "--pace",
            type=positive_number,
            help="km/h; times of a recording that has none follow from it, and are said to do so",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            drive = read_drive(options["file"].read(), pace_kmh=options["pace"])
        except GpxError as error:
            raise CommandError(str(error)) from error
        if drive.has_derived_times:
            self.stdout.write(f"the recording has no times: they follow from {options['pace']:g} km/h")
        keys = {"key": options["key"]} if options["key"] else {}
        total = len(drive.points)
        with httpx.Client(base_url=options["url"], timeout=TIMEOUT_S) as client:
            for number, (point, moment) in enumerate(_in_time(drive.points, options["speed_up"]), 1):
                _send(client, {**report_fields(point, options["device_id"], moment), **keys})
                self._show_progress(number, total)
        left_out = describe(drive.left_out)
        self.stdout.write(f"{total} reports sent" + (f"; left out: {left_out}" if left_out else ""))

    def _show_progress(self, number: int, total: int) -> None:
        """A line at each step, for people only: what a program reads is the last line of the output."""
        step, before = (100 * count // total // PROGRESS_PERCENT for count in (number, number - 1))
        if step > before:
            self.stderr.write(f"{step * PROGRESS_PERCENT:3} %, {number} of {total} reports", str)


def _in_time(points: Sequence[Point], speed_up: float) -> Iterator[tuple[Point, datetime]]:
    """Each point when it is due, with the time of its report."""
    began, first = time.monotonic(), points[0].time
    duration = points[-1].time - first
    base = datetime.now(UTC) - duration + duration / speed_up
    for point in points:
        offset = point.time - first
        time.sleep(max(0.0, began + offset.total_seconds() / speed_up - time.monotonic()))
        yield point, base + offset


def _send(client: httpx.Client, fields: dict[str, str]) -> None:
    try:
        answer = client.get("/ingest/osmand", params=fields)
    except httpx.HTTPError as error:
        raise CommandError(f"the server does not answer: {error}") from error
    if answer.status_code != httpx.codes.OK:
        raise CommandError(f"the server refused a report: {answer.status_code} {answer.text}")
