"""What is kept of the past of sources, for how long, and where."""

from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models

from accounts.models import User
from trackers.models.sources import Source


class HistoryReport(models.Model):
    """A report as it is kept for good (trackers/storage/history.py), in columns as small as they may be.

    Wide ones first, so that nothing is lost between them, and no key to the source: rows are written by the thousand.
    """

    pk = models.CompositePrimaryKey("source_id", "time", "digest")
    time = models.BigIntegerField(help_text="microseconds since 1970")
    source_id = models.IntegerField()
    digest = models.IntegerField(help_text="tells reports of one time apart")
    latitude = models.IntegerField(null=True, help_text="ten millionths of a degree; null: no position")
    longitude = models.IntegerField(null=True)
    speed = models.SmallIntegerField(null=True, help_text="tenths of km/h")
    heading = models.SmallIntegerField(null=True)
    altitude = models.SmallIntegerField(null=True)
    satellites = models.SmallIntegerField(null=True)
    precision = models.SmallIntegerField(null=True)
    signs = models.SmallIntegerField(help_text="what the engine made of it, in bits")
    said = models.TextField(help_text="everything else, as JSON; empty: nothing")


class PackedDay(models.Model):
    """A day of a source, with its reports as far as they are packed (trackers/storage/packed_days.py)."""

    pk = models.CompositePrimaryKey("source_id", "day")
    source_id = models.IntegerField()
    day = models.IntegerField(help_text="counted from 1970, in UTC")
    reports = models.IntegerField(help_text="how many it has")
    packed = models.BinaryField()


class ArchiveFile(models.Model):
    """A file of the archive with a day of some sources (trackers/storage/archive.py)."""

    path = models.CharField(max_length=200, unique=True, help_text="below HISTORY_ARCHIVE")
    day = models.IntegerField(help_text="counted from 1970, in UTC")
    bucket = models.IntegerField(help_text="which sources: their ids by the thousand")
    reports = models.BigIntegerField(default=0, help_text="0: it is being written")
    size = models.BigIntegerField(default=0, help_text="bytes")
    begun_at = models.DateTimeField()
    is_stale = models.BooleanField(default=False, help_text="something in it is not history any more")
    is_gone = models.BooleanField(default=False, help_text="nobody reads it any more: it is to be removed")

    class Meta:
        indexes = [models.Index(fields=["day", "bucket"], name="archive_files_by_day")]

    def __str__(self) -> str:
        return self.path


class ArchivedDay(models.Model):
    """Where in the archive a day of a source is."""

    pk = models.CompositePrimaryKey("source_id", "day")
    source_id = models.IntegerField()
    day = models.IntegerField(help_text="counted from 1970, in UTC")
    file = models.ForeignKey(ArchiveFile, models.PROTECT, related_name="days")
    row_group = models.SmallIntegerField()
    reports = models.IntegerField(help_text="how many it has there")
    holes = models.TextField(blank=True, help_text="moments from and to which are forgotten, as JSON; empty: none")
    is_lost = models.BooleanField(
        default=False, db_default=False, help_text="its file is not what it was: reading goes on without it"
    )

    class Meta:
        indexes = [models.Index(fields=["file"], condition=models.Q(is_lost=True), name="lost_days")]


class PastTrip(models.Model):
    """A trip that is over, with what was measured of it (trackers/storage/trips.py)."""

    pk = models.CompositePrimaryKey("source_id", "begin")
    source_id = models.IntegerField()
    begin = models.BigIntegerField(help_text="microseconds since 1970")
    until = models.BigIntegerField()
    points = models.IntegerField()
    cells = models.IntegerField(help_text="of the points those that come from cell towers")
    length_km = models.FloatField()
    max_speed_kmh = models.FloatField()
    north = models.FloatField()
    west = models.FloatField()
    south = models.FloatField()
    east = models.FloatField()
    speed_kmh = models.FloatField(null=True, help_text="of its first point")
    precision_m = models.IntegerField(null=True, help_text="of its first point")
    is_alone = models.BooleanField(help_text="a single point with silence before and after it")


class TripMark(models.Model):
    """Until when the trips of a source are kept, and what came since to earlier times (trackers/storage/trips.py)."""

    source_id = models.IntegerField(primary_key=True)
    settled = models.TextField(help_text="how far they were found, as JSON; empty: not at all")
    late_since = models.BigIntegerField(null=True, help_text="the first moment at which the past has changed since")
    late_until = models.BigIntegerField(null=True, help_text="the last one")
    revision = models.BigIntegerField(help_text="grows with each such change")


class FormerTripRules(models.Model):
    """Trip detection as it was set for a source until it was changed: the past keeps its trips."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="former_trip_rules")
    until = models.DateTimeField()
    rules = models.TextField(help_text="as JSON")

    class Meta:
        ordering = ["until", "pk"]

    def __str__(self) -> str:
        return f"trip detection of {self.source_id} until {self.until}"


class HistoryTerm(models.Model):
    """For how long the past of an account's trackers is kept, where it is not as the settings say."""

    account = models.OneToOneField(User, models.CASCADE, related_name="history_term", limit_choices_to={"master": None})
    days = models.PositiveIntegerField(
        validators=[MaxValueValidator(36_500)],
        help_text="older reports are dropped; 0: none; a device that several accounts see is kept for the longest",
    )

    def __str__(self) -> str:
        return f"{self.account}: {self.days} days"
