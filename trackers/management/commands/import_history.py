"""`manage.py import_history`: takes in the past from files of another system."""

from __future__ import annotations

import csv
import json
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from trackers.reports.report import Fix, Report, ReportError
from trackers.reports.traccar_export import number_of_device, read_row, report_of, unique_id
from trackers.reports.values import rounded
from trackers.services.history_import import HistoryImport
from trackers.simulation.gpx import GpxError, read_drive

PER_LOT = 1000
PROGRESS = 50_000
# A list is one JSON document and is read as a whole; a document a line is not.
MAX_DOCUMENT_BYTES = 500_000_000
MAX_GPX_BYTES = 100_000_000
NAMED = 5
NO_DEVICE = "of devices that --devices does not name"


class Command(BaseCommand):
    help = (
        "Takes in the past: GPX files, and positions of a Traccar server, as CSV of its table tc_positions or as JSON"
        " of its API. States stay as they are. What was taken in before is not taken in again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, help="ending in .gpx, .csv or .json")
        parser.add_argument("--device-id", help="of the source to which all of it belongs")
        parser.add_argument(
            "--devices", type=Path, help="CSV of the table tc_devices, or JSON of the API: whose the positions are"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        names = _read_devices(options["devices"]) if options["devices"] else {}
        taking, unreadable, read = HistoryImport(timezone.now()), Counter[str](), 0
        for path in options["files"]:
            reports = _reports_in(path, options["device_id"], names, unreadable)
            while lot := list(islice(reports, PER_LOT)):
                taking.add(lot)
                read += len(lot)
                if read // PROGRESS > (read - len(lot)) // PROGRESS:
                    self.stderr.write(f"{path.name}: {read} reports read", str)
        self._tell(taking, unreadable)

    def _tell(self, taking: HistoryImport, unreadable: Counter[str]) -> None:
        left_out = ", ".join(f"{count} {why}" for why, count in (taking.left_out + unreadable).most_common())
        self.stdout.write(f"{taking.kept} reports are in history" + (f"; left out: {left_out}" if left_out else ""))
        if taking.unknown:
            names = ", ".join(name for name, _ in taking.unknown.most_common(NAMED))
            more = ", …" if len(taking.unknown) > NAMED else ""
            self.stdout.write(f"not registered: {names}{more}")


def _read_devices(path: Path) -> dict[str, str]:
    """What each device of a Traccar server calls itself, by the server's number of it. Raises CommandError."""
    try:
        return dict(unique_id(read_row(row)) for row in _rows(path))
    except ReportError as error:
        raise CommandError(f"{path.name}: {error}") from error


def _reports_in(path: Path, device_id: str | None, names: dict[str, str], unreadable: Counter[str]) -> Iterator[Report]:
    """The reports of a file; what cannot be read is counted. Raises CommandError for a file that is none."""
    if path.suffix.lower() == ".gpx":
        yield from _drive_in(path, device_id, unreadable)
        return
    if not device_id and not names:
        raise CommandError("say whose the positions are: by --devices, or by --device-id for all of them")
    for row in _rows(path):
        try:
            known = read_row(row)
            whose = device_id or names.get(number_of_device(known))
            if whose is None:
                unreadable[NO_DEVICE] += 1
            else:
                yield report_of(known, whose)
        except ReportError as error:
            unreadable[f"with a wrong {error.field_name.removeprefix('position.')}"] += 1


def _drive_in(path: Path, device_id: str | None, unreadable: Counter[str]) -> Iterator[Report]:
    if not device_id:
        raise CommandError("a GPX file does not say who drove: --device-id must")
    try:
        drive = read_drive(_read(path, MAX_GPX_BYTES))
    except GpxError as error:
        raise CommandError(f"{path.name}: {error}") from error
    unreadable.update(drive.left_out)
    for one in drive.points:
        heading = round(one.course_degrees) % 360
        fix = Fix(one.latitude, one.longitude, one.speed_kmh, heading, rounded(one.altitude_m))
        yield Report(device_id, one.time, fix=fix)


def _rows(path: Path) -> Iterable[dict[Any, Any]]:
    """The rows of a CSV file with a line of names, of a JSON list, or of a file with a JSON object a line."""
    if path.suffix.lower() == ".csv":
        return _csv_rows(path)
    if path.suffix.lower() != ".json":
        raise CommandError(f"{path.name} ends neither in .gpx nor in .csv nor in .json")
    return _json_rows(path)


def _csv_rows(path: Path) -> Iterator[dict[Any, Any]]:
    with _open(path) as file:
        names = file.readline()
        delimiter = max(",;\t", key=names.count)
        file.seek(0)
        try:
            yield from csv.DictReader(file, delimiter=delimiter)
        except csv.Error as error:
            raise CommandError(f"{path.name} is no CSV: {error}") from error


def _json_rows(path: Path) -> Iterator[dict[Any, Any]]:
    with _open(path) as file:
        is_list = file.read(1) == "["
        file.seek(0)
        try:
            rows = json.loads(_read(path, MAX_DOCUMENT_BYTES)) if is_list else map(json.loads, filter(str.strip, file))
            for row in rows:
                if not isinstance(row, dict):
                    raise CommandError(f"{path.name} has something else than objects in it")
                yield row
        except (ValueError, RecursionError) as error:
            raise CommandError(f"{path.name} is no JSON: {error}") from error


def _open(path: Path) -> TextIO:
    try:
        return path.open(encoding="utf-8-sig", errors="replace", newline="")
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error


def _read(path: Path, most: int) -> bytes:
    try:
        if path.stat().st_size > most:
            raise CommandError(f"{path.name} is larger than {most // 1_000_000} MB")
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error
