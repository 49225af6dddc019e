"""`manage.py archive_history`: days that are over for long go into the archive, from which they are read as before."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from trackers.services.archive_check import check_archive, forget_lost
from trackers.services.archiving import archive_history
from trackers.storage.archive_check import Checked, lost_reports
from trackers.storage.archive_outage import ArchiveUnavailable


class Command(BaseCommand):
    help = (
        "Writes days of history that are over for long into Parquet files of HISTORY_ARCHIVE, and takes them out of the"
        " database. They are read as before. To be run each night; what was archived before is written anew only where"
        " something came late or was forgotten. With --check or --forget-lost it looks after the files instead."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", help="a folder, or s3://bucket/folder; must be what HISTORY_ARCHIVE says")
        parser.add_argument("--older-than", type=_days, default=31, metavar="DAYS", help="by default 31")
        parser.add_argument("--keep", action="store_true", help="archived days stay in the database as well")
        instead = parser.add_mutually_exclusive_group()
        instead.add_argument("--check", action="store_true", help="reads all files; exit status 1 if something is lost")
        instead.add_argument("--forget-lost", action="store_true", help="has calls go on without what is lost; asks")
        parser.add_argument("--yes", action="store_true", help="--forget-lost does not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.HISTORY_ARCHIVE:
            raise CommandError("HISTORY_ARCHIVE must say where the archive is: all processes read from there")
        if options["to"] not in (None, settings.HISTORY_ARCHIVE):
            raise CommandError("--to must be what HISTORY_ARCHIVE says, from where all processes read")
        try:
            if options["check"] or options["forget_lost"]:
                self._look_after(forgets=options["forget_lost"], asks=not options["yes"])
            else:
                self._archive(timedelta(days=options["older_than"]), is_kept=options["keep"])
        except ArchiveUnavailable as error:
            raise CommandError(str(error)) from error

    def _archive(self, older_than: timedelta, *, is_kept: bool) -> None:
        files = reports = size = failed = 0
        for done in archive_history(timezone.now(), older_than=older_than, is_kept=is_kept):
            if done is None:
                failed += 1
                continue
            files, reports, size = files + 1, reports + done.noted, size + done.size
            self.stderr.write(f"{done.path}: {done.reports} reports, {done.size} bytes", str)
        self.stdout.write(f"{reports} reports archived in {files} files of {size / 1e6:.1f} MB")
        if failed:
            raise CommandError(f"{failed} files could not be written, as the log says; the rest is archived")

    def _look_after(self, *, forgets: bool, asks: bool) -> None:
        checked = list(check_archive())
        for one in checked:
            self._tell(one)
        missing = sum(day.reports for one in checked for day in one.missing)
        if forgets and checked and (not asks or _is_agreed(missing)):
            for one in checked:
                forget_lost(one)
            missing = 0
        self.stdout.write(f"{lost_reports()} reports are read no more, as they are lost")
        if missing:
            raise CommandError(f"{missing} reports cannot be read: bring their files back, or run --forget-lost")

    def _tell(self, one: Checked) -> None:
        for days, what in ((one.missing, one.reason), (one.found, "there again")):
            if days:
                reports = sum(day.reports for day in days)
                self.stdout.write(f"{one.path}: {what}; {reports} reports of {len(days)} sources")


def _is_agreed(reports: int) -> bool:
    try:
        return input(f"Have calls go on without {reports} reports? Type yes: ").strip() == "yes"
    except EOFError:
        return False


def _days(text: str) -> int:
    days = int(text) if text.isdecimal() else 0
    if not 1 <= days <= 36_500:
        raise ArgumentTypeError("must be a number of days from 1 on")
    return days
