"""`manage.py archive_history`: days that are over for long go into the archive, from which they are read as before."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from trackers.services.archiving import archive_history
from trackers.storage.archive_outage import ArchiveUnavailable


class Command(BaseCommand):
    help = (
        "Writes days of history that are over for long into Parquet files of HISTORY_ARCHIVE, and takes them out of the"
        " database. They are read as before. To be run each night; what was archived before is written anew only where"
        " something came late or was forgotten."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", help="a folder, or s3://bucket/folder; must be what HISTORY_ARCHIVE says")
        parser.add_argument("--older-than", type=_days, default=31, metavar="DAYS", help="by default 31")
        parser.add_argument("--keep", action="store_true", help="archived days stay in the database as well")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.HISTORY_ARCHIVE:
            raise CommandError("HISTORY_ARCHIVE must say where the archive is: all processes read from there")
        if options["to"] not in (None, settings.HISTORY_ARCHIVE):
            raise CommandError("--to must be what HISTORY_ARCHIVE says, from where all processes read")
        files = reports = size = failed = 0
        try:
            older_than = timedelta(days=options["older_than"])
            for done in archive_history(timezone.now(), older_than=older_than, is_kept=options["keep"]):
                if done is None:
                    failed += 1
                    continue
                files, reports, size = files + 1, reports + done.noted, size + done.size
                self.stderr.write(f"{done.path}: {done.reports} reports, {done.size} bytes", str)
        except ArchiveUnavailable as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{reports} reports archived in {files} files of {size / 1e6:.1f} MB")
        if failed:
            raise CommandError(f"{failed} files could not be written, as the log says; the rest is archived")


def _days(text: str) -> int:
    days = int(text) if text.isdecimal() else 0
    if not 1 <= days <= 36_500:
        raise ArgumentTypeError("must be a number of days from 1 on")
    return days
